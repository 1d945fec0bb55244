val_evaluator = [
    dict(type='DepthErrorMetric', min_depth=0.1, max_depth=15.0),
    dict(type='DepthBoundaryMetric', protocol='depth_pro'),
    dict(type='DepthEdgeErrorMetric')
]
test_evaluator = val_evaluator
