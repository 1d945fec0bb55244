_base_ = [
    '../_base_/mmseg_runtime.py', '../_base_/models/mit_vpd-head.py',
    '../_base_/datasets/mmseg-nyu_480x480.py',
    'mmseg::_base_/default_runtime.py',
    'mmseg::_base_/schedules/schedule_25k.py'
]
model = dict(
    backbone=dict(
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmsegmentation/v0.5/'
            'pretrain/segformer/mit_b0_20220624-7e0fe6dd.pth')))
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=6e-4, weight_decay=0.01),
    clip_grad=dict(max_norm=1.0),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.1))))
default_hooks = dict(
    checkpoint=dict(
        save_best='depth/rmse', rule='less', max_keep_ckpts=1),
    visualization=dict(_delete_=True, type='DepthVisualizationHook'))
