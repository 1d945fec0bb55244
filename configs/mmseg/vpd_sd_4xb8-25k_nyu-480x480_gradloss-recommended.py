_base_ = [
    'mmseg::vpd/vpd_sd_4xb8-25k_nyu-480x480.py', '../_base_/mmseg_runtime.py',
    '../_base_/gradient_loss/recommended.py'
]
model = dict(
    decode_head=dict(
        loss_decode=[dict(type='mmseg.SiLogLoss'), _base_.gradient_term]))
default_hooks = dict(gradient_loss=_base_.gradient_hook)
val_evaluator = [
    _base_.val_evaluator,
    dict(type='DepthErrorMetric', max_depth=10.0, crop='eigen'),
    dict(type='DepthBoundaryMetric', max_depth=10.0)
]
test_evaluator = val_evaluator
