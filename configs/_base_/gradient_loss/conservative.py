gradient_loss = dict(
    type='SSISilogLoss',
    ssi_weight=0.45,
    silog_weight=0.45,
    gradient_weight=0.1,
    input_domain='depth')
gradient_hook = dict(
    type='GradientLossHook', warmup='linear', warmup_iters=500)
