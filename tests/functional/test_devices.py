"""Arguments on different devices; 'meta' stands for a GPU."""
import pytest
import torch

from mmdepth_gradloss import multi_scale_gradient_loss
from mmdepth_gradloss.functional.masking import valid_depth_mask


def test_pred_and_target_are_on_one_device():
    pred, target = torch.ones(1, 1, 8, 8), torch.ones(1, 1, 8, 8)
    with pytest.raises(
            ValueError, match='^pred and target must be on the same device, '
            'got cpu and meta'):
        multi_scale_gradient_loss(pred, target.to('meta'))


def test_mask_is_on_the_device_of_the_target():
    target = torch.ones(1, 1, 8, 8)
    with pytest.raises(
            ValueError, match='^target and mask must be on the same device, '
            'got cpu and meta'):
        valid_depth_mask(target, torch.ones(1, 1, 8, 8, device='meta'))
