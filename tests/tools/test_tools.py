"""The command-line tools, run as a user runs them."""
import cv2
import pytest
import torch
from fake_sets import make_nyu_layout
from tool_runs import ROOT, assert_same_run, run, run_command, scalars, table

from mmdepth_gradloss.cli import test as test_tool
from mmdepth_gradloss.cli import train as train_tool
from mmdepth_gradloss.config import recipe_names

RECOMMENDED = 'configs/unet/unet-small_rooms-192x128_recommended.py'
FOLDER = str(ROOT / 'configs/unet/unet-small_folder-192x128_recommended.py')
# Small and fast, with all parts of the default config.
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


def train(work_dir, max_iters, *arguments):
    return run(
        'train.py', RECOMMENDED, '--work-dir', str(work_dir), *arguments,
        options=[*SMALL, f'train_cfg.max_iters={max_iters}',
                 'default_hooks.checkpoint.interval=3'])


@pytest.fixture(scope='module')
def whole_run(tmp_path_factory):
    # --resume from the start, as on a cluster that may restart the job
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
    # the components are logged at each iteration
    for entry in scalars(work_dir).values():
        assert {
            'ssi_component', 'silog_component', 'gradient_component',
            'gradient_weight', 'gradient_share'
        } <= set(entry)
    assert 'gradient_component: ' in output and 'eta: ' in output
    # the warning about nothing to resume is repeated at the end
    message = (f'--resume: there is no checkpoint in {work_dir}; this run '
               'starts from the beginning')
    assert output.count(f'WARNING - {message}') == 1
    assert output.endswith(f'\nwarning      {message}\n')


def test_finished_run_is_not_resumed(whole_run):
    work_dir, _ = whole_run
    before = sorted(work_dir.iterdir())
    output = train(work_dir, 6, '--resume')
    assert output.startswith(
        f'Nothing is left to train: {work_dir}/iter_6.pth is at iter 6')
    assert len(output.splitlines()) == 2
    assert sorted(work_dir.iterdir()) == before


def test_resume_inside_the_warmup_equals_the_unbroken_run(
        whole_run, tmp_path):
    work_dir, _ = whole_run
    train(tmp_path, 3)
    train(tmp_path, 6, '--resume')
    assert_same_run(tmp_path, work_dir, 6)


def test_resume_with_another_network_is_refused(whole_run, tmp_path):
    checkpoint = str(whole_run[0] / 'iter_3.pth')
    with pytest.raises(ValueError, match=f'{checkpoint} does not fit '
                       r'MonoDepthEstimator: backbone.stages.0.* not in it'):
        train_tool.main([
            RECOMMENDED, '--resume', checkpoint, '--work-dir', str(tmp_path),
            '--cfg-options', *SMALL, 'model.backbone.blocks=[2,1,1,1,1]'])


def test_two_processes_on_the_cpu(tmp_path):
    output = run_command([
        'bash', str(ROOT / 'tools' / 'dist_train.sh'), RECOMMENDED, '2',
        '--work-dir', str(tmp_path), '--cfg-options', *SMALL,
        'train_cfg.max_iters=2'])
    assert output.count('val metrics of') == 1
    assert (tmp_path / 'iter_2.pth').exists()


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


def test_what_the_parser_says(capsys):
    for option in ('--gradient-loss', '--resume'):
        with pytest.raises(SystemExit):
            train_tool.parse_args([option, RECOMMENDED])
        assert (f'argument {option}: {RECOMMENDED} is a config file; put '
                'the config before the options') in capsys.readouterr().err
    with pytest.raises(SystemExit):
        train_tool.parse_args(['--help'])
    words = capsys.readouterr().out.replace(',', ' ').split()
    assert set(recipe_names()) <= set(words)


NO_CHECKPOINT = 'there is no checkpoint no/such.pth'


@pytest.mark.parametrize('tool,arguments,message', [
    (test_tool, ['no/such.pth'], NO_CHECKPOINT),
    (train_tool, ['--resume', 'no/such.pth'], NO_CHECKPOINT),
    (train_tool, ['--cfg-options', 'load_from=no/such.pth'], NO_CHECKPOINT),
    (train_tool, ['--data-root', 'no/such'],
     '--data-root: there is no folder no/such'),
])
def test_what_is_not_there_is_named_before_anything_is_built(
        tmp_path, tool, arguments, message):
    work_dir = tmp_path / 'run'
    with pytest.raises(FileNotFoundError, match=f'^{message}$'):
        tool.main([FOLDER, *arguments, '--work-dir', str(work_dir)])
    assert not work_dir.exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason='a GPU can do this')
def test_mixed_precision_on_the_cpu_is_refused(capsys):
    with pytest.raises(SystemExit):
        train_tool.parse_args([RECOMMENDED, '--amp'])
    assert '--amp needs an accelerator' in capsys.readouterr().err


def test_trains_and_tests_on_a_folder_of_depth_maps(tmp_path):
    data = make_nyu_layout(
        tmp_path / 'data', dict(train=4, val=4), (60, 80))
    arguments = [
        '--data-root', str(data), '--work-dir', str(tmp_path / 'run')]
    options = [
        f'{name}_dataloader.{option}' for name in ('train', 'val', 'test')
        for option in ('batch_size=2', 'num_workers=0',
                       'persistent_workers=False')
    ] + ['train_cfg.max_iters=2', 'default_hooks.checkpoint.interval=2']
    trained = run('train.py', FOLDER, *arguments, options=options)
    checkpoint = str(tmp_path / 'run' / 'iter_2.pth')
    tested = run('test.py', FOLDER, checkpoint, *arguments, options=options)
    assert 'WARNING' not in trained.split('Hooks will be executed')[0]
    assert len(table(tested)) == 6 and 'depth/rmse' in table(tested)
    assert table(trained) == table(tested)
