"""What there is to say before a run is resumed."""
import pytest
import torch
from mmengine.config import Config

from mmdepth_gradloss.runner import prepare_resume, trust_checkpoints
from mmdepth_gradloss.runner.resume import Resume

RUN = dict(
    train_cfg=dict(type='IterBasedTrainLoop', max_iters=6),
    optim_wrapper=dict(optimizer=dict(type='Adam', lr=4e-3)))


@pytest.fixture
def cfg(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'mine.py').touch()
    return Config(dict(RUN, work_dir=str(tmp_path)), filename='mine.py')


@pytest.fixture
def save(tmp_path, cfg):
    """Function that saves a checkpoint as MMEngine does."""

    def save(iteration=3, epoch=0, **parts):
        path = tmp_path / f'iter_{iteration}.pth'
        meta = dict(iter=iteration, epoch=epoch, cfg=cfg.pretty_text, seed=17)
        torch.save(dict(dict(meta=meta, message_hub={}, optimizer={},
                             state_dict={}), **parts), path)
        (tmp_path / 'last_checkpoint').write_text(str(path))
        return str(path)

    return save


@pytest.mark.parametrize('given,seed', [
    (None, 17), (dict(seed=None, deterministic=True), 17), (dict(seed=0), 0)])
def test_run_without_a_seed_goes_on_with_that_of_the_checkpoint(
        cfg, save, given, seed):
    save()
    cfg.randomness = given
    prepare_resume(cfg, 'auto')
    assert cfg.randomness == dict(given or {}, seed=seed)


def test_which_checkpoint_is_taken(cfg, save):
    path = save(3)
    assert prepare_resume(cfg) == Resume()
    assert 'resume' not in cfg and 'load_from' not in cfg
    cfg.load_from = 'pretrained.pth'
    assert prepare_resume(cfg, 'auto') == Resume()
    assert cfg.resume and cfg.load_from is None
    save(5)
    assert prepare_resume(cfg, path) == Resume()
    assert cfg.resume and cfg.load_from == path


def test_config_that_resumes_is_looked_at_too(cfg, save):
    path = save(6)
    cfg.resume = True
    assert path in prepare_resume(cfg).finished
    cfg.load_from = save(3)
    assert prepare_resume(cfg) == Resume()
    assert cfg.resume and cfg.load_from.endswith('iter_3.pth')


@pytest.mark.parametrize('weights,start', [
    (None, ''), ('a.pth', ', with the weights of a.pth')])
def test_nothing_to_resume_is_said(cfg, weights, start):
    cfg.load_from = weights
    assert prepare_resume(cfg, 'auto') == Resume(
        warning=f'--resume: there is no checkpoint in {cfg.work_dir}; this '
        f'run starts from the beginning{start}')
    assert not cfg.resume and cfg.load_from == weights


def test_missing_checkpoint_is_named(cfg, save, tmp_path):
    with pytest.raises(FileNotFoundError, match='no checkpoint no/such.pth'):
        prepare_resume(cfg, 'no/such.pth')
    path = save()
    (tmp_path / 'iter_3.pth').unlink()
    with pytest.raises(FileNotFoundError,
                       match=f'last_checkpoint names {path}, which does '
                       'not exist'):
        prepare_resume(cfg, 'auto')


@pytest.mark.parametrize('iteration', [6, 7])
def test_finished_run_is_told(cfg, save, tmp_path, iteration):
    path = save(iteration)
    assert prepare_resume(cfg, 'auto').finished == (
        f'Nothing is left to train: {path} is at iter {iteration}, and '
        'train_cfg.max_iters is 6.\nTo continue, raise train_cfg.max_iters; '
        f'to evaluate it: mmdepth-gradloss test {tmp_path}/mine.py {path}')
    # without a saved config, the one on the command line
    (tmp_path / 'mine.py').unlink()
    told = prepare_resume(cfg, 'auto').finished
    assert 'mmdepth-gradloss test mine.py ' in told
    # a longer run continues
    cfg.train_cfg.max_iters = 9
    assert prepare_resume(cfg, 'auto') == Resume()


def test_epochs_are_counted_where_the_run_does(cfg, save):
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=2)
    save(9, epoch=1)
    assert prepare_resume(cfg, 'auto').finished is None
    save(9, epoch=2)
    message = prepare_resume(cfg, 'auto').finished
    assert 'is at epoch 2, and train_cfg.max_epochs is 2' in message


def test_new_learning_rate_is_refused(cfg, save):
    path = save()
    cfg.optim_wrapper.optimizer.lr = 1e-3
    with pytest.raises(ValueError, match=rf'load_from={path}$'):
        prepare_resume(cfg, 'auto')
    # a checkpoint without a config
    save(meta=dict(iter=3, epoch=0))
    assert prepare_resume(cfg, 'auto') == Resume()


@pytest.mark.parametrize('parts', [
    dict(meta={}),  # published weights
    dict(message_hub={}, meta=None),
    dict(message_hub={}, optimizer={}, meta=None),
    dict(message_hub={}, meta=dict(iter=3, epoch=0)),  # best_*.pth
])
def test_weights_alone_cannot_be_resumed(cfg, tmp_path, parts):
    path = tmp_path / 'published.pth'
    torch.save(dict(parts, state_dict={}), path)
    with pytest.raises(ValueError, match='not the state of a run'):
        prepare_resume(cfg, str(path))


@pytest.mark.parametrize('key', ['cfg', 'config'])
def test_config_in_the_checkpoint_is_not_run(cfg, save, tmp_path, key):
    ran = tmp_path / 'ran'
    text = f"a = open({str(ran)!r}, 'w').close()\n{cfg.pretty_text}"
    path = save(meta={'iter': 3, 'epoch': 0, key: text})
    if key == 'cfg':
        assert prepare_resume(cfg, 'auto') == Resume()
    else:  # MMEngine would execute it
        with pytest.raises(ValueError, match=f'{path} requests running the '
                           'config in its meta.config, .*--trust-checkpoint'):
            prepare_resume(cfg, 'auto')
        trust_checkpoints(True)
        assert prepare_resume(cfg, 'auto') == Resume()
        trust_checkpoints(False)
    assert not ran.exists()


def test_term_that_is_gone_is_warned_of(cfg, save):
    loss = dict(type='SSISilogLoss', gradient_weight=2.0)
    cfg.model = dict(type='UNetDepthHead', loss=loss)
    save()
    cfg.model.loss.gradient_weight = 0.1
    assert prepare_resume(cfg, 'auto').warning is None
    cfg.model.loss.gradient_weight = 0.0
    warning = prepare_resume(cfg, 'auto').warning
    assert 'trained with a gradient term' in warning
