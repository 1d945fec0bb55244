import pytest
import torch

from mmdepth_gradloss.functional.depth_batch import (as_depth_batch,
                                                     check_image_weight)


@pytest.mark.parametrize('shape', [(2, 5, 7), (2, 1, 5, 7)])
def test_both_come_with_one_channel(shape):
    pred, target = torch.rand(shape), torch.rand(shape)
    for given, batch in zip((pred, target), as_depth_batch(pred, target)):
        assert torch.equal(batch, given.reshape(2, 1, 5, 7))


@pytest.mark.parametrize('given, computed', [
    (torch.float64, torch.float64), (torch.float32, torch.float32),
    (torch.bfloat16, torch.float32), (torch.float16, torch.float32)])
@pytest.mark.parametrize('target', [torch.float64, torch.uint8])
def test_precision_is_that_of_the_prediction_or_better(
        given, computed, target):
    maps = torch.ones(1, 4, 4, dtype=given), torch.ones(1, 4, 4, dtype=target)
    assert {x.dtype for x in as_depth_batch(*maps)} == {computed}


@pytest.mark.parametrize('pred, target', [
    ((2, 4, 4), (2, 1, 4, 4)), ((2, 3, 4, 4), (2, 3, 4, 4)),
    ((4, 4), (4, 4)), ((1, 2, 1, 4, 4), (1, 2, 1, 4, 4)),
    ((2, 1, 4, 4), (2, 1, 4, 5))])
def test_other_shapes_are_named(pred, target):
    with pytest.raises(ValueError) as error:
        as_depth_batch(torch.ones(pred), torch.ones(target))
    assert str(error.value) == (
        'pred and target must both be (N, 1, H, W) or (N, H, W), got '
        f'{pred} and {target}' +
        '; resize the prediction' * (target == (2, 1, 4, 5)))


@pytest.mark.parametrize('shape', [(2, ), (3, 1), ()])
def test_one_weight_for_each_image(shape):
    check_image_weight(None, 3)
    check_image_weight(torch.ones(3), 3)
    with pytest.raises(ValueError) as error:
        check_image_weight(torch.ones(shape), 3)
    assert str(error.value) == (
        'weight must hold one value for each image, shape (3,), got '
        f'{shape}')
