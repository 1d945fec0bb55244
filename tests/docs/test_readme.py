"""The README: length, setup commands and code blocks."""
from __future__ import annotations

import re
import sys

import cv2
import numpy as np
import pytest
import torch
from fake_sets import make_nyu_layout
from mmengine.config import Config
from mmengine.registry import MODELS
from pages import README, ROOT, box_of, commands, read_boxes

from mmdepth_gradloss import add_gradient_loss
from mmdepth_gradloss.cli.main import main
from mmdepth_gradloss.cli.train import parse_args
from mmdepth_gradloss.config import find_config, has_gradient_term
from mmdepth_gradloss.runner import read_config

SMALL = """
_base_ = 'mmdepth_gradloss::unet/{name}.py'
small = [dict(type='LoadImage'), dict(type='LoadDepthMap'),
         dict(type='ResizeDepth', scale=(64, 48)),
         dict(type='PackDepthInputs')]
loader = dict(batch_size=2, num_workers=0, persistent_workers=False)
train_dataloader = dict(**loader, dataset=dict(pipeline=small))
val_dataloader = dict(**loader, dataset=dict(pipeline=small))
test_dataloader = val_dataloader
train_cfg = dict(max_iters=2, val_interval=2)
default_hooks = dict(visualization=dict(num_images=1))
"""
"""Config of this package that trains for two iterations."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', ['pytest'])
    monkeypatch.setattr(sys, 'path', list(sys.path))
    return tmp_path


def command(number: int, heading: str = 'Use it') -> list[str]:
    """Words of the command in a bash block, without the program name."""
    [words] = commands(box_of('README.md', heading, number, 'bash'))
    assert words[0] == 'mmdepth-gradloss'
    return words[1:]


def test_it_is_short():
    lines = README.read_text().splitlines()
    assert len(lines) <= 150
    for box in read_boxes(README):
        assert len(box.code.splitlines()) <= 10


def test_setup_commands_are_two_lines():
    start = ('python -m venv .venv && . .venv/bin/activate && '
             'pip install torch==2.13.0 && ')
    lines = [
        line for line in README.read_text().splitlines()
        if line.startswith(start)
    ]
    train, test = lines
    assert (ROOT / train.split()[-1]).is_file()
    assert test.endswith("[lite,mmseg,test]' && pytest")
    # continuous integration searches for this line
    assert [x for x in README.read_text().splitlines()
            if x.endswith('&& pytest')] == [test]


def test_the_number_is_one_of_the_results():
    """The README quotes the results."""
    (gain, low, high, fall), = re.findall(
        r'^\| rendered rooms \| 1500 \| 3 \| \+(\d+) \[\+(\d+), \+(\d+)\] '
        r'\| -(\d+) \[', (ROOT / 'docs' / 'results.md').read_text(), re.M)
    text = ' '.join(README.read_text().split())
    assert f'by **{gain} %** (95 % interval {low} to {high} %' in text
    assert f'falls by {fall} %' in text


def test_train_on_a_folder(folder, capfd):
    """With the folder layout shown in the README."""
    train, name, option, root = command(0)
    assert (train, option, root) == ('train', '--data-root', 'DIR')
    make_nyu_layout(folder / root, dict(train=2, val=2))
    (folder / 'small.py').write_text(SMALL.format(name=name))
    assert not main([train, 'small.py', option, root])
    output = capfd.readouterr().out
    for words in ('depth/boundary_f1', '\ncheckpoint ', '\npictures '):
        assert words in output
    assert list(folder.glob('work_dirs/small/iter_2.pth'))


def test_flag(folder, capfd):
    train, name, flag = command(1)
    make_nyu_layout(folder / 'DIR', dict(train=2, val=2))
    (folder / name).write_text(
        SMALL.format(name='unet-small_folder-192x128_baseline'))
    assert not main([train, name, flag, '--data-root', 'DIR'])
    output = capfd.readouterr().out
    assert output.startswith(
        'model.decode_head.loss: set ssi_weight=0.4, silog_weight=0.4, '
        'gradient_weight=20.0')
    assert 'gradient_share' in output


@pytest.mark.parametrize('package,base', [
    ('mmseg', 'mmseg/vpd-head_mit-tiny_1xb4-400_nyu-160x224'),
    ('transformers', 'huggingface/depth-anything-v2-tiny-random_nyu_baseline'),
])
def test_flag_on_other_models(package, base, folder):
    """Models of mmsegmentation and Hugging Face, without training."""
    pytest.importorskip(package)
    _, name, flag = command(1)
    (folder / name).write_text(f"_base_ = 'mmdepth_gradloss::{base}.py'")
    args = parse_args([name, flag])
    cfg = read_config(args.config, {})
    assert not has_gradient_term(cfg)
    assert add_gradient_loss(cfg, args.gradient_loss)
    assert has_gradient_term(cfg)
    assert cfg.default_hooks.gradient_loss.warmup == 'linear'


def test_predict(folder, capfd):
    predict, name, checkpoint, photos, option, out_dir = command(2)
    model = MODELS.build(Config.fromfile(find_config(name)).model)
    torch.save(dict(state_dict=model.state_dict()), folder / checkpoint)
    (folder / photos).mkdir()
    cv2.imwrite(f'{photos}/a.jpg', np.full((48, 64, 3), 99, np.uint8))
    assert not main([predict, name, checkpoint, photos, option, out_dir])
    depth = cv2.imread(f'{out_dir}/depth/a.png', cv2.IMREAD_UNCHANGED)
    assert depth.dtype == np.uint16 and 300 <= depth.min() <= depth.max()
    assert (folder / out_dir / 'vis' / 'a.png').is_file()
