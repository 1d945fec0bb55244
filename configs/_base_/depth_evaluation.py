# One range of valid depth for all metrics.
val_evaluator = [
    dict(type='DepthErrorMetric', min_depth=0.1, max_depth=15.0),
    dict(
        type='DepthBoundaryMetric',
        protocol='depth_pro',
        min_depth=0.1,
        max_depth=15.0),
    dict(type='DepthEdgeErrorMetric', min_depth=0.1, max_depth=15.0)
]
test_evaluator = val_evaluator
