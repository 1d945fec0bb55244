_base_ = [
    './vpd-head_mit-b2_1xb8-25k_nyu-480x480.py',
    '../_base_/gradient_loss/recommended.py'
]
model = dict(
    decode_head=dict(
        loss_decode=[dict(type='mmseg.SiLogLoss'), _base_.gradient_term]))
default_hooks = dict(gradient_loss=_base_.gradient_hook)
