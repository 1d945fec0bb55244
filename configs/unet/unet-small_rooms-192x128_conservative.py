_base_ = ['./baseline.py', '../_base_/gradient_loss/conservative.py']
model = dict(decode_head=dict(loss=_base_.gradient_loss))
