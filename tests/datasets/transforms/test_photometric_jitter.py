import colorsys

import numpy as np
import pytest

from mmdepth_gradloss.datasets.transforms import PhotometricJitter


def only(prob=1, **strength):
    """A jitter of a single property."""
    off = dict(brightness=0, contrast=0, saturation=0, hue=0)
    return PhotometricJitter(**{**off, **strength}, prob=prob)


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(60, 190, (16, 20, 3), np.uint8)


@pytest.mark.parametrize('name', ['brightness', 'contrast', 'saturation'])
def test_distance_from_an_anchor_is_scaled(photo, name):
    """Anchors: black, the mean grey, and the grey of each pixel."""
    grey = photo @ np.array([0.114, 0.587, 0.299])  # ITU-R BT.601
    anchor = dict(brightness=0.0, contrast=grey.mean(),
                  saturation=grey[..., None])[name]
    offset = photo - anchor
    calm = (np.abs(offset) < (190 if name == 'brightness' else 60)).all(-1)
    np.random.seed(0)
    factors = []
    for _ in range(50):
        out = only(**{name: 0.3})(dict(img=photo))['img'] - anchor
        factor = (out * offset)[calm].sum() / (offset**2)[calm].sum()
        assert np.abs(out - factor * offset)[calm].max() < 2.5
        factors.append(factor)
    # rounding to integers shifts the factors a little
    assert 0.68 < min(factors) < 0.8 and 1.2 < max(factors) < 1.31


def test_hue_turns_both_ways():
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 2] = 255
    np.random.seed(0)
    turns = []
    for _ in range(50):
        bgr = only(hue=0.1)(dict(img=red))['img'][0, 0] / 255
        hue, saturation, value = colorsys.rgb_to_hsv(*bgr[::-1])
        assert saturation > 0.98 and value > 0.98
        turns.append((hue + 0.5) % 1 - 0.5)
    assert -0.11 < min(turns) < -0.05 and 0.05 < max(turns) < 0.11


def test_grey_has_no_hue_and_no_saturation():
    grey = np.repeat(np.arange(0, 250, 10, np.uint8)[None, :, None], 3, axis=2)
    for jitter in [only(hue=0.5), only(saturation=1)] * 10:
        out = jitter(dict(img=grey))['img']
        assert np.abs(out.astype(int) - grey).max() <= 1


def test_image_is_not_overwritten_and_depth_stays(random_sample):
    sample = random_sample()
    before = {key: sample[key].copy() for key in ('img', 'gt_depth_map')}
    images = []
    # including a flipped view
    for img in (sample['img'][:, ::-1], before['img'][:, ::-1].copy()):
        np.random.seed(0)
        results = PhotometricJitter(1, 1, 1, 0.5, prob=1)(
            dict(sample, img=img))
        images.append(results['img'])
        np.testing.assert_array_equal(sample['img'], before['img'])
        np.testing.assert_array_equal(results['gt_depth_map'],
                                      before['gt_depth_map'])
    np.testing.assert_array_equal(*images)
    assert images[0].shape == img.shape and images[0].dtype == np.uint8


@pytest.mark.parametrize('prob', [0, 0.3])
def test_prob(photo, prob):
    np.random.seed(0)
    jitter = only(brightness=0.5, prob=prob)
    changed = sum((jitter(dict(img=photo))['img'] != photo).any()
                  for _ in range(1000))
    tolerance = 4 * np.sqrt(prob * (1 - prob) / 1000)
    assert abs(changed / 1000 - prob) <= tolerance


def test_order_is_random():
    np.random.seed(0)
    jitter = PhotometricJitter(prob=1)
    firsts = {jitter._random_factors()[0][0] for _ in range(100)}
    assert firsts == {'brightness', 'contrast', 'saturation', 'hue'}


def test_float_image_is_refused(photo):
    with pytest.raises(TypeError, match='uint8.*float32'):
        PhotometricJitter()(dict(img=photo.astype(np.float32)))
