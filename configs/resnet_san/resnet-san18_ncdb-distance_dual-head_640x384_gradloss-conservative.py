_base_ = [
    './resnet-san18_ncdb-distance_dual-head_640x384_baseline.py',
    '../_base_/gradient_loss/conservative.py'
]
model = dict(decode_head=dict(loss=[_base_.gradient_term]))
default_hooks = dict(gradient_loss=_base_.gradient_hook)
