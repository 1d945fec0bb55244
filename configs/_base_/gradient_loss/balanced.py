# gradient_term is added to a model's own loss, relative_gradient_term to a
# loss of relative inverse depth. gradient_loss (SSI + SILog + the term)
# replaces the loss. gradient_hook logs the term and warms up its weight.
gradient_term = dict(
    type='mmdepth_gradloss.MultiScaleGradientLoss',
    preset='packnet_san',
    loss_weight=0.2)
relative_gradient_term = dict(
    gradient_term, domain='inverse', alignment='median_mad')
gradient_loss = dict(
    type='mmdepth_gradloss.SSISilogLoss',
    ssi_weight=0.4,
    silog_weight=0.4,
    gradient_weight=0.2,
    gradient=dict(preset='packnet_san'),
    input_domain='depth')
gradient_hook = dict(type='mmdepth_gradloss.GradientLossHook', warmup='linear')
