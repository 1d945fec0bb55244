_base_ = [
    '../_base_/default_runtime.py', '../_base_/depth_evaluation.py',
    '../_base_/datasets/synthetic-cached_192x128.py',
    '../_base_/models/unet_lite0.py', '../_base_/schedules/finetune_450.py'
]
# No gradient term; the hook logs the components and has no weight to warm up.
default_hooks = dict(gradient_loss=dict(type='GradientLossHook'))
