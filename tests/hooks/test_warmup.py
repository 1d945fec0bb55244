import pytest

from mmdepth_gradloss.hooks.warmup import check_warmup, warmup_schedule

LINEAR = dict(type='LinearParamScheduler', start_factor=0.01)
CONSTANT = dict(type='ConstantParamScheduler', factor=0.01)


@pytest.mark.parametrize('warmup,iters,max_iters,expected', [
    ('linear', None, 8, dict(LINEAR, end=2)),
    ('linear', None, 40, dict(LINEAR, end=4)),
    ('linear', None, 4999, dict(LINEAR, end=499)),
    ('linear', None, 10**6, dict(LINEAR, end=500)),
    ('linear', 8, 8, dict(LINEAR, end=8)),
    ('constant', 7, 100, dict(CONSTANT, end=7)),
])
def test_what_a_warmup_stands_for(warmup, iters, max_iters, expected):
    check_warmup(warmup, iters)
    assert warmup_schedule(warmup, iters, max_iters) == [
        dict(expected, begin=0, by_epoch=False)]


@pytest.mark.parametrize('warmup, iters, error, message', [
    ('cosine', 5, ValueError, "warmup 'cosine'; known: constant, linear"),
    ('linear', 1, ValueError, 'must be >= 2, got 1'),
    ('linear', 2.0, TypeError, 'must be an int, got 2.0'),
    ('linear', '5', TypeError, "must be an int, got '5'")])
def test_what_is_no_warmup(warmup, iters, error, message):
    with pytest.raises(error, match=message):
        check_warmup(warmup, iters)
    check_warmup('constant', 2)
