# For trainings that last: the recipes, candidates for the recommended one, and
# what happens without each part of it.
_base_ = '../gradient_loss/recommended.py'


def with_term(weight, **gradient):
    return {
        'model.decode_head.loss':
        dict(
            ssi_weight=0.4,
            silog_weight=0.4,
            gradient_weight=weight,
            gradient=gradient)
    }


sweep = dict(
    seeds=[0, 1, 2, 3, 4],
    variants={
        'baseline': {},
        'conservative': {
            'model.decode_head.loss':
            dict(ssi_weight=0.45, silog_weight=0.45, gradient_weight=0.1)
        },
        'balanced': {
            'model.decode_head.loss':
            dict(ssi_weight=0.4, silog_weight=0.4, gradient_weight=0.2)
        },
        'edge_focused': {
            'model.decode_head.loss':
            dict(ssi_weight=0.35, silog_weight=0.35, gradient_weight=0.3)
        },
        'log 2': with_term(2.0, preset='valid_mean'),
        'log 6': with_term(6.0, preset='valid_mean'),
        'log 18': with_term(18.0, preset='valid_mean'),
        'metres 0.5': with_term(0.5, preset='valid_mean', domain='linear'),
        'metres 1.5': with_term(1.5, preset='valid_mean', domain='linear'),
        'metres 4.5': with_term(4.5, preset='valid_mean', domain='linear'),
        'normalized 6':
        with_term(6.0, preset='valid_mean', domain='normalized'),
        'normalized 20':
        with_term(20.0, preset='valid_mean', domain='normalized'),
        'normalized 60':
        with_term(60.0, preset='valid_mean', domain='normalized'),
        'normalized absolute 4':
        with_term(
            4.0, preset='valid_mean', domain='normalized', penalty='l1'),
        'normalized one level 20':
        with_term(20.0, preset='valid_mean', domain='normalized', scales=1),
        'normalized every 2nd pixel 20':
        with_term(
            20.0, preset='valid_mean', domain='normalized', pyramid='stride'),
        'log 6 and packnet_san 0.2': {
            'model.decode_head.loss': [
                dict(
                    type='SSISilogLoss',
                    input_domain='depth',
                    ssi_weight=0.4,
                    silog_weight=0.4,
                    gradient_weight=6.0,
                    gradient=dict(preset='valid_mean')),
                dict(
                    type='MultiScaleGradientLoss',
                    preset='packnet_san',
                    loss_weight=0.2)
            ]
        },
        'log charbonnier 0.3':
        with_term(0.3, preset='valid_mean', penalty='charbonnier'),
        'log absolute 0.3':
        with_term(0.3, preset='valid_mean', penalty='l1'),
        'log one level 6':
        with_term(6.0, preset='valid_mean', scales=1),
        'log every 2nd pixel 6':
        with_term(6.0, preset='valid_mean', pyramid='stride'),
    })
