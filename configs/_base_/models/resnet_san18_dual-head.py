# ResNet-SAN for images alone, depth as integer and fractional part. For
# ImageNet weights give backbone.init_cfg, see configs/resnet_san/README.md.
model = dict(
    type='ResNetSAN',
    data_preprocessor=dict(
        type='ImgDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_size_divisor=32),
    backbone=dict(type='ResNetEncoder', version='18A'),
    decode_head=dict(
        type='SANDualDepthHead',
        min_depth=0.1,
        max_depth=15.0,
        dual_loss=dict(type='DualHeadDepthLoss'),
        # losses on the recombined depth, beside dual_loss
        loss=[]))
