# EfficientNet-Lite0 with ImageNet weights, and a decoder at full resolution:
# 3.4 million parameters.
model = dict(
    type='MonoDepthEstimator',
    data_preprocessor=dict(
        type='ImgDataPreprocessor',
        mean=[127.0, 127.0, 127.0],
        std=[128.0, 128.0, 128.0],
        bgr_to_rgb=True,
        pad_size_divisor=32),
    backbone=dict(type='EfficientNetLite', fine_channels=16),
    decode_head=dict(
        type='UNetDepthHead',
        in_channels=[16, 16, 24, 40, 112, 320],
        channels=[16, 24, 32, 48, 96],
        min_depth=0.3,
        max_depth=15.0,
        loss=dict(
            type='SSISilogLoss',
            ssi_weight=0.5,
            silog_weight=0.5,
            gradient_weight=0.0,
            input_domain='depth')))
