# Small images in NYU's layout, for small models, without NYU's crop, which is
# for images of 480x640 pixels.
_base_ = './nyu_640x480.py'
train_dataloader = dict(num_workers=1)
val_dataloader = dict(batch_size=8, num_workers=1)
test_dataloader = val_dataloader
val_evaluator = [
    dict(type='DepthErrorMetric', min_depth=1e-3, max_depth=10.0),
    dict(type='DepthBoundaryMetric', max_depth=10.0)
]
test_evaluator = val_evaluator
