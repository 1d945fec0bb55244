_base_ = [
    './resnet-san18_ncdb-distance_single-head_640x384_baseline.py',
    '../_base_/gradient_loss/balanced.py'
]
model = dict(decode_head=dict(loss=_base_.gradient_loss))
custom_hooks = [_base_.gradient_hook]
