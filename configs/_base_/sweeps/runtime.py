# Many short runs: no checkpoints, and no pictures except in the report.
custom_imports = dict(imports=['mmdepth_gradloss'])
default_scope = 'mmengine'

default_hooks = dict(
    logger=dict(type='LoggerHook', interval=100, log_metric_by_epoch=False),
    checkpoint=None,
    gradient_loss=dict(
        type='GradientLossHook', warmup='linear', warmup_iters=100))
log_processor = dict(by_epoch=False, window_size=20)
