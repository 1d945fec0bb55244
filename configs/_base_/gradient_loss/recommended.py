# gradient_loss stands in place of a depth model's loss, gradient_term beside
# it; gradient_hook logs and warms up either.
# Squared differences of log depth, at any density. They are small numbers:
# hence the weight. configs/experiments/README.md has the evidence.
gradient_loss = dict(
    type='SSISilogLoss',
    ssi_weight=0.4,
    silog_weight=0.4,
    gradient_weight=2.0,
    gradient=dict(preset='valid_mean'),
    input_domain='depth')
gradient_term = dict(
    type='MultiScaleGradientLoss', preset='valid_mean', loss_weight=2.0)
gradient_hook = dict(
    type='GradientLossHook', warmup='linear', warmup_iters=500)
