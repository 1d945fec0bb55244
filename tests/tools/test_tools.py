"""The command-line tools, run as a user runs them."""
from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest
import torch
from tool_runs import ROOT, run, run_command, scalars, weights

BALANCED = 'configs/default/balanced.py'
# Small and quick, with all parts of the default in place.
SMALL = [
    'train_dataloader.dataset.size=(48,64)',
    'train_dataloader.batch_size=2',
    'train_dataloader.num_workers=1',
    'val_dataloader.dataset.size=(48,64)',
    'val_dataloader.dataset.length=4',
    'val_dataloader.num_workers=0',
    'val_dataloader.persistent_workers=False',
    'default_hooks.logger.interval=1',
]


def train(work_dir, max_iters, *arguments, options=()):
    return run(
        'train.py',
        BALANCED,
        '--work-dir',
        str(work_dir),
        *arguments,
        options=[
            *SMALL, f'train_cfg.max_iters={max_iters}',
            'default_hooks.checkpoint.interval=3', *options
        ])


@pytest.fixture(scope='module')
def whole_run(tmp_path_factory):
    work_dir = tmp_path_factory.mktemp('whole')
    return work_dir, train(work_dir, 6)


def test_train_ends_with_a_table_and_the_places_of_results(whole_run):
    work_dir, output = whole_run
    assert 'depth/rmse' in output.split('metric')[-1]
    assert 'depth/boundary_f1' in output
    for name in ('iter_6.pth', 'vis_data', 'loss_curves.png'):
        assert list(work_dir.rglob(name)), name
    assert list(work_dir.rglob('events.out.tfevents.*'))
    pictures = list(work_dir.rglob('val_*.png'))
    assert pictures and all(cv2.imread(str(p)) is not None for p in pictures)


def test_train_logs_the_components_everywhere(whole_run):
    work_dir, output = whole_run
    for entry in scalars(work_dir).values():
        assert {
            'ssi_component', 'silog_component', 'gradient_component',
            'gradient_weight', 'gradient_share'
        } <= set(entry)
    assert 'gradient_component: ' in output and 'eta: ' in output


def test_resume_inside_the_warmup_equals_the_unbroken_run(
        whole_run, tmp_path):
    work_dir, _ = whole_run
    train(tmp_path, 3)
    train(tmp_path, 6, '--resume')
    for key in ('gradient_weight', 'loss'):
        assert {s: e[key]
                for s, e in scalars(tmp_path).items()
                } == {s: e[key]
                      for s, e in scalars(work_dir).items()}
    whole, resumed = weights(work_dir, 6), weights(tmp_path, 6)
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_test_gives_the_metrics_of_the_training(whole_run, tmp_path):
    work_dir, output = whole_run

    def rmse(text):
        line = [x for x in text.splitlines() if '│ depth/rmse ' in x][-1]
        return line.split('│')[2]

    tested = run(
        'test.py',
        BALANCED,
        str(work_dir / 'iter_6.pth'),
        '--work-dir',
        str(tmp_path),
        options=[x.replace('val_', 'test_') for x in SMALL])
    assert rmse(tested) == rmse(output)


def test_two_processes_on_the_cpu(tmp_path):
    output = run_command([
        'bash',
        str(ROOT / 'tools' / 'dist_train.sh'), BALANCED, '2', '--work-dir',
        str(tmp_path), '--cfg-options', *SMALL, 'train_cfg.max_iters=2'
    ])
    assert output.count('val metrics of') == 1
    assert (tmp_path / 'iter_2.pth').exists()


@pytest.mark.parametrize('option,message', [
    ('train_cfg.max_epochs=1', 'use train_cfg.max_iters'),
    ('gradient_loss.gradient_weight=0.9', 'no entry that a Runner reads'),
    ('modle.backbone.in_channels=4', 'did you mean one of model'),
    ('model.decode_head.loss.gradient_wieght=0.1', 'gradient_wieght'),
    ('model.decode_head.loss.gradient.preset=packnet', "preset 'packnet'"),
    ('val_evaluator.1.protocol=sharp', "'sharp'"),
])
def test_mistyped_option_is_named(tmp_path, option, message):
    output = run(
        'train.py',
        BALANCED,
        '--work-dir',
        str(tmp_path),
        options=[option],
        expect=1)
    assert message in output.splitlines()[-1]


def test_gradient_loss_is_added_to_a_config_without_it(tmp_path):
    output = run(
        'train.py',
        'configs/default/baseline.py',
        '--gradient-loss',
        'edge_focused',
        '--work-dir',
        str(tmp_path),
        options=[*SMALL, 'train_cfg.max_iters=2'])
    assert output.startswith('model.decode_head.loss: set ssi_weight=0.35')
    assert all('gradient_share' in x for x in scalars(tmp_path).values())


def test_tools_run_by_way_of_the_package(tmp_path):
    config = tmp_path / 'mine.py'
    config.write_text("_base_ = 'mmdepth_gradloss::default/balanced.py'")
    output = run_command([
        sys.executable, '-m', 'mmdepth_gradloss',
        str(ROOT / 'tools' / 'train.py'),
        str(config), '--work-dir',
        str(tmp_path / 'run'), '--cfg-options', *SMALL,
        'train_cfg.max_iters=2'
    ])
    assert 'val metrics of mine' in output
    assert 'WARNING' not in output.split('Hooks will be executed')[0]


@pytest.mark.skipif(torch.cuda.is_available(), reason='a GPU can do this')
def test_mixed_precision_on_the_cpu_is_refused():
    output = run('train.py', BALANCED, '--amp', expect=2)
    assert '--amp needs an accelerator' in output


def test_missing_data_folder_is_named(tmp_path):
    output = run(
        'train.py',
        'configs/default/balanced_folder.py',
        '--work-dir',
        str(tmp_path),
        options=['train_dataloader.dataset.data_root=no/such/folder'],
        expect=1)
    assert 'no/such/folder' in output.splitlines()[-1]


def test_trains_on_a_folder_of_depth_maps(tmp_path):
    data = tmp_path / 'data'
    rng = np.random.default_rng(0)
    for split in ('train', 'val'):
        for kind in ('images', 'annotations'):
            (data / kind / split).mkdir(parents=True)
        for i in range(4):
            image = rng.integers(0, 255, (60, 80, 3), dtype=np.uint8)
            depth = rng.integers(0, 5000, (60, 80), dtype=np.uint16)
            cv2.imwrite(str(data / f'images/{split}/{i}.jpg'), image)
            cv2.imwrite(str(data / f'annotations/{split}/{i}.png'), depth)
    loaders = [f'{name}_dataloader.{option}' for name in ('train', 'val')
               for option in (f'dataset.data_root={data}', 'batch_size=2',
                              'num_workers=0', 'persistent_workers=False')]
    output = run(
        'train.py',
        'configs/default/balanced_folder.py',
        '--work-dir',
        str(tmp_path / 'run'),
        options=[*loaders, 'train_cfg.max_iters=2'])
    assert 'depth/rmse' in output
