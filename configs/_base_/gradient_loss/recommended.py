# gradient_term stands beside a model's own loss, relative_gradient_term beside
# one of relative inverse depth; gradient_loss, which is SSI + SILog + the
# term, replaces it. gradient_hook logs and warms up any of them.
# Squared differences of depth over its mean are small: hence the large weight.
# configs/experiments/README.md has the evidence.
gradient_term = dict(
    type='mmdepth_gradloss.MultiScaleGradientLoss',
    preset='valid_mean',
    loss_weight=20.0)
# maps of mean deviation 1 differ some three times as much as those of mean 1
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
