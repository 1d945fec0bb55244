_base_ = ['../_base_/hf_finetune.py', '../_base_/datasets/nyu_640x480.py']
model = dict(
    type='HFDepthEstimator',
    pretrained='depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf',
    loss=dict(
        type='SSISilogLoss',
        ssi_weight=0.5,
        silog_weight=0.5,
        gradient_weight=0.0,
        input_domain='depth'))
# No gradient term; the hook logs the components and has no weight to warm up.
default_hooks = dict(gradient_loss=dict(type='GradientLossHook'))
