"""Modules that need mmcv, and allowed imports between folders."""
from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.registry import MODELS, DefaultScope, root
from mmengine.registry.registry import Registry

import mmdepth_gradloss
from mmdepth_gradloss import mmcv_tier

PACKAGE = Path(mmdepth_gradloss.__file__).parent

# folder -> folders that it may import
LAYERS: dict[str, set[str]] = {
    'functional': set(),
    'losses': {'functional'},
    'evaluation': {'functional'},
    'config': {'functional', 'losses'},
    'hooks': {'functional', 'losses'},
    'visualization': {'functional', 'evaluation'},
    'datasets': {'functional'},
    'models': {'functional', 'losses'},
    'runner': {'config', 'functional'},
    'sweep':
    {'config', 'evaluation', 'functional', 'losses', 'runner',
     'visualization'},
    'inference': {
        'config', 'datasets', 'functional', 'models', 'runner',
        'visualization'
    },
    'cli': {'config', 'inference', 'losses', 'models', 'runner', 'sweep'},
}
ANYWHERE = {'atomic_write', 'installed_mmengine', 'mmcv_tier', 'version'}

BLOCK = """
import sys

class Block:
    names = {'mmcv', 'matplotlib', 'mmseg', 'optuna', 'scipy', 'skimage',
             'transformers'}

    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in self.names:
            raise ModuleNotFoundError(f'No module named {name!r}')

sys.meta_path.insert(0, Block())
"""
FIRST_TIER = """
import torch
from mmdepth_gradloss import (
    Gradient2D, GradientLossHook, MultiScaleGradientLoss, SSISilogLoss,
    add_gradient_loss, multi_scale_gradient_loss)
from mmdepth_gradloss.evaluation import DepthBoundaryMetric, DepthErrorMetric
from mmengine.config import Config

pred = (torch.rand(2, 1, 32, 32) + 0.5).requires_grad_()
target = torch.rand(2, 1, 32, 32) + 0.5
loss = (
    multi_scale_gradient_loss(pred, target) +
    MultiScaleGradientLoss(preset='valid_mean')(pred, target) +
    SSISilogLoss(gradient_weight=2.0, input_domain='depth')(pred, target))
loss.backward()
assert pred.grad.isfinite().all() and pred.grad.any()
Gradient2D()(pred)
GradientLossHook(warmup='linear')
DepthErrorMetric(), DepthBoundaryMetric()
cfg = Config(dict(model=dict(
    type='VPDDepthHead', loss_decode=dict(type='SiLogLoss'))))
add_gradient_loss(cfg)
assert len(cfg.model.loss_decode) == 2
print('done')
"""
PLACEHOLDERS = """
import mmdepth_gradloss
from mmdepth_gradloss.installed_mmengine import install_command
from mmengine.registry import DATASETS, HOOKS, MODELS

def message(call, *args):
    try:
        call(*args)
    except ImportError as error:
        return str(error)

for registry, name in ((MODELS, 'UNetDepthHead'), (DATASETS, 'NCDBDataset'),
                       (HOOKS, 'DepthVisualizationHook')):
    text = message(registry.build, dict(type=name, pipeline=[]))
    assert f"{name} needs mmcv (No module named 'mmcv')" in text, text
    assert install_command('lite') in text, text
for package in ('datasets', 'models'):
    text = message(__import__, f'mmdepth_gradloss.{package}')
    assert f'mmdepth_gradloss.{package} needs mmcv' in text, text
print('done')
"""


def run(code: str) -> str:
    result = subprocess.run([sys.executable, '-c', code],
                            capture_output=True,
                            text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize('code', [FIRST_TIER, PLACEHOLDERS],
                         ids=['first tier', 'placeholders'])
def test_without_mmcv(code):
    assert run(BLOCK + code) == 'done\n'


def test_mmcv_of_before_2_is_none():
    old = """
import sys
from types import ModuleType
sys.modules['mmcv'] = ModuleType('mmcv')
from mmdepth_gradloss import MultiScaleGradientLoss
from mmengine.registry import MODELS
try:
    MODELS.build(dict(type='UNetDepthHead'))
except ImportError as error:
    print(error)
"""
    assert 'UNetDepthHead needs mmcv (No module named' in run(old)


def test_pictures_need_no_mmcv():
    """The hook is registered with the rest and replaced when it is used."""
    blocked = BLOCK.replace("'matplotlib', ", '')
    assert run(blocked + """
from mmengine.registry import HOOKS
import mmdepth_gradloss.visualization
print(type(HOOKS.build(dict(type='DepthVisualizationHook'))).__name__)
""") == 'DepthVisualizationHook\n'


@pytest.mark.parametrize('name', [
    'ScaleShiftInvariantLoss', 'DualHeadDepthLoss', 'UNetDepthHead',
    'MultiScaleGradientLoss'
])
def test_own_scope_finds_its_names_with_the_scope_in_front(name):
    """As in a config that inherits from one of this package."""
    with DefaultScope.overwrite_default_scope('mmdepth_gradloss'):
        for scope in ('', 'mmdepth_gradloss.'):
            with MODELS.switch_scope_and_registry(None) as registry:
                assert registry.get(scope + name) is MODELS.get(name)


def test_placeholders_are_what_would_be_registered():
    registered = {
        registry.name: {
            name
            for name, entry in registry.module_dict.items()
            if entry.__module__.startswith(
                tuple(f'mmdepth_gradloss.{x}' for x in mmcv_tier.PACKAGES))
        }
        for registry in vars(root).values() if isinstance(registry, Registry)
    }
    assert {k: v for k, v in registered.items() if v} == {
        registry.name: set(names)
        for registry, names in mmcv_tier.NAMES
    }


def imported_folders(path: Path) -> set[str]:
    """Top-level folders of this package that a file imports."""
    here = path.relative_to(PACKAGE).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[:len(here) - node.level + 1]
            module = [*base, *(node.module or '').split('.')]
            names = [[*module, alias.name] for alias in node.names]
            found |= {next(filter(None, parts)) for parts in names}
        elif isinstance(node, ast.ImportFrom):
            parts = (node.module or '').split('.')
            if parts[0] == 'mmdepth_gradloss':
                found |= set(parts[1:2]) or {a.name for a in node.names}
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.split('.')[1]
                for alias in node.names
                if alias.name.startswith('mmdepth_gradloss.')
            }
    return found


@pytest.mark.parametrize('folder', LAYERS)
def test_no_folder_imports_a_higher_one(folder):
    files = sorted((PACKAGE / folder).rglob('*.py'))
    assert files
    for path in files:
        allowed = LAYERS[folder] | {folder} | ANYWHERE
        assert imported_folders(path) <= allowed, path


def test_layers_name_each_folder():
    folders = {path.parent.name for path in PACKAGE.glob('*/__init__.py')}
    assert folders == set(LAYERS)
    # no cycles: each folder comes after those that it may import
    seen: set[str] = set()
    for folder, allowed in LAYERS.items():
        assert allowed <= seen
        seen.add(folder)


def test_first_tier_does_not_load_the_compiler():
    """The import would take seconds."""
    code = "import mmdepth_gradloss; print('torch._dynamo' in sys.modules)"
    assert run(BLOCK + code) == 'False\n'


def test_import_leaves_mmengine_s_loader_alone():
    code = """
from mmengine.runner import CheckpointLoader
before = dict(CheckpointLoader._schemes)
import mmdepth_gradloss
assert CheckpointLoader._schemes == before
print('done')
"""
    assert run(code) == 'done\n'


def test_scoped_type_needs_no_import(tmp_path):
    """MMEngine imports the package for a type with its scope prefix."""
    (tmp_path / 'config.py').write_text(
        "loss = dict(type='mmdepth_gradloss.SSISilogLoss')\n"
        "hook = dict(type='mmdepth_gradloss.GradientLossHook')\n")
    code = f"""
from mmengine.config import Config
from mmengine.registry import HOOKS, MODELS
cfg = Config.fromfile({str(tmp_path / 'config.py')!r})
for built in (MODELS.build(cfg.loss), HOOKS.build(cfg.hook)):
    print(type(built).__name__)
"""
    assert run(code) == 'SSISilogLoss\nGradientLossHook\n'
