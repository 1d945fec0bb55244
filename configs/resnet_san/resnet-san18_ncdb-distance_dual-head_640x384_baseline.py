_base_ = [
    '../_base_/depth_evaluation.py',
    '../_base_/datasets/ncdb-distance_640x384.py',
    '../_base_/models/resnet_san18_dual-head.py',
    '../_base_/schedules/adam-step_50e.py'
]
