# gradient_term is added to a model's own loss, relative_gradient_term to a
# loss of relative inverse depth. gradient_loss (SSI + SILog + the term)
# replaces the loss. gradient_hook logs the term and warms up its weight. The
# weight is large because squared differences of normalized depth are small;
# see configs/experiments/README.md.
gradient_term = dict(
    type='mmdepth_gradloss.MultiScaleGradientLoss',
    preset='valid_mean',
    loss_weight=20.0)
# maps with mean deviation 1 differ about three times as much as with mean 1
relative_gradient_term = dict(
    gradient_term,
    loss_weight=2.0,
    domain='inverse',
    alignment='median_mad')
gradient_loss = dict(
    type='mmdepth_gradloss.SSISilogLoss',
    ssi_weight=0.4,
    silog_weight=0.4,
    gradient_weight=20.0,
    gradient=dict(preset='valid_mean'),
    input_domain='depth')
gradient_hook = dict(type='mmdepth_gradloss.GradientLossHook', warmup='linear')
