_base_ = [
    './dpt-tiny-random_nyu_baseline.py', '../_base_/gradient_loss/balanced.py'
]
model = dict(loss=[
    _base_.model.loss,
    dict(domain='inverse', alignment='median_mad', **_base_.gradient_term)
])
custom_hooks = [
    dict(type='GradientLossHook', warmup='linear', warmup_iters=20)
]
