# The recommended loss with other weight schedules, and on depth instead of its
# logarithm. Squared metres are larger numbers than squared logarithms: hence
# the smaller weights there.
_base_ = './unet-tiny_rooms-96x64_dense.py'
sweep = dict(
    _delete_=True,
    seeds=[0, 1, 2, 3, 4],
    variants={
        'baseline': {},
        'recommended': {
            'model.decode_head.loss': _base_.gradient_loss
        },
        'no warm-up': {
            'model.decode_head.loss':
            _base_.gradient_loss,
            'default_hooks.gradient_loss':
            dict(warmup=None, warmup_iters=None)
        },
        'share 0.2': {
            'model.decode_head.loss':
            _base_.gradient_loss,
            'default_hooks.gradient_loss':
            dict(warmup=None, warmup_iters=None, target_share=0.2)
        },
        'share 0.4': {
            'model.decode_head.loss':
            _base_.gradient_loss,
            'default_hooks.gradient_loss':
            dict(warmup=None, warmup_iters=None, target_share=0.4)
        },
        'linear 0.02': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=0.02,
                gradient=dict(preset='valid_mean', domain='linear'))
        },
        'linear 0.1': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=0.1,
                gradient=dict(preset='valid_mean', domain='linear'))
        },
        'linear 0.5': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=0.5,
                gradient=dict(preset='valid_mean', domain='linear'))
        },
    })
