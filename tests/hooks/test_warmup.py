import pytest

from mmdepth_gradloss.hooks.warmup import warmup_schedule


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
