# mmsegmentation's MixVisionTransformer (B0) with a small VPDDepthHead.
model = dict(
    type='mmseg.DepthEstimator',
    data_preprocessor=dict(
        type='mmseg.SegDataPreProcessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        size=(480, 480),
        pad_val=0,
        # 0 means not measured; the default would pad with 255 metres
        seg_pad_val=0,
        # the head's feature maps only match at multiples of 32
        test_cfg=dict(size_divisor=32)),
    backbone=dict(
        type='mmseg.MixVisionTransformer',
        in_channels=3,
        embed_dims=32,
        num_stages=4,
        num_layers=[2, 2, 2, 2],
        num_heads=[1, 2, 5, 8],
        patch_sizes=[7, 3, 3, 3],
        sr_ratios=[8, 4, 2, 1],
        out_indices=(0, 1, 2, 3),
        mlp_ratio=4,
        qkv_bias=True,
        drop_rate=0.0,
        attn_drop_rate=0.0,
        drop_path_rate=0.1),
    decode_head=dict(
        type='mmseg.VPDDepthHead',
        in_channels=[32, 64, 160, 256],
        max_depth=10,
        embed_dim=32,
        feature_dim=256,
        num_deconv_layers=3,
        num_deconv_filters=(32, 32, 32),
        loss_decode=dict(type='mmseg.SiLogLoss')),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
