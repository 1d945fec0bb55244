import numpy as np
import pytest

from mmdepth_gradloss.datasets.transforms import RandomFlipDepth


@pytest.mark.parametrize('prob, expected', [
    (0.6, dict(horizontal=0.3, vertical=0.3)),
    ([0.1, 0.7], dict(horizontal=0.1, vertical=0.7))])
def test_frequencies(random_sample, prob, expected):
    np.random.seed(0)
    flip = RandomFlipDepth(prob, [*expected])
    drawn = [flip(random_sample(2, 2))['flip_direction'] for _ in range(1000)]
    for direction, share in expected.items():
        tolerance = 4 * np.sqrt(share * (1 - share) / 1000)
        assert abs(drawn.count(direction) / 1000 - share) < tolerance
