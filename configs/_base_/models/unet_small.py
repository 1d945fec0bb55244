# A residual U-Net with 0.8 million parameters that trains on a CPU. Its
# coarsest level sees the whole room, its finest has full resolution.
channels = [8, 16, 32, 64, 96, 128]
model = dict(
    type='MonoDepthEstimator',
    data_preprocessor=dict(
        type='ImgDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_size_divisor=32),
    backbone=dict(
        type='ResidualEncoder', channels=channels, blocks=[1, 1, 1, 1, 1]),
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
