"""Files that are there as a whole or not at all."""
import os
import stat

import pytest

from mmdepth_gradloss.runner.atomic_write import atomic_write


def test_file_is_whole_or_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / 'a.txt'
    atomic_write(path, b'old')
    assert stat.S_IMODE(path.stat().st_mode) == 0o644

    def fail(*args):
        raise OSError('no space')

    monkeypatch.setattr(os, 'replace', fail)
    with pytest.raises(OSError, match='no space'):
        atomic_write(path, b'new')
    assert path.read_bytes() == b'old'
    assert os.listdir(tmp_path) == ['a.txt']
