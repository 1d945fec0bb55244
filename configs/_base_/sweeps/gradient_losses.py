# The strategy's loss with weights 0, 0.1, 0.2 and 0.3 of its gradient term,
# then the other gradient terms, each with three weights.
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
        'valid_mean 0.7': with_term(0.7, preset='valid_mean'),
        'recommended': {
            'model.decode_head.loss': _base_.gradient_loss
        },
        'valid_mean 6.0': with_term(6.0, preset='valid_mean'),
        **{
            f'{formula} {weight}': with_term(weight, preset=formula)
            for formula, weights in dict(
                midas=(0.1, 0.3, 1.0),
                megadepth=(0.3, 1.0, 3.0),
                depth_pro=(0.1, 0.3, 1.0)).items() for weight in weights
        },
        **{
            f'squared {weight}': with_term(weight, domain='log', penalty='l2')
            for weight in (0.1, 0.3, 1.0)
        },
    })
