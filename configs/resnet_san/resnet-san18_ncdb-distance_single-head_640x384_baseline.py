_base_ = [
    '../_base_/depth_evaluation.py',
    '../_base_/datasets/ncdb-distance_640x384.py',
    '../_base_/models/resnet_san18_single-head.py',
    '../_base_/schedules/adam-step_50e.py'
]
# No gradient term; the hook logs the components and has no weight to warm up.
default_hooks = dict(gradient_loss=dict(type='GradientLossHook'))
