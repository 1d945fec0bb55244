import pytest

from mmdepth_gradloss.hooks.warmup import check_warmup, warmup_schedule


@pytest.mark.parametrize('max_iters,end', [
    (8, 2),
    (40, 4),
    (4999, 499),
    (10**6, 500),
])
def test_warmup_follows_the_run(max_iters, end):
    scheduler, = warmup_schedule('linear', None, max_iters)
    assert scheduler == dict(
        type='LinearParamScheduler',
        start_factor=0.01,
        begin=0,
        end=end,
        by_epoch=False)


def test_constant_warmup_of_a_given_length():
    scheduler, = warmup_schedule('constant', 7, 100)
    assert scheduler == dict(
        type='ConstantParamScheduler',
        factor=0.01,
        begin=0,
        end=7,
        by_epoch=False)


@pytest.mark.parametrize('warmup, iters', [('linear', None), ('constant', 2)])
def test_what_is_a_warmup(warmup, iters):
    check_warmup(warmup, iters)


@pytest.mark.parametrize('warmup, iters, error, message', [
    ('cosine', 5, ValueError, "warmup 'cosine'; known: constant, linear"),
    ('linear', 1, ValueError, 'must be >= 2, got 1'),
    ('linear', 2.0, TypeError, 'must be an int, got 2.0')])
def test_what_is_no_warmup(warmup, iters, error, message):
    with pytest.raises(error, match=message):
        check_warmup(warmup, iters)
