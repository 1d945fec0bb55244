"""How depth models handle data samples."""
import pytest
import torch
from mmengine.structures import BaseDataElement
from samples import sample

from mmdepth_gradloss.models import DepthEstimator
from mmdepth_gradloss.models.depth_samples import resize_bilinear


class FirstChannel(DepthEstimator):
    """Predicts the first channel of its input."""

    def _predict(self, inputs, data_samples):
        return inputs[:, :1]


def predict(inputs, data_samples=None):
    samples = FirstChannel()(inputs, data_samples, mode='predict')
    return [x.pred_depth_map.data for x in samples]


def test_padding_is_cut_off_without_ground_truth():
    inputs = torch.rand(2, 3, 8, 10)
    samples = [BaseDataElement(metainfo=dict(img_shape=(5, 7, 3))),
               BaseDataElement()]
    first, second = predict(inputs, samples)
    assert torch.equal(first, inputs[0, :1, :5, :7])
    assert torch.equal(second, inputs[1, :1])
    assert torch.equal(predict(inputs)[1], inputs[1, :1])


def test_prediction_gets_the_size_of_the_ground_truth():
    inputs = torch.rand(1, 3, 8, 10)
    element = sample(10, 14, img_shape=(5, 7))
    pred, = predict(inputs, [element])
    torch.testing.assert_close(
        pred[None], resize_bilinear(inputs[:, :1, :5, :7], (10, 14)))
    same, = predict(inputs, [sample(5, 7, ori_shape=(9, 9))])
    assert torch.equal(same, inputs[0, :1, :5, :7])


def test_prediction_is_not_stretched_over_another_field_of_view():
    with pytest.raises(
            ValueError, match='16 x 40 .*of 16 x 20, loaded.*room.png'):
        predict(torch.ones(1, 3, 16, 24), [sample(16, 40, img_shape=(16, 20))])


def test_unknown_mode_is_named():
    with pytest.raises(ValueError, match="'infer'; known: loss, predict, ten"):
        FirstChannel()(torch.ones(1, 3, 8, 8), mode='infer')
