# Epoch-based, with the matching runtime settings.
_base_ = '../default_runtime.py'
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=2e-4),
    clip_grad=dict(max_norm=1.0))
param_scheduler = dict(
    type='StepLR', step_size=30, gamma=0.5, by_epoch=True)
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=50, val_interval=1)
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(
    logger=dict(log_metric_by_epoch=True),
    checkpoint=dict(by_epoch=True, interval=1))
log_processor = dict(by_epoch=True)
