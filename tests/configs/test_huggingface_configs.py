"""Hugging Face configs build, train and are evaluated."""
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import METRICS, MODELS
from recipe_files import check_same_test, depth_sample
from short_runs import check_run_and_resume, shorten

from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.losses.protocol import find_gradient_losses

transformers = pytest.importorskip('transformers')
pytest.importorskip('PIL')

FOLDER = CONFIG_DIR / 'huggingface'
PATHS = sorted(FOLDER.glob('*.py'))
TINY = [path for path in PATHS if 'tiny-random' in path.stem]
every_config = pytest.mark.parametrize('path', PATHS, ids=lambda p: p.stem)

TINY_GLPN = dict(
    config=dict(
        model_type='glpn', depths=[1, 1, 1, 1], hidden_sizes=[16, 16, 32, 32],
        num_attention_heads=[1, 1, 2, 2], mlp_ratios=[2, 2, 2, 2],
        decoder_hidden_size=16),
    data_preprocessor=dict(
        type='HFDepthPreprocessor',
        image_processor=dict(image_processor_type='GLPNImageProcessor')))


def without_network(path):
    """Random weights instead of downloaded ones."""
    cfg = Config.fromfile(path)
    if cfg.model.get('pretrained'):
        kind = 'dpt' if 'relative' in path.stem else 'depth-anything'
        tiny = TINY_GLPN if 'glpn' in path.stem else next(
            Config.fromfile(tiny).model for tiny in TINY
            if kind in tiny.stem and 'baseline' in tiny.stem)
        cfg.model.update(
            pretrained=None, config=tiny['config'],
            data_preprocessor=tiny['data_preprocessor'])
    return cfg


@every_config
def test_takes_a_step_and_is_scored(path):
    cfg = without_network(path)
    model = MODELS.build(cfg.model)
    room = dict(inputs=[torch.randint(0, 256, (3, 96, 128))],
                data_samples=[depth_sample(96, 128)])
    data = model.data_preprocessor(room, True)
    losses = model(**data, mode='loss')
    relative = model.prediction == 'relative_inverse'
    gradient = 'gradloss' in path.stem
    assert set(losses) == (
        {'loss_scale_shift', *['loss_gradient'] * gradient}
        if relative else {'loss_ssi_silog'})
    total, _ = model.parse_losses(losses)
    total.backward()
    assert cfg.optim_wrapper.clip_grad.max_norm == 1.0
    assert cfg.find_unused_parameters
    # the hook raises an error if there is nothing to log
    assert bool(find_gradient_losses(model)[0]) == (
        'gradient_loss' in cfg.default_hooks) == (gradient or not relative)
    for metric in map(METRICS.build, cfg.val_evaluator):
        assert (metric.alignment is not None) == relative
    check_same_test(cfg)


def test_frozen_encoder_variant():
    path = next(p for p in PATHS if 'frozen' in p.stem)
    model = MODELS.build(without_network(path).model)
    assert not any(p.requires_grad for p in model.encoder.parameters())


@every_config
def test_what_is_downloaded(path):
    names = {
        'depth-anything-v2-small': 'depth-anything/Depth-Anything-V2-Small-hf',
        'depth-anything-v2-metric-indoor-small':
        'depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf',
        'depth-anything-v2-tiny-random': None,
        'dpt-hybrid': 'Intel/dpt-hybrid-midas',
        'dpt-tiny-random': None,
        'glpn-nyu': 'vinvino02/glpn-nyu',
    }
    model = Config.fromfile(path).model
    assert model.get('pretrained') == names[path.stem.split('_')[0]]
    assert ('config' in model) == ('pretrained' not in model)


# Training


@pytest.mark.parametrize(
    'path', [p for p in TINY if 'gradloss' in p.stem], ids=lambda p: p.stem)
def test_trains_evaluates_and_resumes(path, nyu_root, tmp_path, monkeypatch):
    # skip yapf, which takes seconds at the start of a run
    monkeypatch.setattr(Config, 'pretty_text', '')
    cfg = Config.fromfile(path)
    shorten(cfg, nyu_root)
    cfg.train_cfg.update(max_iters=16, val_interval=16)
    cfg.param_scheduler[0].end = cfg.param_scheduler[1].begin = 3
    cfg.default_hooks.checkpoint.interval = 8
    check_run_and_resume(cfg, tmp_path, 'iter_8.pth')
