"""Atomic file writes."""
import os
import stat

import pytest

from mmdepth_gradloss.atomic_write import atomic_write


def test_file_is_whole_or_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / ('a' * 255)  # the longest possible name
    atomic_write(path, b'old')

    def fail(*args):
        raise OSError('no space')

    monkeypatch.setattr(os, 'replace', fail)
    with pytest.raises(OSError, match='no space'):
        atomic_write(path, b'new')
    assert path.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('mask,mode', [(0o022, 0o644), (0o077, 0o600)])
def test_who_may_read_it_is_as_for_any_new_file(tmp_path, mask, mode):
    path = tmp_path / 'a.txt'
    before = os.umask(mask)
    try:
        atomic_write(path, b'new')
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode
