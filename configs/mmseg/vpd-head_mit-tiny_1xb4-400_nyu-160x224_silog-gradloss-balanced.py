_base_ = [
    './vpd-head_mit-tiny_1xb4-400_nyu-160x224.py',
    '../_base_/gradient_loss/balanced.py'
]
# the gradient term beside mmsegmentation's SiLogLoss
model = dict(
    decode_head=dict(
        loss_decode=[dict(type='mmseg.SiLogLoss'), _base_.gradient_term]))
custom_hooks = [dict(_base_.gradient_hook, warmup_iters=100)]
