"""Weights of a larger network are loaded with a warning."""
import torch
from mmengine.logging import MMLogger
from untrained import read_config

from mmdepth_gradloss.inference import DepthInferencer
from mmdepth_gradloss.runner import keep_warnings

UNET = 'unet-small_rooms-192x128_baseline'


def test_surplus_weights_are_named(checkpoint):
    _, _, path = checkpoint(UNET)
    logger = MMLogger.get_instance('surplus_weights')
    expected = []
    for surplus in ({}, {'neck.bias': torch.zeros(1),
                         'neck.weight': torch.zeros(1)}):
        state = torch.load(path, weights_only=False)
        state['state_dict'].update(surplus)
        torch.save(state, path)
        warnings = keep_warnings(logger)
        DepthInferencer(read_config(UNET), path, 'cpu', show_progress=False)
        assert warnings == expected
        expected = [
            f'{path} holds 2 weights that MonoDepthEstimator does not have, '
            'such as neck.bias; is it for another network?']
