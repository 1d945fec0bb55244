# gradient_loss stands in place of a depth model's loss, gradient_term beside
# it; gradient_hook logs and warms up either.
gradient_loss = dict(
    type='SSISilogLoss',
    ssi_weight=0.35,
    silog_weight=0.35,
    gradient_weight=0.3,
    input_domain='depth')
gradient_term = dict(type='MultiScaleGradientLoss', loss_weight=0.3)
gradient_hook = dict(
    type='GradientLossHook', warmup='linear', warmup_iters=500)
