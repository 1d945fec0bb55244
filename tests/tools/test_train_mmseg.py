"""mmsegmentation's depth model through tools/train.py."""
import sys

import pytest
from tool_runs import run, run_command, scalars

from mmdepth_gradloss.config.config_scope import CONFIG_DIR

mmseg = pytest.importorskip('mmseg', reason='needs the extra mmseg')

CONFIG = (CONFIG_DIR / 'mmseg' /
          'vpd-head_mit-tiny_1xb4-400_nyu-160x224_gradloss-recommended.py')


@pytest.fixture(scope='module')
def options(nyu_root):
    loaders = [
        f'{name}_dataloader.{option}' for name in ('train', 'val')
        for option in (f'dataset.data_root={nyu_root}', 'batch_size=1',
                       'num_workers=0', 'persistent_workers=False')
    ]
    return [
        *loaders, 'model.data_preprocessor.size=(64,96)',
        'default_hooks.logger.interval=1', 'log_processor.window_size=1',
        'train_cfg.val_interval=4', 'default_hooks.checkpoint.interval=2',
        'randomness.seed=0', 'randomness.deterministic=True',
        'default_hooks.gradient_loss.warmup_iters=3'
    ]


def train(work_dir, options, max_iters, *arguments):
    return run(
        'train.py', str(CONFIG), '--work-dir', str(work_dir), *arguments,
        options=[*options, f'train_cfg.max_iters={max_iters}'])


@pytest.fixture(scope='module')
def whole_run(tmp_path_factory, options):
    work_dir = tmp_path_factory.mktemp('whole')
    return work_dir, train(work_dir, options, 4)


def test_logs_the_term_and_both_metrics(whole_run):
    work_dir, output = whole_run
    for entry in scalars(work_dir).values():
        assert entry['loss'] == pytest.approx(
            entry['decode.loss_silog'] + entry['decode.loss_gradient'],
            rel=1e-4)
        assert entry['decode.loss_gradient'] == pytest.approx(
            entry['gradient_weight'] * entry['gradient_component'], rel=1e-4)
    # mmsegmentation's metric and ours
    for metric in (' rmse ', ' depth/rmse ', ' depth/boundary_f1 '):
        assert metric in output


def test_tool_of_mmsegmentation(tmp_path, options):
    tool = f'{mmseg.__path__[0]}/.mim/tools/train.py'
    output = run_command([
        sys.executable, '-m', 'mmdepth_gradloss', tool, str(CONFIG),
        '--work-dir', str(tmp_path), '--cfg-options', *options,
        'train_cfg.max_iters=1'])
    assert 'gradient_component: ' in output
    assert (tmp_path / 'iter_1.pth').exists()


def test_loss_of_inverse_depth_is_refused_without_a_hook_too(
        tmp_path, options):
    """It would silently train on the reciprocal of metres."""
    baseline = CONFIG.name.replace('_gradloss-recommended', '')
    output = run(
        'train.py', str(CONFIG.with_name(baseline)), '--work-dir',
        str(tmp_path), expect=1, options=[
            *(x for x in options if 'gradient_loss' not in x),
            'model.decode_head.loss_decode.type=mmdepth_gradloss.SSISilogLoss'
        ])
    assert ('VPDDepthHead predicts depth in metres, but SSISilogLoss takes '
            'inverse depth in 1/m') in output.splitlines()[-1]
