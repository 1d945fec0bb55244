_base_ = ['./baseline.py', '../_base_/gradient_loss/edge_focused.py']
model = dict(decode_head=dict(loss=_base_.gradient_loss))
