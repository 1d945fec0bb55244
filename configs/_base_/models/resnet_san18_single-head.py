# ResNet-SAN for images only; predicts depth via inverse depth. For ImageNet
# weights set backbone.init_cfg, see configs/resnet_san/README.md.
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
        type='SANDepthHead',
        min_depth=0.1,
        max_depth=15.0,
        loss=dict(
            type='SSISilogLoss',
            ssi_weight=0.5,
            silog_weight=0.5,
            gradient_weight=0.0,
            input_domain='depth')))
