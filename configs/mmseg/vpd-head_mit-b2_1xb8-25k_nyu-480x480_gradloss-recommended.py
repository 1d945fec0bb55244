_base_ = [
    './vpd-head_mit-b2_1xb8-25k_nyu-480x480.py',
    '../_base_/gradient_loss/balanced.py'
]
# SSI + SILog + gradient term in place of mmsegmentation's SiLogLoss
model = dict(
    decode_head=dict(
        loss_decode=dict(_delete_=True, **_base_.gradient_loss)))
custom_hooks = [_base_.gradient_hook]
