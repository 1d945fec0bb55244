# For trainings that last: the weights are kept, so that more can be measured
# later, and sharpness and errors are looked at from more sides.
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
    # what is left of the error once the scale is right
    dict(
        type='DepthErrorMetric',
        median_scaling=True,
        prefix='scaled',
        min_depth=0.1,
        max_depth=15.0)
]
test_evaluator = val_evaluator
