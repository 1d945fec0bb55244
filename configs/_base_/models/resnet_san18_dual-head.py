# The same network with depth as integer and fractional part.
_base_ = './resnet_san18_single-head.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='SANDualDepthHead',
        min_depth=0.1,
        max_depth=15.0,
        dual_loss=dict(type='DualHeadDepthLoss'),
        # losses on the recombined depth, in addition to dual_loss
        loss=[]))
