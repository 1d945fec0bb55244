import copy
import re
import sys
from pathlib import Path
from unittest.mock import MagicMock

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement, PixelData
from mmengine.visualization import LocalVisBackend
from PIL import Image
from torch import nn

from mmdepth_gradloss.runner import keep_warnings
from mmdepth_gradloss.visualization import depth_visualization_hook

HEIGHT, WIDTH = 16, 24


def scene(index):
    """A picture whose blue channel holds its index, and a step in depth."""
    image = torch.zeros((3, HEIGHT, WIDTH), dtype=torch.uint8)
    image[0] = index
    depth = torch.full((1, HEIGHT, WIDTH), 2.0)
    depth[:, :, WIDTH // 2:] = 3.0
    sample = BaseDataElement(
        metainfo=dict(img_path=f'/somewhere/frame_{index}.jpg'))
    sample.gt_depth_map = PixelData(data=depth)
    return dict(inputs=image, data_samples=sample)


class ConstantDepth(BaseModel):

    def __init__(self):
        super().__init__()
        self.depth = nn.Parameter(torch.tensor(1.0))

    def forward(self, inputs, data_samples, mode='tensor'):
        if mode == 'loss':
            loss = (self.depth - 2.5).abs()
            return dict(loss_depth=loss, gradient_component=2 * loss.detach())
        for sample in data_samples:
            pred = self.depth.expand(1, HEIGHT, WIDTH)
            sample.pred_depth_map = PixelData(data=pred)
        return data_samples


class Nothing(BaseMetric):

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        return dict(nothing=0)


def loader(length):
    return dict(dataset=[scene(i) for i in range(length)], batch_size=2,
                collate_fn=dict(type='pseudo_collate'),
                sampler=dict(type='DefaultSampler', shuffle=False))


def build_runner(work_dir, iters=6, num_val=7, model=None,
                 backends=('LocalVisBackend', ), settings=(), **hook):
    """Runner with a batch size of two, validated every second iteration."""
    settings = dict(dict(
        # Never exhausted: MMEngine sleeps two seconds before a restart.
        train_dataloader=loader(100), val_dataloader=loader(num_val),
        test_dataloader=loader(num_val), val_cfg={}, test_cfg={},
        train_cfg=dict(by_epoch=False, max_iters=iters, val_interval=2),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        val_evaluator=[Nothing()], test_evaluator=[Nothing()]),
        **dict(settings))
    return Runner(
        model=model or ConstantDepth(), work_dir=str(work_dir),
        custom_hooks=[dict(type='DepthVisualizationHook', width=500, **hook)],
        visualizer=dict(
            type='Visualizer',
            vis_backends=[dict(type=backend) for backend in backends]),
        default_hooks=dict(checkpoint=dict(
            type='CheckpointHook', by_epoch=False, interval=1000)),
        log_level='ERROR',
        # Names the run's message hub, which outlives the test.
        experiment_name=str(work_dir).replace('/', '_'), **settings)


def drawn_files(runner):
    folder = Path(runner.log_dir) / 'vis_data' / 'vis_image'
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob('*.png'))


def train(*args, **kwargs):
    """Files drawn by a training run, and its warnings."""
    runner = build_runner(*args, **kwargs)
    warnings = keep_warnings(runner.logger)
    runner.train()
    return drawn_files(runner), warnings


def test_panels_and_curves_become_files(tmp_path):
    runner = build_runner(tmp_path, num_images=3, levels=(0, 1))
    runner.train()
    # 3 of 7 images, evenly spread, after every 2 of 6 iterations.
    assert drawn_files(runner) == sorted(
        ['loss_curves_6.png'] +
        [f'val_{i:05d}_{step}.png' for i in (0, 2, 4) for step in (2, 4, 6)])
    folder = Path(runner.log_dir) / 'vis_data' / 'vis_image'
    for name in drawn_files(runner):
        assert cv2.imread(str(folder / name)).shape[1] in (500, 1400)
    curves = cv2.imread(str(tmp_path / 'loss_curves.png'))
    np.testing.assert_array_equal(
        curves, cv2.imread(str(folder / 'loss_curves_6.png')))


def test_tensorboard_gets_a_slider(tmp_path):
    pytest.importorskip('tensorboard')
    from tensorboard.backend.event_processing.event_accumulator import \
        EventAccumulator
    runner = build_runner(
        tmp_path, indices=[3], backends=['TensorboardVisBackend'])
    runner.train()
    events = EventAccumulator(
        str(Path(runner.log_dir) / 'vis_data'), size_guidance=dict(images=0))
    events.Reload()
    assert set(events.Tags()['images']) == {'val_00003', 'loss_curves'}
    images = events.Images('val_00003')
    assert [image.step for image in images] == [2, 4, 6]
    assert {image.width for image in images} == {500}


def test_interval_counts_validations(tmp_path):
    files, _ = train(tmp_path, iters=10, indices=[0], interval=2, levels=())
    assert files == ['loss_curves_10.png', 'val_00000_10.png',
                     'val_00000_2.png', 'val_00000_6.png']


@pytest.mark.parametrize('images, numbers', [
    (dict(indices=[1, 6]), [1, 6]),
    (dict(num_images=50), range(7)),  # more than available
])
def test_test_loop_draws_without_building_a_training(tmp_path, images,
                                                     numbers):
    runner = build_runner(tmp_path, **images)
    runner.test()
    assert drawn_files(runner) == [f'test_{i:05d}_0.png' for i in numbers]
    assert isinstance(runner._train_loop, dict)


def test_training_without_validation(tmp_path):
    files, _ = train(tmp_path, indices=[0], settings=dict.fromkeys(
        ['val_dataloader', 'val_cfg', 'val_evaluator']))
    assert files == ['loss_curves_6.png']


def test_what_is_drawn(tmp_path, monkeypatch):
    draw = MagicMock(return_value=np.zeros((4, 4, 3), np.uint8))
    monkeypatch.setattr(depth_visualization_hook, 'draw_depth_panel', draw)
    train(tmp_path, iters=2, indices=[5], max_depth=2.5)
    draw.assert_called_once()
    image, target, pred, valid, title, *_ = draw.call_args.args
    assert title == 'val_00005    frame_5.jpg    iteration 2'
    # BGR with a blue of 5 comes out as RGB.
    assert image.dtype == np.uint8
    assert (image == (0, 0, 5)).all()
    assert target.shape == pred.shape == valid.shape == (HEIGHT, WIDTH)
    np.testing.assert_array_equal(valid, target < 2.5)
    # Two steps of 0.1 from 1 m towards 2.5 m.
    np.testing.assert_allclose(pred, 1.2, rtol=1e-6)


def test_several_processes(tmp_path, monkeypatch):
    """Rank 0 of 3 has samples 0, 3, 6, ...; here it is the only rank."""
    monkeypatch.setattr(depth_visualization_hook, 'get_world_size', lambda: 3)
    files, _ = train(tmp_path, iters=2, num_val=9, indices=[0, 4, 8])
    # In its loader's order these are samples 0, 1 and 2.
    assert files == ['loss_curves_2.png', 'val_00000_2.png',
                     'val_00003_2.png', 'val_00006_2.png']


def test_other_processes_draw_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(depth_visualization_hook, 'is_main_process',
                        lambda: False)
    assert train(tmp_path)[0] == []
    assert not (tmp_path / 'loss_curves.png').exists()


def test_curves_are_whole_after_a_resume(tmp_path, monkeypatch):
    drawn = []

    def draw(histories, last_step, title):
        drawn.append((copy.deepcopy(histories), last_step))
        return np.zeros((4, 4, 3), np.uint8)

    monkeypatch.setattr(depth_visualization_hook, 'draw_loss_curves', draw)
    load = torch.load
    monkeypatch.setattr(
        torch, 'load', lambda *args, **kwargs: load(
            *args, **dict(kwargs, weights_only=False)))
    build_runner(tmp_path / 'first', iters=4, num_images=0).train()
    resumed = build_runner(
        tmp_path / 'second', num_images=0,
        settings=dict(load_from=str(tmp_path / 'first' / 'iter_4.pth'),
                      resume=True))
    resumed.train()
    assert drawn_files(resumed) == ['loss_curves_6.png']
    histories, last_step = drawn[-1]
    assert last_step == 6
    # 0.1 m closer to 2.5 m at each iteration.
    losses = [1.5 - 0.1 * i for i in range(6)]
    np.testing.assert_allclose(histories['loss'], losses, rtol=1e-5)
    np.testing.assert_allclose(
        histories['gradient_component'], 2 * np.array(losses), rtol=1e-5)


def test_mlflow_gets_names_of_files(tmp_path, monkeypatch):
    mlflow = MagicMock()
    # like MLflow, which chooses the encoding by the suffix
    mlflow.log_image = lambda image, name: Image.fromarray(image).save(
        tmp_path / name)
    monkeypatch.setitem(sys.modules, 'mlflow', mlflow)
    expected = ['loss_curves_4.png', 'val_00000_2.png', 'val_00000_4.png']
    assert train(
        tmp_path, iters=4, indices=[0],
        backends=['MLflowVisBackend', 'LocalVisBackend'],
        settings=dict(cfg=dict(work_dir=str(tmp_path)))) == (expected, [])
    assert sorted(x.name for x in tmp_path.glob('*_[0-9].png')) == expected


def backend_that_raises(error):

    class Broken(LocalVisBackend):

        def add_image(self, name, image, step=0, **kwargs):
            raise error(f'no room for {name}')

    return Broken


def test_broken_backend_costs_only_its_own_pictures(tmp_path):
    files, warnings = train(
        tmp_path, iters=4, indices=[0],
        backends=[backend_that_raises(OSError), 'LocalVisBackend'])
    assert files == ['loss_curves_4.png', 'val_00000_2.png', 'val_00000_4.png']
    assert (tmp_path / 'loss_curves.png').exists()
    assert warnings == [
        'Pictures for Broken failed (OSError: no room for val_00000); the '
        'run continues without them. Fix the cause, or remove Broken from the '
        'config.'
    ]


def test_interrupt_is_not_held_back(tmp_path):
    runner = build_runner(
        tmp_path, backends=[backend_that_raises(KeyboardInterrupt)])
    with pytest.raises(KeyboardInterrupt):
        runner.test()


def test_sample_without_prediction(tmp_path):

    class Forgetful(ConstantDepth):

        def forward(self, inputs, data_samples, mode='tensor'):
            outputs = super().forward(inputs, data_samples, mode)
            if mode == 'predict':
                del outputs[0].pred_depth_map
            return outputs

    files, (warning, ) = train(
        tmp_path, iters=4, indices=[0, 1, 2], model=Forgetful())
    # Batches of two, the first without a prediction.
    assert files == ['loss_curves_4.png', 'val_00001_2.png', 'val_00001_4.png']
    assert "val_00000 has no 'pred_depth_map', only ['gt_depth" in warning
    assert 'remove DepthVisualizationHook from the config' in warning


def test_curves_that_cannot_be_written(tmp_path):
    (tmp_path / 'loss_curves.png').mkdir()
    files, (warning, ) = train(tmp_path, num_images=0)
    assert files == ['loss_curves_6.png']
    assert warning.startswith('Loss curves failed (IsADirectoryError: ')


@pytest.mark.parametrize('mode', ['train', 'val', 'test'])
def test_index_beyond_the_data_set(tmp_path, mode):
    runner = build_runner(tmp_path, indices=[0, 7], num_val=7)
    with pytest.raises(ValueError, match=r'indices \[7\] .* has 7 samples'):
        getattr(runner, mode)()
    # raised before training, not at the first validation
    assert mode != 'train' or runner.iter == 0


@pytest.mark.parametrize('argument, value', [
    ('interval', 0), ('num_images', -1), ('indices', [2, -1]),
    ('levels', [-1]), ('error', 'rmse'), ('domain', 'cubic'),
    ('edge_ratio', 0.9), ('max_error', -1.0), ('width', 3)])
def test_bad_arguments(argument, value):
    config = ConfigDict(type='DepthVisualizationHook', **{argument: value})
    with pytest.raises(ValueError, match=argument) as error:
        HOOKS.build(config)
    bad = value[-1] if isinstance(value, list) else value
    assert str(bad) in str(error.value)


def drawn_references(monkeypatch, *args, **kwargs):
    """References drawn by a training run, and its warnings."""
    drawn = []

    def draw(*args):
        drawn.append(args[-1])
        return np.zeros((4, 4, 3), np.uint8)

    monkeypatch.setattr(depth_visualization_hook, 'draw_depth_panel', draw)
    _, warnings = train(*args, **kwargs)
    return drawn, warnings


def test_latest_predictions_are_a_reference(tmp_path, monkeypatch):
    first, second = tmp_path / 'first', tmp_path / 'second'
    drawn, _ = drawn_references(monkeypatch, first, indices=[0, 3])
    assert drawn == [None] * 6
    drawn, warnings = drawn_references(monkeypatch, second, iters=4,
                                       indices=[3], reference=str(first))
    # Six steps of 0.1 from 1 m at every iteration of the second run.
    assert warnings == [] and len(drawn) == 2
    for pred in drawn:
        np.testing.assert_allclose(pred, np.full((HEIGHT, WIDTH), 1.6), 1e-6)


def test_reference_on_other_images(tmp_path, monkeypatch):
    first = tmp_path / 'first'
    train(first, iters=2, indices=[0, 1])
    file = first / 'predictions' / 'val_00001.npz'
    with np.load(file) as sample:
        np.savez(file, target=sample['target'] + 1, pred=sample['pred'])
    for index, message in ((1, 'another ground truth than val_00001'),
                           (2, "No such file or directory: '.*val_00002")):
        drawn, (warning, ) = drawn_references(
            monkeypatch, tmp_path / f'second_{index}', indices=[index],
            reference=str(first))
        assert drawn == [None] * 3
        assert re.search(message, warning)


def test_reference_without_predictions(tmp_path):
    with pytest.raises(ValueError, match='has no folder predictions'):
        build_runner(tmp_path / 'run', reference=str(tmp_path))
