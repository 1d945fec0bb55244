_base_ = [
    './vpd-head_mit-tiny_1xb4-400_nyu-160x224.py',
    '../_base_/gradient_loss/balanced.py'
]
# SSI + SILog + gradient term in place of mmsegmentation's SiLogLoss
model = dict(
    decode_head=dict(
        loss_decode=dict(_delete_=True, **_base_.gradient_loss)))
custom_hooks = [dict(_base_.gradient_hook, warmup_iters=100)]
