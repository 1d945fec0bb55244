# For long trainings: keeps the weights for later measurements, and has more
# metrics of sharpness and errors.
_base_ = ['./runtime.py', '../depth_evaluation.py']
default_hooks = dict(
    checkpoint=dict(
        _delete_=True,
        type='CheckpointHook',
        by_epoch=False,
        interval=-1,
        save_optimizer=False,
        save_param_scheduler=False))
val_evaluator = [
    *_base_.val_evaluator,
    # edges within 1, 2 and 3 pixels
    dict(
        type='DepthBoundaryMetric',
        protocol='moge',
        prefix='moge',
        min_depth=0.1,
        max_depth=15.0),
    # the error that remains after median scaling
    dict(
        type='DepthErrorMetric',
        median_scaling=True,
        prefix='scaled',
        min_depth=0.1,
        max_depth=15.0)
]
test_evaluator = val_evaluator
