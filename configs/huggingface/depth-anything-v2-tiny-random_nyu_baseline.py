# Trains on a CPU from random weights, on small images in NYU's layout.
_base_ = ['../_base_/hf_tiny.py', '../_base_/datasets/nyu-layout.py']
model = dict(
    type='HFDepthEstimator',
    config=dict(
        model_type='depth_anything',
        depth_estimation_type='metric',
        max_depth=10,
        initializer_range=0.05,
        patch_size=14,
        reassemble_hidden_size=64,
        neck_hidden_sizes=[16, 32, 64, 64],
        fusion_hidden_size=32,
        head_hidden_size=16,
        backbone_config=dict(
            model_type='dinov2',
            image_size=112,
            patch_size=14,
            hidden_size=64,
            num_hidden_layers=4,
            num_attention_heads=4,
            mlp_ratio=2,
            out_features=['stage1', 'stage2', 'stage3', 'stage4'],
            reshape_hidden_states=False)),
    data_preprocessor=dict(
        type='HFDepthPreprocessor',
        image_processor=dict(
            image_processor_type='DPTImageProcessor',
            size=dict(height=84, width=112),
            keep_aspect_ratio=True,
            ensure_multiple_of=14,
            image_mean=[0.485, 0.456, 0.406],
            image_std=[0.229, 0.224, 0.225])),
    loss=dict(
        type='SSISilogLoss',
        ssi_weight=0.5,
        silog_weight=0.5,
        gradient_weight=0.0,
        input_domain='depth'))
# No gradient term; the hook logs the components and has no weight to warm up.
default_hooks = dict(gradient_loss=dict(type='GradientLossHook'))
