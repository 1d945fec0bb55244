# The strategy's loss with weights 0, 0.1, 0.2 and 0.3 of its gradient term,
# then the other gradient terms, each with three weights.
_base_ = '../gradient_loss/recommended.py'
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
        'valid_mean 0.7': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=0.7,
                gradient=dict(preset='valid_mean'))
        },
        'recommended': {
            'model.decode_head.loss': _base_.gradient_loss
        },
        'valid_mean 6.0': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=6.0,
                gradient=dict(preset='valid_mean'))
        },
        'midas 0.1': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=0.1,
                gradient=dict(preset='midas'))
        },
        'midas 0.3': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=0.3,
                gradient=dict(preset='midas'))
        },
        'midas 1.0': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=1.0,
                gradient=dict(preset='midas'))
        },
        'megadepth 0.3': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=0.3,
                gradient=dict(preset='megadepth'))
        },
        'megadepth 1.0': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=1.0,
                gradient=dict(preset='megadepth'))
        },
        'megadepth 3.0': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=3.0,
                gradient=dict(preset='megadepth'))
        },
        'depth_pro 0.1': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=0.1,
                gradient=dict(preset='depth_pro'))
        },
        'depth_pro 0.3': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=0.3,
                gradient=dict(preset='depth_pro'))
        },
        'depth_pro 1.0': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=1.0,
                gradient=dict(preset='depth_pro'))
        },
        'squared 0.1': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=0.1,
                gradient=dict(domain='log', penalty='l2'))
        },
        'squared 0.3': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=0.3,
                gradient=dict(domain='log', penalty='l2'))
        },
        'squared 1.0': {
            'model.decode_head.loss':
            dict(
                ssi_weight=0.4,
                silog_weight=0.4,
                gradient_weight=1.0,
                gradient=dict(domain='log', penalty='l2'))
        },
    })
