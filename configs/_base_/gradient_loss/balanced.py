gradient_loss = dict(
    type='SSISilogLoss',
    ssi_weight=0.4,
    silog_weight=0.4,
    gradient_weight=0.2,
    input_domain='depth')
gradient_hook = dict(
    type='GradientLossHook', warmup='linear', warmup_iters=500)
