# gradient_term stands beside a model's own loss, relative_gradient_term beside
# one of relative inverse depth; gradient_loss, which is SSI + SILog + the
# term, replaces it. gradient_hook logs and warms up any of them.
gradient_term = dict(
    type='mmdepth_gradloss.MultiScaleGradientLoss',
    preset='packnet_san',
    loss_weight=0.3)
relative_gradient_term = dict(
    gradient_term, domain='inverse', alignment='median_mad')
gradient_loss = dict(
    type='mmdepth_gradloss.SSISilogLoss',
    ssi_weight=0.35,
    silog_weight=0.35,
    gradient_weight=0.3,
    gradient=dict(preset='packnet_san'),
    input_domain='depth')
gradient_hook = dict(type='mmdepth_gradloss.GradientLossHook', warmup='linear')
