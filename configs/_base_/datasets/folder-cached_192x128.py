# The same with four times as many pixels.
_base_ = './folder-cached_96x64.py'
train_dataloader = dict(
    dataset=dict(
        dataset=dict(pipeline=[
            dict(type='LoadImage'),
            dict(type='LoadDepthMap', valid_range=(0.1, 15.0)),
            dict(type='ResizeDepth', scale=(192, 128))
        ])))
val_dataloader = dict(
    dataset=dict(
        dataset=dict(pipeline=[
            dict(type='LoadImage'),
            dict(type='LoadDepthMap', valid_range=(0.1, 15.0)),
            dict(type='ResizeDepth', scale=(192, 128))
        ])))
test_dataloader = val_dataloader
