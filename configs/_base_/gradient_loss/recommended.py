# gradient_term stands beside a model's own loss; gradient_loss, which is SSI +
# SILog + that term, replaces it. gradient_hook logs and warms up either.
# Squared differences of log depth are small numbers, hence the large weight.
# configs/experiments/README.md has the evidence.
gradient_term = dict(
    type='mmdepth_gradloss.MultiScaleGradientLoss',
    preset='valid_mean',
    loss_weight=2.0)
gradient_loss = dict(
    type='mmdepth_gradloss.SSISilogLoss',
    ssi_weight=0.4,
    silog_weight=0.4,
    gradient_weight=2.0,
    gradient=dict(preset='valid_mean'),
    input_domain='depth')
gradient_hook = dict(type='mmdepth_gradloss.GradientLossHook', warmup='linear')
