# All gradient losses to compare, each added to SSI + SILog. --variants selects
# from them.
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


def with_strategy(weight):
    rest = (1 - weight) / 2
    return {
        'model.decode_head.loss':
        dict(ssi_weight=rest, silog_weight=rest, gradient_weight=weight)
    }


sweep = dict(
    seeds=[0, 1, 2, 3, 4],
    variants={
        'baseline': {},
        'recommended': {
            'model.decode_head.loss': _base_.gradient_loss
        },
        'conservative': with_strategy(0.1),
        'balanced': with_strategy(0.2),
        'edge_focused': with_strategy(0.3),
        # the recommended formula with other weights and in other domains
        **{
            f'{name} {weight}': with_term(
                weight, preset='valid_mean', domain=domain)
            for name, domain, weights in (
                ('normalized', 'normalized', (6, 60)),
                ('log', 'log', (0.7, 2, 6, 18)),
                ('metres', 'linear', (0.5, 1.5, 4.5))) for weight in weights
        },
        # ... and without each of its parts
        'absolute':
        with_term(4, preset='valid_mean', penalty='l1'),
        'one level':
        with_term(20, preset='valid_mean', scales=1),
        'every 2nd pixel':
        with_term(20, preset='valid_mean', pyramid='stride'),
        # other formulas
        **{
            f'{formula} {weight}': with_term(weight, preset=formula)
            for formula, weights in (
                ('midas', (0.1, 0.3, 1.0)),
                ('megadepth', (0.3, 1.0, 3.0)),
                ('depth_pro', (0.1, 0.3, 1.0))) for weight in weights
        },
        **{
            f'squared {weight}': with_term(weight, domain='log', penalty='l2')
            for weight in (0.1, 0.3, 1.0)
        },
        'log 6 and packnet_san 0.2': {
            'model.decode_head.loss': [
                dict(
                    type='SSISilogLoss',
                    input_domain='depth',
                    ssi_weight=0.4,
                    silog_weight=0.4,
                    gradient_weight=6.0,
                    gradient=dict(preset='valid_mean', domain='log')),
                dict(
                    type='MultiScaleGradientLoss',
                    preset='packnet_san',
                    loss_weight=0.2)
            ]
        },
    })
