# The same network with 0.1 million parameters, for many short trainings.
_base_ = './unet_small.py'
channels = [8, 16, 24, 32, 48]
model = dict(
    data_preprocessor=dict(pad_size_divisor=16),
    backbone=dict(channels=channels, blocks=[1, 1, 1, 1]),
    decode_head=dict(in_channels=channels))
