"""Finding and reading checkpoints."""
from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mmengine.logging.history_buffer import HistoryBuffer

from mmdepth_gradloss.runner.checkpoint import (check_checkpoint,
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
