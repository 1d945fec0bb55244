"""The command-line tools, run as a user runs them."""
from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest
import torch
from tool_runs import ROOT, run, run_command, scalars, table, weights

from mmdepth_gradloss.cli import train as train_tool
from mmdepth_gradloss.config import recipe_names

RECOMMENDED = 'configs/unet/unet-small_rooms-192x128_recommended.py'
BASELINE = 'configs/unet/unet-small_rooms-192x128_baseline.py'
FOLDER = str(ROOT / 'configs/unet/unet-small_folder-192x128_recommended.py')
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
        RECOMMENDED,
        '--work-dir',
        str(work_dir),
        *arguments,
        options=[
            *SMALL, f'train_cfg.max_iters={max_iters}',
            'default_hooks.checkpoint.interval=3', *options
        ])


@pytest.fixture(scope='module')
def whole_run(tmp_path_factory):
    # as on a cluster that may start it anew at any time
    work_dir = tmp_path_factory.mktemp('whole')
    return work_dir, train(work_dir, 6, '--resume', '--verbose')


def test_train_ends_with_a_table_and_the_places_of_results(whole_run):
    work_dir, output = whole_run
    assert {'depth/rmse', 'depth/boundary_f1', 'depth/mae'} < set(
        table(output))
    for place in ('checkpoint', 'log', 'TensorBoard', 'pictures'):
        assert f'\n{place} ' in output
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


def test_nothing_to_resume_is_said_and_said_again(whole_run):
    work_dir, output = whole_run
    message = (f'--resume: there is no checkpoint in {work_dir}; this run '
               'starts from the beginning')
    assert output.count(f'WARNING - {message}') == 1
    assert output.endswith(f'\nwarning      {message}\n')


def test_finished_run_is_not_resumed(whole_run):
    work_dir, _ = whole_run
    before = sorted(work_dir.iterdir())
    name = RECOMMENDED.rpartition('/')[-1]
    assert train(work_dir, 6, '--resume') == (
        f'Nothing is left to train: {work_dir}/iter_6.pth is at iter 6, and '
        'train_cfg.max_iters is 6.\nTo train on, raise train_cfg.max_iters; '
        f'to evaluate it: mmdepth-gradloss test {work_dir}/{name} '
        f'{work_dir}/iter_6.pth\n')
    assert sorted(work_dir.iterdir()) == before


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
    tested = run(
        'test.py',
        RECOMMENDED,
        str(work_dir / 'iter_6.pth'),
        '--work-dir',
        str(tmp_path),
        options=[x.replace('val_', 'test_') for x in SMALL])
    assert len(table(tested)) == 6
    assert table(tested).items() <= table(output).items()


def test_two_processes_on_the_cpu(tmp_path):
    output = run_command([
        'bash',
        str(ROOT / 'tools' / 'dist_train.sh'), RECOMMENDED, '2', '--work-dir',
        str(tmp_path), '--cfg-options', *SMALL, 'train_cfg.max_iters=2'
    ])
    assert output.count('val metrics of') == 1
    assert (tmp_path / 'iter_2.pth').exists()


def test_mistyped_option_is_named(tmp_path):
    output = run(
        'train.py',
        RECOMMENDED,
        '--work-dir',
        str(tmp_path),
        options=['model.decode_head.loss.gradient_wieght=0.1'],
        expect=1)
    assert 'gradient_wieght' in output.splitlines()[-1]


def test_gradient_loss_is_added_to_a_config_without_it(tmp_path):
    output = run(
        'train.py',
        BASELINE,
        '--gradient-loss',
        '--work-dir',
        str(tmp_path),
        options=[
            *SMALL, 'train_cfg.max_iters=2',
            'visualizer.vis_backends.1.type=LocalVisBackend',
            'visualizer.vis_backends.1.name=second'
        ])
    assert output.startswith(
        'model.decode_head.loss: set ssi_weight=0.4, silog_weight=0.4, '
        'gradient_weight=20.0')
    assert all('gradient_share' in x for x in scalars(tmp_path).values())
    assert '\nTensorBoard' not in output
    assert '26 more metrics with --verbose' in output


@pytest.mark.parametrize('arguments,recipe,resume', [
    ([], None, None),
    (['--gradient-loss'], 'recommended', None),
    (['--gradient-loss', 'balanced'], 'balanced', None),
    (['--resume'], None, 'auto'),
    (['--resume', 'iter_3.pth', '--gradient-loss'], 'recommended',
     'iter_3.pth'),
])
def test_options_without_a_value(arguments, recipe, resume):
    args = train_tool.parse_args(['mine.py', *arguments])
    assert (args.gradient_loss, args.resume) == (recipe, resume)


@pytest.mark.parametrize('option', ['--gradient-loss', '--resume'])
def test_option_does_not_take_the_config_for_its_value(capsys, option):
    with pytest.raises(SystemExit):
        train_tool.parse_args([option, RECOMMENDED])
    assert (f'argument {option}: {RECOMMENDED} is a config file; the config '
            'goes before the options') in capsys.readouterr().err


def test_help_lists_the_recipes(capsys):
    with pytest.raises(SystemExit):
        train_tool.parse_args(['--help'])
    words = capsys.readouterr().out.replace(',', ' ').split()
    assert set(recipe_names()) <= set(words)


@pytest.mark.parametrize('arguments,message', [
    (['--resume', 'no/such.pth'], 'there is no checkpoint no/such.pth'),
    (['--cfg-options', 'load_from=no/such.pth'],
     'there is no checkpoint no/such.pth'),
    (['--data-root', 'no/such'], '--data-root: there is no folder no/such'),
])
def test_what_is_not_there_is_named_before_anything_is_built(
        tmp_path, arguments, message):
    work_dir = tmp_path / 'run'
    with pytest.raises(FileNotFoundError, match=f'^{message}$'):
        train_tool.main([FOLDER, '--work-dir', str(work_dir), *arguments])
    assert not work_dir.exists()


def test_missing_checkpoint_cannot_be_tested(tmp_path):
    work_dir = tmp_path / 'run'
    output = run(
        'test.py', RECOMMENDED, 'no/such.pth', '--work-dir', str(work_dir),
        expect=1)
    assert output.endswith(
        'FileNotFoundError: there is no checkpoint no/such.pth\n')
    assert not work_dir.exists()


def test_tools_run_by_way_of_the_package(tmp_path):
    config = tmp_path / 'mine.py'
    config.write_text(f"_base_ = 'mmdepth_gradloss::{RECOMMENDED[8:]}'")
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
def test_mixed_precision_on_the_cpu_is_refused(capsys):
    with pytest.raises(SystemExit):
        train_tool.parse_args([RECOMMENDED, '--amp'])
    assert '--amp needs an accelerator' in capsys.readouterr().err


def test_trains_and_tests_on_a_folder_of_depth_maps(tmp_path):
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
    arguments = [
        '--data-root', str(data), '--work-dir', str(tmp_path / 'run')]
    options = [
        f'{name}_dataloader.{option}' for name in ('train', 'val', 'test')
        for option in ('batch_size=2', 'num_workers=0',
                       'persistent_workers=False')
    ] + ['train_cfg.max_iters=2', 'default_hooks.checkpoint.interval=2']
    trained = run('train.py', FOLDER, *arguments, options=options)
    checkpoint = str(tmp_path / 'run' / 'iter_2.pth')
    tested = run(
        'test.py', FOLDER, checkpoint, *arguments, options=options)
    assert 'depth/rmse' in table(trained)
    assert table(trained) == table(tested)
