# Other weight schedules for the term on log depth, and small weights in
# metres.
_base_ = './unet-tiny_rooms-96x64_dense.py'
log_2 = _base_.sweep.variants['log 2']
sweep = dict(
    variants={
        '_delete_': True,
        'baseline': {},
        'log 2': log_2,
        'no warm-up': {
            **log_2,
            'default_hooks.gradient_loss':
            dict(warmup=None, warmup_iters=None),
        },
        **{
            f'share {share}': {
                **log_2,
                'default_hooks.gradient_loss':
                dict(warmup=None, warmup_iters=None, target_share=share),
            }
            for share in (0.2, 0.4)
        },
        **{
            f'metres {weight}': {
                'model.decode_head.loss':
                dict(
                    ssi_weight=0.4,
                    silog_weight=0.4,
                    gradient_weight=weight,
                    gradient=dict(preset='valid_mean', domain='linear'))
            }
            for weight in (0.02, 0.1, 0.5)
        },
    })
del log_2
