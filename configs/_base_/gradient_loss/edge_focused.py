gradient_loss = dict(
    type='SSISilogLoss',
    ssi_weight=0.35,
    silog_weight=0.35,
    gradient_weight=0.3,
    input_domain='depth')
gradient_hook = dict(
    type='GradientLossHook', warmup='linear', warmup_iters=500)
