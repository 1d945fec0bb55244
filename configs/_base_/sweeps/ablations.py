# The recommended loss, what it is compared with, and what happens without each
# of its parts.
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
        'balanced': {
            'model.decode_head.loss':
            dict(ssi_weight=0.4, silog_weight=0.4, gradient_weight=0.2)
        },
        'log 2': with_term(2.0, preset='valid_mean'),
        'log 6': with_term(6.0, preset='valid_mean'),
        'log 18': with_term(18.0, preset='valid_mean'),
        'metres 0.5': with_term(0.5, preset='valid_mean', domain='linear'),
        'metres 1.5': with_term(1.5, preset='valid_mean', domain='linear'),
        'absolute 0.3': with_term(0.3, preset='valid_mean', penalty='l1'),
        'one level 6': with_term(6.0, preset='valid_mean', scales=1),
        'every 2nd pixel 6':
        with_term(6.0, preset='valid_mean', pyramid='stride'),
    })
