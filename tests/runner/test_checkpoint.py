"""Finding and reading checkpoints."""
from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mmengine.logging.history_buffer import HistoryBuffer
from torch import nn

from mmdepth_gradloss.runner.checkpoint import (check_checkpoint,
                                                check_weights_fit,
                                                last_checkpoint,
                                                load_from_local)


def test_what_mmengine_keeps_beside_the_weights_is_read(tmp_path):
    path = tmp_path / 'iter_1.pth'
    torch.save(dict(loss=HistoryBuffer([1.0], [1])), path)
    assert load_from_local(str(path))['loss'].current() == 1.0


@pytest.mark.parametrize('look', [check_checkpoint, load_from_local])
def test_missing_checkpoint_is_named(look):
    with pytest.raises(
            FileNotFoundError, match='there is no checkpoint no/such.pth'):
        look('no/such.pth')


def test_address_is_not_looked_up():
    check_checkpoint('https://example.org/iter_1.pth')


def test_note_of_the_newest_checkpoint_is_followed(tmp_path):
    assert last_checkpoint(tmp_path) is None
    (tmp_path / 'last_checkpoint').write_text('runs/iter_3.pth\n')
    assert last_checkpoint(tmp_path) == Path('runs/iter_3.pth')


@pytest.mark.parametrize('wrap', [
    lambda state: dict(state_dict=state),
    lambda state: state,
    lambda state: {f'module.{k}': v for k, v in state.items()},
])
def test_weights_of_another_network_are_refused(tmp_path, wrap):
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1))
    path = str(tmp_path / 'weights.pth')
    torch.save(wrap(model.state_dict()), path)
    check_weights_fit(model, path)
    check_weights_fit(nn.Sequential(*model, nn.Conv2d(1, 1, 3)), path)
    with pytest.raises(ValueError, match='has 0 of the 2 weights of ModuleD'):
        check_weights_fit(nn.ModuleDict(dict(other=model[0])), path)
