"""Runs on disk, shared between processes."""
import json
import multiprocessing

import pytest
from mmengine.config import Config

from mmdepth_gradloss.sweep.store import SweepStore
from mmdepth_gradloss.sweep.variants import Variant

VARIANTS = [Variant('baseline'), Variant('b', {'x': 1})]
CFG = Config(dict(x=0))


def test_run_is_unfinished_until_its_result_is_there(tmp_path):
    store = SweepStore(tmp_path)
    with store.claim(VARIANTS[0], 3) as folder:
        (folder / 'half_written.txt').write_text('')
    assert (VARIANTS[0], 3) in store.unfinished(VARIANTS, [3])
    with store.claim(VARIANTS[0], 3) as folder:
        assert not list(folder.iterdir())  # the failed attempt is removed
        store.write_result(VARIANTS[0], 3, dict(metrics=dict(a=1.5)))
    assert store.unfinished(VARIANTS, [3]) == [(VARIANTS[1], 3)]
    with store.claim(VARIANTS[0], 3) as folder:
        assert folder is None
    assert store.read_result(VARIANTS[0], 3) == dict(metrics=dict(a=1.5))


def _hold(folder, held, release):
    with SweepStore(folder).claim(VARIANTS[0], 0):
        held.set()
        release.wait()


@pytest.mark.parametrize('ends', ['by itself', 'killed'])
def test_claim_lasts_as_long_as_its_process(tmp_path, ends):
    context = multiprocessing.get_context('fork')
    held, release = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, held, release))
    other.start()
    assert held.wait(30)
    store = SweepStore(tmp_path)
    with store.claim(VARIANTS[0], 0) as folder:
        assert folder is None
    with store.claim(VARIANTS[1], 0) as folder:
        assert folder is not None
    if ends == 'killed':
        other.kill()
    else:
        release.set()
    other.join()
    with store.claim(VARIANTS[0], 0) as folder:
        assert folder is not None


def test_manifest_grows_with_variants_and_seeds(tmp_path):
    store = SweepStore(tmp_path)
    store.register(CFG, VARIANTS[:1], [0], config='c')
    store.register(CFG, VARIANTS, [2, 1], config='c')
    manifest = store.read_manifest()
    assert manifest['baseline'] == 'baseline'
    assert manifest['variants'] == dict(baseline={}, b=dict(x=1))
    assert manifest['seeds'] == [0, 1, 2]
    assert manifest['config'] == 'c'


def test_other_config_or_overrides_are_refused(tmp_path):
    store = SweepStore(tmp_path)
    store.register(CFG, VARIANTS, [0])
    with pytest.raises(ValueError, match='another config'):
        store.register(Config(dict(x=5)), VARIANTS, [0])
    with pytest.raises(ValueError, match="'b' with {'x': 1}, not {'x': 2}"):
        store.register(CFG, [Variant('b', {'x': 2})], [0])
    # Results on other data are never mixed.
    data = dict(x=0, train_dataloader=dict(dataset=dict(data_root='a')))
    with pytest.raises(ValueError, match='another config'):
        store.register(Config(data), VARIANTS, [0])
    # the config's list of variants may grow
    store.register(Config(dict(x=0, sweep=dict(variants={}))), VARIANTS, [0])


def test_nan_is_stored_as_valid_json(tmp_path):
    store = SweepStore(tmp_path)
    store.run_folder(VARIANTS[0], 0).mkdir(parents=True)
    metrics = dict(a=float('nan'), b=[1])
    store.write_result(VARIANTS[0], 0, dict(metrics=metrics))
    path = store.run_folder(VARIANTS[0], 0) / 'result.json'
    text = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert text == dict(metrics=dict(a=None, b=[1]))
    assert [p.name for p in path.parent.iterdir()] == ['result.json']


def test_variants_that_would_share_a_folder_are_refused(tmp_path):
    store = SweepStore(tmp_path)
    store.register(CFG, [Variant('a/b')], [0], config='c')
    with pytest.raises(ValueError, match="'a/b' and 'A:b' would share .*A_b"):
        store.register(CFG, [Variant('A:b')], [0], config='c')
    assert list(store.read_manifest()['variants']) == ['a/b']
