"""Depth models from transformers as MMEngine models."""
import json
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hf_networks import (CONFIGS, IMAGE_PROCESSORS, RELATIVE, RELATIVE_LOSS,
                         build)
from mmengine.evaluator import Evaluator
from mmengine.structures import BaseDataElement
from samples import GRADIENT_LOSS, METRIC_LOSS, batch, sample
from torch import nn

from mmdepth_gradloss.models.depth_samples import resize_bilinear
from mmdepth_gradloss.models.huggingface.hf_depth_estimator import (
    find_prediction, find_step)

transformers = pytest.importorskip('transformers')
pytest.importorskip('PIL')

every_model = pytest.mark.parametrize('name', sorted(CONFIGS))


@pytest.mark.parametrize('name, max_depth, step', [
    ('depth_anything_relative', None, 14),
    ('depth_anything_metric', 10, 14),
    ('dpt', None, 16),
    ('zoedepth', None, 16),
    ('glpn', 10, 32),
])
def test_prediction_and_input_follow_from_the_configuration(
        name, max_depth, step):
    model = build(name).eval()
    assert model.prediction == (
        'relative_inverse' if name in RELATIVE else 'depth')
    # only metric models have a maximum depth
    assert (model.max_depth, model.step) == (max_depth, step)
    # the tiny DPT requires square images
    inputs = torch.zeros(1, 3, 3 * step - 1, 3 * step - 5)
    seen = []
    model.network.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs['pixel_values'].shape),
        with_kwargs=True)
    with torch.no_grad():
        model(inputs)
    assert seen == [(1, 3, 3 * step, 3 * step)]


@every_model
def test_takes_a_step_and_predicts_at_the_ground_truth_s_size(name):
    model = build(name)
    data = model.data_preprocessor(batch((60, 77), (60, 77)), True)
    losses = model(**data, mode='loss')
    assert set(losses) == ({'loss_scale_shift', 'loss_gradient'} if name
                           in RELATIVE else {'loss_ssi_silog'})
    model.parse_losses(losses)[0].backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    assert all(grad.isfinite().all() for grad in grads)
    encoder = list(model.encoder.parameters())
    reached = [p for p in encoder if p.grad is not None and p.grad.any()]
    assert len(reached) > 0.8 * len(encoder)
    with torch.no_grad():
        out = model.eval()(**data, mode='predict')
    assert [x.pred_depth_map.data.shape for x in out] == [(1, 60, 77)] * 2
    assert out[0].prediction == model.prediction


def test_random_relative_network_begins_above_0():
    for seed in range(4):
        torch.manual_seed(seed)
        model = build('depth_anything_relative').eval()
        with torch.no_grad():
            pred = model(torch.randn(2, 3, 56, 56))
        assert (pred > 0).float().mean() > 0.5


def recorded(model):
    """Arguments with which the model calls its losses."""
    calls = []

    class Recorder(nn.Module):
        loss_name = 'loss_recorded'

        def forward(self, pred, target):
            calls.append((pred.detach(), target))
            return pred.sum()

    model.losses = nn.ModuleList([Recorder()])
    return calls


def test_padding_is_cut_off_before_loss_and_prediction():
    """Images of two shapes in a padded batch."""
    model = build('depth_anything_metric').eval()
    data = model.data_preprocessor(batch((56, 84), (84, 56)))
    calls = recorded(model)
    with torch.no_grad():
        model(**data, mode='loss')
        out = model(**data, mode='predict')
        raw = model(data['inputs'])
    (pred, target), = calls
    assert raw.shape == pred.shape == target.shape == (2, 1, 84, 84)
    # the preprocessing kept the sizes, so the outputs match pixel by pixel
    for i, part in enumerate((np.s_[:, :56], np.s_[..., :56])):
        assert torch.equal(pred[i][part], raw[i][part])
        assert torch.equal(out[i].pred_depth_map.data, raw[i][part])
    assert not target[0, :, 56:].any() and not target[1, :, :, 56:].any()


def test_prediction_without_ground_truth_has_the_image_s_size():
    model = build('glpn').eval()
    data = batch((60, 77))
    del data['data_samples'][0].gt_depth_map
    data = model.data_preprocessor(data)
    with torch.no_grad():
        out = model(**data, mode='predict')
        raw = model(data['inputs'])
        bare = model(torch.zeros(1, 3, 32, 64), mode='predict')
    torch.testing.assert_close(
        out[0].pred_depth_map.data[None], resize_bilinear(raw, (60, 77)))
    assert bare[0].pred_depth_map.data.shape == (1, 32, 64)


@every_model
def test_frozen_encoder_stays_as_it_is(name):
    model = build(name, freeze_backbone=True).eval().train()
    assert not any(module.training for module in model.encoder.modules())
    assert model.network.training
    data = model.data_preprocessor(batch((64, 64)), True)
    model.parse_losses(model(**data, mode='loss'))[0].backward()
    assert all(p.grad is None for p in model.encoder.parameters())
    assert any(p.grad is not None for p in model.network.parameters())


@every_model
def test_exported_model_is_one_of_transformers(name, tmp_path):
    model = build(name).eval()
    model.save_pretrained(tmp_path)
    data = model.data_preprocessor(batch((64, 96)))
    plain = transformers.AutoModelForDepthEstimation.from_pretrained(
        tmp_path).eval()
    again = build(name, config=None, pretrained=str(tmp_path),
                  data_preprocessor=None).eval()
    again.init_weights()  # transformers models have this method too
    assert again.prediction == model.prediction
    with torch.no_grad():
        expected = model(data['inputs'])
        for actual in (again(data['inputs']),
                       plain(data['inputs']).predicted_depth[:, None]):
            torch.testing.assert_close(actual, expected, rtol=0, atol=1e-6)
    images = dict(inputs=data['inputs'] * 50 + 100)
    assert torch.equal(*(
        x.data_preprocessor(images)['inputs'] for x in (again, model)))
    written = json.loads((tmp_path / 'preprocessor_config.json').read_text())
    assert written['image_processor_type'] == IMAGE_PROCESSORS[name][
        'image_processor_type']


def test_weights_in_half_precision_are_trained_in_full(tmp_path):
    model = build('glpn')
    model.network.half()
    model.save_pretrained(tmp_path)
    again = build('glpn', config=None, pretrained=str(tmp_path))
    assert {p.dtype for p in again.parameters()} == {torch.float32}


def test_predictions_under_autocast_are_in_full_precision():
    model = build('depth_anything_metric')
    data = model.data_preprocessor(batch((56, 56)), True)
    calls = recorded(model)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        model(**data, mode='loss')
    assert calls[0][0].dtype == torch.float32


class ExactNetwork(nn.Module):
    """Predicts the input's first channel, in whole patches only."""

    def __init__(self, patch, size_of):
        super().__init__()
        self.patch, self.size_of = patch, size_of

    def forward(self, pixel_values):
        height, width = (
            self.size_of(side / self.patch) * self.patch
            for side in pixel_values.shape[-2:])
        depth = F.pad(pixel_values[:, 0], (0, self.patch, 0, self.patch))
        return SimpleNamespace(predicted_depth=depth[:, :height, :width])


@pytest.mark.parametrize('direction', [0, 1])
@pytest.mark.parametrize('size_of', [math.floor, math.ceil])
@pytest.mark.parametrize('size', [(111, 111), (57, 99), (140, 84)])
def test_prediction_lies_over_the_image(direction, size_of, size):
    """Image and ground truth encode the pixel positions, from 1 to 2."""
    model = build('depth_anything_metric')
    model.network = ExactNetwork(14, size_of)
    calls = recorded(model)
    index = torch.tensor(np.indices(size)[direction])
    place = 1 + (index + 0.5) / size[direction]
    element = sample(*size)
    element.gt_depth_map.data = place[None]
    inputs = place.expand(1, 3, *size)
    model(inputs, [element], mode='loss')
    (pred, target), = calls
    assert torch.equal(target[0, 0], place)
    # in pixels of the image
    assert (pred - target).abs().max() * size[direction] < 0.5
    out, = model(inputs, [element], mode='predict')
    assert torch.equal(out.pred_depth_map.data, pred[0])


@pytest.mark.parametrize('config, step', [
    (dict(patch_size=16, backbone_config=SimpleNamespace(
        patch_size=4, depths=[2, 2, 6, 2])), 32),
    (dict(patch_size=None, backbone_config=SimpleNamespace(patch_size=14)),
     14),
    (dict(patch_size=16, backbone_config=SimpleNamespace(depths=[3, 4, 9])),
     16),
    (dict(patch_size=384), 384),
    (dict(), 1),
])
def test_step_of_other_networks(config, step):
    assert find_step(SimpleNamespace(**config)) == step


def test_ground_truth_keeps_its_size_in_training():
    """It is padded with invalid pixels to the largest size in the batch."""
    model = build('glpn').eval()
    calls = recorded(model)
    samples = [sample(20, 40), sample(30, 24, img_shape=(15, 12))]
    with torch.no_grad():
        model(torch.randn(2, 3, 32, 32), samples, mode='loss')
    (pred, target), = calls
    assert pred.shape == target.shape == (2, 1, 30, 40)
    for i, padding in enumerate(((0, 0, 0, 10), (0, 16))):
        assert torch.equal(
            target[i], F.pad(samples[i].gt_depth_map.data, padding))


def test_ground_truth_that_does_not_fit_is_refused():
    """For example if an image was padded after resizing."""
    model = build('glpn')
    inputs = torch.zeros(1, 3, 96, 96)
    for mode in ('loss', 'predict'):
        with pytest.raises(
                ValueError, match='64 x 96 .*of 96 x 96, loaded.*room.png'):
            model(inputs, [sample(64, 96, img_shape=(96, 96))], mode=mode)
    with pytest.raises(ValueError, match='no gt_depth_map'):
        model(inputs, [BaseDataElement()], mode='loss')


def test_missing_package_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, 'transformers', None)
    with pytest.raises(ImportError, match=r"mmdepth-gradloss\[hf\]"):
        build('glpn', data_preprocessor=None)


METRIC, RELATIVE_NAME = 'depth_anything_metric', 'dpt'
INVERSE_LOSS = dict(type='SSISilogLoss')  # for inverse depth in 1/m


@pytest.mark.parametrize('name,arguments,message', [
    (METRIC, dict(pretrained='x', data_preprocessor=None),
     'one of pretrained and'),
    (METRIC, dict(config=None), 'one of pretrained and config'),
    (METRIC, dict(config=dict(hidden_size=8)), 'must have a model_type'),
    (METRIC, dict(prediction='metres'),
     "'metres'; known: depth, relative_inverse"),
    (METRIC, dict(prediction='relative_inverse'),
     'scale and shift, but SSISilogLoss takes depth in metres'),
    (METRIC, dict(loss=RELATIVE_LOSS[0]),
     'predicts depth in metres, but ScaleShiftInvariantLoss takes inverse'),
    (METRIC, dict(loss=INVERSE_LOSS), 'takes inverse depth in 1/m'),
    (RELATIVE_NAME, dict(loss=INVERSE_LOSS), 'takes inverse depth in 1/m'),
    (RELATIVE_NAME, dict(loss=GRADIENT_LOSS), "alignment='median_mad'"),
])
def test_arguments_that_do_not_fit_are_named(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(name, **arguments)


def test_what_a_model_predicts_can_be_given():
    model = build('dpt', prediction='depth', loss=METRIC_LOSS)
    model.network.config.model_type = 'depth_pro'
    with pytest.raises(ValueError, match="'depth_pro'.*prediction='depth'"):
        find_prediction(model.network.config)


def test_export_needs_an_image_processor(tmp_path):
    model = build('glpn', data_preprocessor=None)
    with pytest.raises(ValueError, match='HFDepthPreprocessor.*Base'):
        model.save_pretrained(tmp_path)
    assert not any(tmp_path.iterdir())


def test_relative_prediction_is_not_scored_as_metres():
    """From the model through MMEngine's evaluator, as in a runner."""
    model = build('dpt').eval()
    with torch.no_grad():
        results = model.val_step(batch((60, 77)))
    with pytest.raises(ValueError, match="alignment='least_squares'"):
        Evaluator(dict(type='DepthErrorMetric')).process(results)
    evaluator = Evaluator(
        dict(type='DepthErrorMetric', alignment='least_squares'))
    evaluator.process(results)
    assert math.isfinite(evaluator.evaluate(1)['depth/rmse'])
