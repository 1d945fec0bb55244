"""Depth models of transformers as MMEngine models."""
import json
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hf_networks import (CONFIGS, IMAGE_PROCESSORS, METRIC_LOSS, RELATIVE_LOSS,
                         batch, build, sample)
from mmengine.evaluator import Evaluator
from mmengine.structures import BaseDataElement
from torch import nn

from mmdepth_gradloss.models.huggingface.hf_depth_estimator import (
    find_prediction, find_step)

transformers = pytest.importorskip('transformers')
pytest.importorskip('PIL')

NAMES = sorted(CONFIGS)
every_model = pytest.mark.parametrize('name', NAMES)
RELATIVE = {'depth_anything_relative', 'dpt'}


@every_model
def test_prediction_follows_from_the_configuration(name):
    expected = 'relative_inverse' if name in RELATIVE else 'depth'
    model = build(name)
    assert model.prediction == expected
    # only metres have an end in metres
    config = model.network.config
    has_end = expected == 'depth' and hasattr(config, 'max_depth')
    assert model.max_depth == (10 if has_end else None)


@every_model
def test_takes_a_step_and_predicts_at_the_ground_truth_s_size(name):
    model = build(name)
    data = model.data_preprocessor(batch((60, 77), (60, 77)), True)
    losses = model(**data, mode='loss')
    assert set(losses) == ({'loss_scale_shift', 'loss_gradient'} if name
                           in RELATIVE else {'loss_ssi_silog'})
    total, _ = model.parse_losses(losses)
    total.backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    assert all(grad.isfinite().all() for grad in grads)
    reached = [name for name, p in model.encoder.named_parameters()
               if p.grad is not None and p.grad.any()]
    assert len(reached) > 0.8 * len(list(model.encoder.parameters()))
    with torch.no_grad():
        out = model.eval()(**data, mode='predict')
    assert [x.pred_depth_map.data.shape for x in out] == [(1, 60, 77)] * 2


@every_model
def test_tensor_mode_is_the_network(name):
    model = build(name).eval()
    inputs = model.data_preprocessor(batch((64, 64)))['inputs']
    with torch.no_grad():
        depth = model(inputs)
        expected = model.network(pixel_values=inputs).predicted_depth
    assert torch.equal(depth, expected[:, None])


def test_random_relative_network_begins_above_0():
    for seed in range(4):
        torch.manual_seed(seed)
        model = build('depth_anything_relative').eval()
        with torch.no_grad():
            pred = model(torch.randn(2, 3, 56, 56))
        assert (pred > 0).float().mean() > 0.5


def recorded(model):
    """What the model's losses are called with."""
    calls = []

    class Recorder(nn.Module):
        loss_name = 'loss_recorded'

        def forward(self, pred, target):
            calls.append((pred.detach(), target))
            return pred.sum()

    model.losses = nn.ModuleList([Recorder()])
    return calls


def test_padding_is_cut_off_before_loss_and_prediction():
    """Images of two shapes, and what each would give in the padded batch."""
    model = build('depth_anything_metric').eval()
    data = model.data_preprocessor(batch((56, 84), (84, 56)))
    calls = recorded(model)
    with torch.no_grad():
        losses = model(**data, mode='loss')
        out = model(**data, mode='predict')
        raw = model(data['inputs'])
    assert raw.shape == (2, 1, 84, 84)
    assert set(losses) == {'loss_recorded'}
    pred, target = calls[0]
    assert pred.shape == target.shape == (2, 1, 84, 84)
    # the preprocessing kept the sizes, so the network's pixels are these
    assert torch.equal(pred[0, :, :56], raw[0, :, :56])
    assert torch.equal(pred[1, :, :, :56], raw[1, :, :, :56])
    assert not target[0, :, 56:].any() and not target[1, :, :, 56:].any()
    assert torch.equal(out[0].pred_depth_map.data, raw[0, :, :56])
    assert torch.equal(out[1].pred_depth_map.data, raw[1, :, :, :56])


def test_prediction_is_resized_bilinearly_between_pixel_centres():
    model = build('depth_anything_metric').eval()
    data = model.data_preprocessor(batch((40, 61)))
    with torch.no_grad():
        raw = model(data['inputs'])
        out = model(**data, mode='predict')[0].pred_depth_map.data
    rows, cols = (
        ((np.arange(new) + 0.5) * old / new - 0.5).clip(0, old - 1)
        for old, new in zip(raw.shape[-2:], (40, 61)))
    known = raw[0, 0].double().numpy()
    along = np.stack([np.interp(cols, np.arange(len(r)), r) for r in known])
    expected = np.stack(
        [np.interp(rows, np.arange(len(c)), c) for c in along.T], axis=1)
    np.testing.assert_allclose(out[0].numpy(), expected, atol=1e-5)


def test_prediction_without_ground_truth_has_the_image_s_size():
    model = build('glpn').eval()
    data = batch((60, 77))
    data['data_samples'] = [
        BaseDataElement(metainfo=dict(img_shape=(60, 77)))
    ]
    with torch.no_grad():
        out = model(**model.data_preprocessor(data), mode='predict')
        bare = model(torch.zeros(1, 3, 32, 64), mode='predict')
    assert out[0].pred_depth_map.data.shape == (1, 60, 77)
    assert bare[0].pred_depth_map.data.shape == (1, 32, 64)


@every_model
def test_frozen_encoder_stays_as_it_is(name):
    model = build(name, freeze_backbone=True)
    model.eval()
    model.train()
    assert not any(module.training for module in model.encoder.modules())
    assert not any(p.requires_grad for p in model.encoder.parameters())
    others = [
        p for n, p in model.network.named_parameters() if p.requires_grad
    ]
    assert others and model.network.training
    data = model.data_preprocessor(batch((64, 64)), True)
    total, _ = model.parse_losses(model(**data, mode='loss'))
    total.backward()
    assert all(p.grad is None for p in model.encoder.parameters())
    assert any(p.grad is not None for p in others)


def test_norms_of_a_frozen_encoder_keep_their_statistics():
    model = build('dpt', freeze_backbone=True)
    model.encoder.add_module('norm', nn.BatchNorm1d(3))
    model.train()
    model.encoder.norm(torch.randn(8, 3) + 5)
    assert not model.encoder.norm.running_mean.any()


@every_model
def test_init_weights_of_mmengine_changes_none(name, tmp_path):
    """Models of transformers have a method of this name too."""
    model = build(name)
    model.save_pretrained(tmp_path)
    pretrained = build(name, config=None, pretrained=str(tmp_path))
    for network in (model, pretrained):
        before = {k: v.clone() for k, v in network.state_dict().items()}
        network.init_weights()
        after = network.state_dict()
        assert all(torch.equal(before[key], after[key]) for key in before)


def test_losses_of_one_name_are_added():
    torch.manual_seed(0)
    one = build('glpn', loss=METRIC_LOSS).eval()
    two = build('glpn', loss=[METRIC_LOSS, METRIC_LOSS]).eval()
    two.network.load_state_dict(one.network.state_dict())
    data = one.data_preprocessor(batch((64, 64)))
    first, both = (m(**data, mode='loss')['loss_ssi_silog']
                   for m in (one, two))
    assert both.item() == pytest.approx(2 * first.item())


@every_model
def test_exported_model_is_one_of_transformers(name, tmp_path):
    model = build(name).eval()
    model.save_pretrained(tmp_path)
    data = model.data_preprocessor(batch((64, 96)))
    plain = transformers.AutoModelForDepthEstimation.from_pretrained(tmp_path)
    plain.eval()
    again = build(
        name,
        config=None,
        pretrained=str(tmp_path),
        data_preprocessor=None).eval()
    assert again.prediction == model.prediction
    with torch.no_grad():
        expected = model(data['inputs'])
        for actual in (again(data['inputs']),
                       plain(data['inputs']).predicted_depth[:, None]):
            torch.testing.assert_close(actual, expected, rtol=0, atol=1e-6)
    images = dict(inputs=data['inputs'] * 50 + 100)
    assert torch.equal(
        again.data_preprocessor(images)['inputs'],
        model.data_preprocessor(images)['inputs'])
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


# Inputs that are no multiple of the patch


class ExactNetwork(nn.Module):
    """Predicts the input's first channel, but of whole patches only."""

    def __init__(self, patch, size_of):
        super().__init__()
        self.patch, self.size_of = patch, size_of

    def forward(self, pixel_values):
        height, width = (
            self.size_of(side / self.patch) * self.patch
            for side in pixel_values.shape[-2:])
        depth = F.pad(pixel_values[:, 0], (0, self.patch, 0, self.patch))
        return SimpleNamespace(predicted_depth=depth[:, :height, :width])


def ramp(height, width, direction):
    """Image and ground truth of the place of each pixel, from 1 to 2."""
    y, x = np.mgrid[:height, :width]
    place = ((x + 0.5) / width, (y + 0.5) / height)[direction] + 1
    image = torch.tensor(place * 100).float().expand(3, height, width)
    element = sample(height, width)
    element.gt_depth_map.data = torch.tensor(place).float()[None]
    return image, element


@pytest.mark.parametrize('direction', [0, 1])
@pytest.mark.parametrize('size_of', [math.floor, math.ceil])
@pytest.mark.parametrize('size', [(111, 111), (113, 140), (57, 99), (140, 84)])
def test_prediction_lies_over_the_image(direction, size_of, size):
    processor = dict(IMAGE_PROCESSORS['depth_anything_metric'])
    processor.update(do_resize=False, do_rescale=False, do_normalize=False)
    model = build(
        'depth_anything_metric',
        data_preprocessor=dict(
            type='HFDepthPreprocessor', image_processor=processor))
    model.network = ExactNetwork(14, size_of)
    calls = recorded(model)
    image, element = ramp(*size, direction)
    data = model.data_preprocessor(
        dict(inputs=[image], data_samples=[element]))
    model(**data, mode='loss')
    pred, target = calls[0]
    out = model(**data, mode='predict')[0].pred_depth_map.data
    assert torch.equal(out, pred[0])
    # in pixels of the image
    error = (pred / 100 - target).abs().max() * size[1 - direction]
    assert error < 0.5


@pytest.mark.parametrize('name, step', [
    ('depth_anything_metric', 14), ('dpt', 16), ('zoedepth', 16), ('glpn', 32)
])
def test_step_of_the_input(name, step):
    model = build(name).eval()
    assert model.step == step
    # a tiny DPT takes squares only
    inputs = torch.zeros(1, 3, 3 * step - 1, 3 * step - 5)
    seen = []
    model.network.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs['pixel_values'].shape),
        with_kwargs=True)
    with torch.no_grad():
        model(inputs)
    assert seen == [(1, 3, 3 * step, 3 * step)]


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


def test_ground_truth_of_another_field_of_view_is_refused():
    """As where an image was padded after its resize."""
    model = build('glpn')
    element = sample(64, 96)
    element.set_metainfo(dict(img_shape=(96, 96)))
    for mode in ('loss', 'predict'):
        with pytest.raises(
                ValueError, match='64 x 96 .*96 x 96 shows.*room.png'):
            model(torch.zeros(1, 3, 96, 96), [element], mode=mode)


# Mistakes


def test_missing_package_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, 'transformers', None)
    with pytest.raises(ImportError, match=r"mmdepth-gradloss\[hf\]"):
        build('glpn', data_preprocessor=None)


@pytest.mark.parametrize('arguments,message', [
    (dict(pretrained='x', data_preprocessor=None), 'one of pretrained and'),
    (dict(config=None), 'one of pretrained and config'),
    (dict(config=dict(hidden_size=8)), 'must have a model_type'),
    (dict(prediction='metres'), "'metres'; known: depth, relative_inverse"),
    (dict(prediction='relative_inverse'),
     'scale and shift, but SSISilogLoss takes depth in metres'),
    (dict(loss=RELATIVE_LOSS[0]),
     'predicts depth in metres, but ScaleShiftInvariantLoss takes inverse'),
    (dict(loss=RELATIVE_LOSS[1]),
     'predicts depth in metres, but MultiScaleGradientLoss takes inverse'),
])
def test_arguments_that_do_not_fit_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        build('depth_anything_metric', **arguments)


def test_gradient_loss_on_relative_depth_needs_an_alignment():
    with pytest.raises(ValueError, match="alignment='median_mad'"):
        build('dpt', loss=dict(type='MultiScaleGradientLoss'))


def test_dpt_that_was_trained_on_metres_takes_losses_on_metres():
    assert build('dpt', prediction='depth', loss=METRIC_LOSS)


def test_what_an_unknown_model_predicts_must_be_given():
    config = build('dpt').network.config
    config.model_type = 'depth_pro'
    with pytest.raises(ValueError, match="'depth_pro'.*prediction='depth'"):
        find_prediction(config)


def test_unknown_mode_and_missing_ground_truth_are_named():
    model = build('glpn')
    with pytest.raises(ValueError, match="'infer'; known"):
        model(torch.randn(1, 3, 32, 32), mode='infer')
    element = BaseDataElement(
        metainfo=dict(img_path='room.png', img_shape=(32, 32)))
    with pytest.raises(ValueError, match='gt_depth_map.*room.png'):
        model(torch.randn(1, 3, 32, 32), [element], mode='loss')


def test_export_needs_an_image_processor(tmp_path):
    model = build('glpn', data_preprocessor=None)
    with pytest.raises(ValueError, match='HFDepthPreprocessor.*Base'):
        model.save_pretrained(tmp_path)
    assert not any(tmp_path.iterdir())


def test_ground_truth_of_several_sizes_is_padded_with_no_measurement():
    model = build('glpn').eval()
    calls = recorded(model)
    samples = [sample(20, 40), sample(30, 24)]
    with torch.no_grad():
        model(torch.randn(2, 3, 32, 32), samples, mode='loss')
    pred, target = calls[0]
    assert pred.shape == target.shape == (2, 1, 30, 40)
    assert torch.equal(target[0], F.pad(samples[0].gt_depth_map.data,
                                        (0, 0, 0, 10)))


def test_loss_on_inverse_depth_is_refused():
    """What SSISilogLoss takes by default is 1/m, and no model predicts it."""
    for name in ('glpn', 'dpt'):
        with pytest.raises(
                ValueError, match='SSISilogLoss takes inverse depth in 1/m'):
            build(name, loss=dict(type='SSISilogLoss'))


def test_ground_truth_keeps_its_resolution_in_training():
    model = build('glpn')
    data = batch((64, 96))
    finer = sample(128, 192)
    finer.set_metainfo(dict(img_shape=(64, 96)))
    data['data_samples'] = [finer]
    seen = recorded(model)
    model(**model.data_preprocessor(data, True), mode='loss')
    assert tuple(seen[0][1].shape) == (1, 1, 128, 192)
    assert torch.equal(seen[0][1][0], finer.gt_depth_map.data)


def test_batch_of_two_kinds_of_depth_is_refused():
    samples = [sample(32, 32), sample(32, 32)]
    for element, kind in zip(samples, ('depth', 'distance')):
        element.set_metainfo(dict(depth_type=kind))
    with pytest.raises(ValueError, match="'depth' .*'distance' "):
        build('glpn')(torch.randn(2, 3, 32, 32), samples, mode='loss')


def test_relative_prediction_is_not_scored_as_metres():
    """From the model through MMEngine's evaluator, as a runner does."""
    model = build('dpt').eval()
    with torch.no_grad():
        results = model.val_step(batch((60, 77)))
    with pytest.raises(ValueError, match="alignment='least_squares'"):
        Evaluator(dict(type='DepthErrorMetric')).process(results)
    evaluator = Evaluator(
        dict(type='DepthErrorMetric', alignment='least_squares'))
    evaluator.process(results)
    assert math.isfinite(evaluator.evaluate(1)['depth/rmse'])


@every_model
def test_prediction_is_named_for_the_metrics(name):
    model = build(name)
    result, = model(
        **model.data_preprocessor(batch((60, 77))), mode='predict')
    assert result.prediction == model.prediction
