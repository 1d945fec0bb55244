# A residual U-Net of 0.1 million parameters, for many short trainings.
channels = [8, 16, 24, 32, 48]
model = dict(
    type='MonoDepthEstimator',
    data_preprocessor=dict(
        type='ImgDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_size_divisor=16),
    backbone=dict(
        type='ResidualEncoder', channels=channels, blocks=[1, 1, 1, 1]),
    decode_head=dict(
        type='UNetDepthHead',
        in_channels=channels,
        min_depth=0.3,
        max_depth=15.0,
        loss=dict(
            type='SSISilogLoss',
            ssi_weight=0.5,
            silog_weight=0.5,
            gradient_weight=0.0,
            input_domain='depth')))
