"""The code blocks of all pages run (Python), build (configs) or parse."""
from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fake_sets import make_kitti, make_nyu_layout
from mmengine.config import Config
from mmengine.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS
from pages import DOCS, ROOT, Box, box_of, boxes, commands, run

from mmdepth_gradloss import add_gradient_loss
from mmdepth_gradloss.config import find_config, find_packages_by_module

# training_loops.md has tests of its own
PYTHON = [x for x in boxes('python') if x.page != 'docs/training_loops.md']
ARCHITECTURE = 'docs/concepts/architecture.md'
YOUR_DATA = 'docs/tutorials/your_data.md'

MY_MODEL = """
model = dict(type='EncoderDecoder', decode_head=dict(
    type='VPDDepthHead', loss_decode=dict(type='mmseg.SiLogLoss')))
"""
"""A reader's config, with the entries that the code blocks use."""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A reader's working directory, with configs and modules."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / 'my_model.py').write_text(MY_MODEL)
    (tmp_path / 'mine.py').write_text('')
    return tmp_path


def is_config(box: Box) -> bool:
    """Whether a code block only assigns values, as configs do."""
    return all(
        isinstance(node, ast.Assign) for node in ast.parse(box.code).body)


def read(box: Box, folder: Path) -> Config:
    """A code block as a config, if needed with the bases of the one before."""
    path, code = folder / 'box.py', box.code
    if '_base_.' in code and '_base_ =' not in code:
        before = box_of(box.page, box.heading, box.number - 1).code
        bases = ast.parse(before).body[0]
        code = f'{ast.unparse(bases)}\n{code}'
    path.write_text(code)
    with find_packages_by_module():
        return Config.fromfile(path)


def build_what_it_has(cfg: Config) -> None:
    """Build the parts of a config that need no data or download."""
    cfg = cfg.copy()
    for hook in (cfg.get('default_hooks') or {}).values():
        if 'GradientLossHook' in hook.get('type', ''):
            HOOKS.build(hook)
    if cfg.get('default_scope') == 'mmseg':
        return  # the rest belongs to mmsegmentation
    for hook in cfg.get('custom_hooks') or []:
        HOOKS.build(hook)
    evaluators = cfg.get('val_evaluator') or []
    for metric in [evaluators] if isinstance(evaluators, dict) else evaluators:
        METRICS.build(metric)
    pipelines = [cfg.get('pipeline') or []]
    for loader in ('train_dataloader', 'val_dataloader'):
        dataset = (cfg.get(loader) or {}).get('dataset', {})
        pipelines.append(dataset.get('pipeline') or [])
    for transform in sum(map(list, pipelines), []):
        TRANSFORMS.build(transform)
    model = cfg.get('model') or {}
    if model.get('type') in ('MonoDepthEstimator', 'ResNetSAN'):
        MODELS.build(model)


def photos_and_weights(folder: Path) -> dict[str, Any]:
    """Create a photo and an untrained checkpoint."""
    import cv2
    cfg = Config.fromfile(find_config('unet-lite0_rooms-192x128_recommended'))
    model = MODELS.build(cfg.model)
    torch.save(dict(state_dict=model.state_dict()), folder / 'iter_450.pth')
    cv2.imwrite(str(folder / 'photo.jpg'), np.full((48, 64, 3), 99, np.uint8))
    return {}


SETUPS: dict[str, Callable[[Path], dict[str, Any]]] = {
    'README.md, Use it 2': photos_and_weights,
    'docs/tutorials/prediction.md, In a program 0': photos_and_weights,
}
"""Additional setup by code block ID."""


@pytest.mark.parametrize('box', PYTHON, ids=lambda box: box.id)
def test_python(box, folder, unregister):
    if not is_config(box):
        run(box, **SETUPS.get(box.id, lambda _: {})(folder))
        return
    for package, sign in (('mmseg', "'mmseg::"), ('transformers', 'HFDepth')):
        if sign in box.code:
            pytest.importorskip(package)
    if 'PlainDepthHead' in box.code:
        run(box_of(ARCHITECTURE, 'Add a model'))
    build_what_it_has(read(box, folder))


@pytest.fixture
def unregister():
    """Undo registrations and the import of a module by code blocks."""
    from mmdepth_gradloss.functional import PRESETS
    from mmdepth_gradloss.functional.operators import OPERATORS
    from mmdepth_gradloss.functional.penalties import PENALTIES
    from mmdepth_gradloss.functional.pyramids import PYRAMIDS
    tables = [
        PRESETS, OPERATORS, PENALTIES, PYRAMIDS, MODELS._module_dict,
        DATASETS._module_dict, METRICS._module_dict
    ]
    before = [dict(table) for table in tables]
    sys.modules.pop('mine', None)
    yield
    for table, entries in zip(tables, before):
        table.clear()
        table.update(entries)


def test_inheriting_says_what_the_flag_does(folder):
    """In the README and on the page about configs."""
    flag = Config.fromfile('my_model.py')
    add_gradient_loss(flag)
    for place in (('README.md', 'Use it'), ('docs/tutorials/your_config.md',
                                            'By inheritance')):
        cfg = read(box_of(*place), folder)
        for ours, theirs in ((cfg.model, flag.model),
                             (cfg.default_hooks, flag.default_hooks)):
            assert without_scope(ours) == without_scope(theirs)


def without_scope(cfg: Any) -> Any:
    """Plain containers, without the keys that inheritance adds."""
    if isinstance(cfg, dict):
        return {key: without_scope(value) for key, value in cfg.items()
                if key != '_scope_'}
    return list(map(without_scope, cfg)) if isinstance(cfg, list) else cfg


def test_step_of_a_training_loop():
    names = run(
        box_of('README.md', 'Use it', 1),
        my_loss=lambda pred, depth, mask: ((pred - depth) * mask).abs().mean())
    depth = 1 + torch.rand(2, 1, 32, 32)
    mask = torch.rand(2, 1, 32, 32) < 0.5
    pred = (depth + 0.1).requires_grad_()
    loss = names['training_step'](lambda image: pred, (None, depth, mask), 0)
    loss.backward()
    assert pred.grad.isfinite().all() and not pred.grad[~mask].any()
    recipe = Config.fromfile(
        ROOT / 'configs/_base_/gradient_loss/recommended.py')
    assert repr(names['gradient_loss']) == repr(
        MODELS.build(recipe.gradient_term))


@pytest.mark.parametrize('place', [
    ('README.md', 'Use it', 2),
    ('docs/tutorials/prediction.md', 'In a program', 0),
])
def test_depth_of_a_photo(place, folder):
    photos_and_weights(folder)
    depth = run(box_of(*place))['depth']
    assert depth.shape == (48, 64) and 0.3 <= depth.min() <= depth.max() <= 15


def test_scores_are_as_the_page_says():
    box = box_of('docs/concepts/reading_results.md',
                 'What a boundary F1 of 0.1 means')
    names = run(box)
    for line in box.code.splitlines()[-3:]:
        name, _, comment = line.partition(' = ')[0], *line.split('  # ')
        said = [float(x) for x in comment.partition(':')[0].split(',')]
        assert np.ravel(names[name]).tolist() == pytest.approx(said, abs=5e-3)


def test_each_metric_is_explained():
    """Each metric of the default configs."""
    page = (DOCS / 'concepts' / 'reading_results.md').read_text()
    maps = 1 + torch.rand(2, 40, 40)
    cfg = Config.fromfile(ROOT / 'configs' / '_base_' / 'depth_evaluation.py')
    for metric in map(METRICS.build, cfg.val_evaluator):
        names = set(metric.score(*maps)) - set(metric.missing_keys)
        assert names
        for name in names:
            level = name.startswith('gradient_mae_level')
            assert ('gradient_mae_level0' if level else name) in page, name


def test_operator_and_formula_of_a_readers_own(unregister):
    from mmdepth_gradloss.functional import (multi_scale_gradient_loss,
                                             spatial_gradients)
    for number in range(4):
        run(box_of(ARCHITECTURE, 'Add an operator', number))
    ramp = torch.arange(6.0).expand(1, 1, 5, 6)
    dx, dy = spatial_gradients(ramp, 'prewitt')
    assert dx.unique().tolist() == [6] and dy.unique().tolist() == [0]
    target = 1 + torch.rand(1, 1, 32, 32, dtype=torch.float64)
    pred = (target + torch.rand_like(target)).requires_grad_()
    for options in (dict(preset='valid_mean', operator='prewitt'),
                    dict(preset='valid_mean', penalty='log_cosh'),
                    dict(preset='valid_mean', pyramid='triangle'),
                    dict(preset='valid_mean_3')):
        slope, = torch.autograd.grad(
            multi_scale_gradient_loss(pred, target, **options), pred)
        plain, = torch.autograd.grad(
            multi_scale_gradient_loss(pred, target, fused=False, **options),
            pred)
        torch.testing.assert_close(slope, plain)
        assert slope.abs().sum() > 0


def test_module_of_a_readers_own(folder, unregister):
    """A module in the working directory, imported by a config."""
    (folder / 'mine.py').write_text(
        box_of(ARCHITECTURE, 'Add an operator').code)
    read(box_of(ARCHITECTURE, 'Where your code goes'), folder)
    loss = MODELS.build(
        dict(type='MultiScaleGradientLoss', preset='valid_mean',
             operator='prewitt'))
    assert loss.formula.operator == 'prewitt'


def test_loss_of_a_readers_own(unregister):
    run(box_of(ARCHITECTURE, 'Add a loss'))
    loss = MODELS.build(dict(type='LogL1Loss', loss_weight=2.0, max_depth=5.0))
    target = torch.tensor([[[[1.0, 2.0, 0.0, 9.0]]]])
    pred = torch.tensor([[[[np.e, 2.0, 7.0, 7.0]]]], requires_grad=True)
    assert loss(pred, target).item() == pytest.approx(1.0)
    nothing = loss(pred, torch.zeros_like(target))
    nothing.backward()
    assert nothing == 0 and not pred.grad.any()


def test_data_set_of_a_readers_own(folder, unregister):
    run(box_of(ARCHITECTURE, 'Add a data set'))
    make_nyu_layout(folder / 'nyu', dict(train=2))
    lines = [f'images/train/{i:05d}.jpg\tannotations/train/{i:05d}.png'
             for i in (1, 2)]
    (folder / 'nyu' / 'pairs.txt').write_text('\n'.join(lines))
    pipeline = [dict(type='LoadImage'), dict(type='LoadDepthMap'),
                dict(type='PackDepthInputs')]
    dataset = DATASETS.build(dict(
        type='PairListDataset', data_root='nyu', ann_file='pairs.txt',
        pipeline=pipeline))
    assert len(dataset) == 2
    depth = dataset[1]['data_samples'].gt_depth_map.data
    assert 0.3 < depth.min() < depth.max() < 20


def test_metric_of_a_readers_own(unregister):
    run(box_of(ARCHITECTURE, 'Add a metric'))
    metric = METRICS.build(dict(type='MedianErrorMetric', max_depth=5.0))
    target = torch.tensor([[1.0, 2.0, 3.0, 0.0, 9.0]])
    pred = dict(data=torch.tensor([[1.1, 2.5, 5.0, 7, 7]]))
    metric.process(None, [
        dict(gt_depth_map=dict(data=depth), pred_depth_map=pred)
        for depth in (target, torch.zeros_like(target))
    ])
    scores = metric.evaluate(2)
    assert scores['depth/median_error'] == pytest.approx(0.5)
    assert scores['depth/median_num_missing'] == 1


def test_model_of_a_readers_own(folder, unregister):
    from mmengine.structures import BaseDataElement, PixelData
    run(box_of(ARCHITECTURE, 'Add a model'))
    cfg = read(box_of(ARCHITECTURE, 'Add a model', 1), folder)
    change, *_ = add_gradient_loss(cfg)
    assert change.startswith('model.decode_head.loss: set ssi_weight=0.4')
    model = MODELS.build(cfg.model)
    sample = BaseDataElement()
    sample.gt_depth_map = PixelData(data=1 + torch.rand(1, 32, 48))
    losses = model(torch.rand(1, 3, 32, 48), [sample], mode='loss')
    losses['loss_ssi_silog'].backward()
    sample, = model(torch.rand(1, 3, 32, 48), [sample], mode='predict')
    assert sample.pred_depth_map.data.shape == (1, 32, 48)


def test_folder_in_other_units(folder):
    make_nyu_layout(folder / 'data' / 'depth', dict(train=2, val=2))
    cfg = read(box_of(YOUR_DATA, 'Units, formats and range'), folder)
    dataset = cfg.train_dataloader.dataset
    assert dataset.depth_scale == 1 and dataset.data_prefix.img_path
    dataset.update(depth_map_suffix='.png', depth_scale=1000.0)
    sample = DATASETS.build(dataset)[0]
    assert sample['data_samples'].gt_depth_map.data.shape == (1, 192, 320)
    assert 'type' in cfg.model.decode_head and cfg.model.decode_head.loss


def test_data_sets_with_and_without_gradient_term(folder):
    make_nyu_layout(folder / 'data' / 'depth', dict(train=2))
    box = box_of(YOUR_DATA,
                 'Rendered and measured ground truth in one training')
    mixed = DATASETS.build(read(box, folder).mixed)
    weights = [mixed[i]['data_samples'].get('gradient_weight')
               for i in (0, 65)]
    assert weights == [None, 0.0]


def test_variants_of_a_sweep(folder):
    from mmdepth_gradloss.sweep.variants import BASELINE, config_variants
    cfg = read(box_of('docs/tutorials/sweeps.md', 'What to compare'), folder)
    variants = config_variants(cfg.sweep.variants.to_dict())
    assert variants[0].name == BASELINE
    applied = {variant.name: variant.apply(cfg) for variant in variants}
    loss = MODELS.build(applied['small weight'].model.decode_head.loss)
    assert loss.gradient_weight == 0.5
    assert loss.gradient_loss.preset == 'valid_mean'
    optimizer = applied['high learning rate'].optim_wrapper.optimizer
    assert optimizer.lr == 8e-3 != cfg.optim_wrapper.optimizer.lr


def test_yaml_of_packnet_sfm_as_a_config(folder):
    import yaml
    page = 'docs/tutorials/packnet_sfm.md'
    theirs = yaml.safe_load(box_of(page, 'An example', 0, 'yaml').code)
    cfg = read(box_of(page, 'An example'), folder)
    train, params = theirs['datasets']['train'], theirs['model']['params']
    assert cfg.randomness.seed == theirs['arch']['seed']
    assert cfg.train_cfg.max_epochs == theirs['arch']['max_epochs']
    optimizer = theirs['model']['optimizer']
    assert cfg.optim_wrapper.optimizer.type == optimizer['name']
    assert cfg.optim_wrapper.optimizer.lr == optimizer['depth']['lr']
    scheduler = theirs['model']['scheduler']
    assert without_scope(cfg.param_scheduler) == dict(
        type=scheduler['name'], step_size=scheduler['step_size'],
        gamma=scheduler['gamma'], by_epoch=True)
    for loader, split in ((cfg.train_dataloader, train),
                          (cfg.val_dataloader,
                           theirs['datasets']['validation'])):
        assert [loader.dataset.data_root] == split['path']
        assert [loader.dataset.ann_file] == split['split']
    assert cfg.train_dataloader.batch_size == train['batch_size']
    assert cfg.train_dataloader.num_workers == train['num_workers']
    dataset = cfg.train_dataloader.dataset
    assert [dataset.source] == train['depth_type']
    assert [dataset.input_source] == train['input_depth_type']
    resize = next(x for x in dataset.pipeline if x.type == 'ResizeDepth')
    augmentation = theirs['datasets']['augmentation']
    assert list(resize.scale)[::-1] == augmentation['image_shape']
    jitter = next(x for x in dataset.pipeline if x.type == 'PhotometricJitter')
    assert list(TRANSFORMS.build(
        jitter).strengths.values()) == augmentation['jittering']
    assert cfg.val_evaluator.crop == params['crop']
    assert cfg.val_evaluator.max_depth == params['max_depth']
    checkpoint = cfg.default_hooks.checkpoint
    assert checkpoint.max_keep_ckpts == theirs['checkpoint']['save_top_k']
    assert cfg.model.backbone.version == theirs['model']['depth_net'][
        'version']
    make_kitti(folder / 'data' / 'kitti')
    sample = DATASETS.build(dataset)[0]['data_samples']
    assert 'sparse_depth_map' in sample and 'gt_depth_map' in sample


def is_ours(words: list[str]) -> bool:
    """Whether a command is one of this package, by either name."""
    return words[0] == 'mmdepth-gradloss' or (
        words[0] == 'python' and words[1].startswith('tools/'))


OURS = [(box, words) for box in boxes('bash') for words in commands(box)
        if is_ours(words)]


@pytest.mark.parametrize(
    'box,words', OURS, ids=[f'{b.id}: {" ".join(w)[:60]}' for b, w in OURS])
def test_command(box, words, monkeypatch):
    program, name, *arguments = words
    if name.endswith('.py') and program == 'mmdepth-gradloss':
        return  # another project's tool
    if program == 'python':
        assert (ROOT / name).is_file()
        if name.startswith(('tools/dataset_converters', 'tools/benchmark')):
            parts = [ROOT / name, *(ROOT / 'tools/benchmarks').glob('*.py')]
            text = ''.join(part.read_text() for part in parts)
            assert all(x.isupper() or x in text
                       for x in arguments if not x.startswith('nyu'))
            return
        name = Path(name).stem
    module = importlib.import_module(f'mmdepth_gradloss.cli.{name}')
    arguments = [x for x in arguments if x != '...']
    args = module.parse_args(arguments)
    config = getattr(args, 'config', None)
    if config and 'CONFIG' not in config and config != 'my_model.py':
        assert Path(find_config(config)).is_file()
        check_options(config, getattr(args, 'cfg_options', None) or {})


def check_options(config: str, options: dict[str, Any]) -> None:
    """Check that the config has an entry for each option."""
    with find_packages_by_module():
        cfg = Config.fromfile(find_config(config))
    for key in options:
        parent, _, last = key.rpartition('.')
        node = cfg
        for part in parent.split('.') if parent else []:
            node = node[int(part)] if isinstance(node, list) else node[part]
        # arguments of a type may be missing in the config
        assert isinstance(node, (dict, list)), key
        assert parent or last in node, key


def test_all_boxes_say_their_language():
    known = {'python', 'bash', 'text', 'yaml', 'toctree', 'eval-rst', ''}
    assert boxes('python') and OURS
    for path in DOCS.rglob('*.md'):
        fences = [line[3:].strip('{}')
                  for line in path.read_text().splitlines()
                  if line.startswith('```')]
        assert set(fences) <= known, path
        assert len(fences) % 2 == 0
        assert all(fences[::2]), f'{path}: a box without a language'
