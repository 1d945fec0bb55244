_base_ = [
    '../_base_/default_runtime.py', '../_base_/depth_evaluation.py',
    '../_base_/datasets/folder_192x128.py',
    '../_base_/models/unet_small.py', '../_base_/schedules/schedule_400.py',
    '../_base_/gradient_loss/balanced.py'
]
model = dict(decode_head=dict(loss=_base_.gradient_loss))
custom_hooks = [
    dict(type='GradientLossHook', warmup='linear', warmup_iters=100)
]
