import colorsys

import numpy as np
import pytest
from mmcv.transforms.utils import cache_random_params

from mmdepth_gradloss.datasets.transforms import PhotometricJitter


@pytest.fixture
def only():
    """Factory of jitters that always change one thing."""

    def make(**strength):
        off = dict(brightness=0, contrast=0, saturation=0, hue=0, prob=1)
        return PhotometricJitter(**{**off, **strength})

    return make


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(60, 190, (16, 20, 3), np.uint8)


def luma(img):
    """ITU-R BT.601 grey value of a BGR image."""
    return img @ np.array([0.114, 0.587, 0.299])


def test_brightness_multiplies(only, photo):
    np.random.seed(0)
    factors = []
    for _ in range(50):
        out = only(brightness=0.3)(dict(img=photo))['img']
        factor = out.sum() / photo.sum()
        assert np.abs(out - factor * photo.astype(float)).max() < 1.5
        factors.append(factor)
    # truncation to whole numbers costs up to 1 / 125 of the mean
    assert min(factors) > 0.69 and max(factors) < 1.3
    assert min(factors) < 0.8 and max(factors) > 1.2


def test_contrast_stretches_about_the_mean_grey(only, photo):
    np.random.seed(0)
    mean = luma(photo).mean()
    factors = []
    for _ in range(50):
        out = only(contrast=0.3)(dict(img=photo))['img']
        factor = (out - out.mean()).std() / (photo - photo.mean()).std()
        expected = mean + factor * (photo - mean)
        assert np.abs(out - expected).max() < 2.5
        factors.append(factor)
    assert min(factors) < 0.8 and max(factors) > 1.2


def test_saturation_moves_away_from_grey(only, photo):
    np.random.seed(0)
    grey = luma(photo)[..., None]
    calm = (np.abs(photo - grey) < 60).all(axis=-1)  # not clipped later
    factors = []
    for _ in range(50):
        out = only(saturation=0.3)(dict(img=photo))['img']
        factor = (out - grey)[calm].std() / (photo - grey)[calm].std()
        expected = grey + factor * (photo - grey)
        assert np.abs(out - expected)[calm].max() < 2.5
        factors.append(factor)
    assert min(factors) < 0.8 and max(factors) > 1.2


def test_hue_turns_both_ways(only):
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 2] = 255
    np.random.seed(0)
    turns = []
    for _ in range(50):
        blue, green, red_ = only(hue=0.1)(dict(img=red))['img'][0, 0] / 255
        hue, saturation, value = colorsys.rgb_to_hsv(red_, green, blue)
        assert saturation > 0.98 and value > 0.98
        turns.append((hue + 0.5) % 1 - 0.5)
    assert -0.11 < min(turns) < -0.05 and 0.05 < max(turns) < 0.11


def test_grey_has_no_hue_and_no_saturation(only):
    grey = np.repeat(np.arange(0, 250, 10, np.uint8)[None, :, None], 3, axis=2)
    for jitter in (only(hue=0.5), only(saturation=1)):
        for _ in range(10):
            out = jitter(dict(img=grey))['img']
            assert np.abs(out.astype(int) - grey).max() <= 1


def test_depth_stays(random_sample):
    sample = random_sample()
    depth = sample['gt_depth_map'].copy()
    results = PhotometricJitter(prob=1)(sample)
    np.testing.assert_array_equal(results['gt_depth_map'], depth)


def test_the_input_image_is_not_overwritten(photo):
    before = photo.copy()
    out = PhotometricJitter(1, 1, 1, 0.5, prob=1)(dict(img=photo))['img']
    np.testing.assert_array_equal(photo, before)
    assert out.shape == photo.shape and out.dtype == np.uint8


def test_flipped_view_as_input(photo):
    np.random.seed(0)
    view = PhotometricJitter(prob=1)(dict(img=photo[:, ::-1]))['img']
    np.random.seed(0)
    whole = PhotometricJitter(prob=1)(dict(img=photo[:, ::-1].copy()))['img']
    np.testing.assert_array_equal(view, whole)


def test_prob(photo):
    np.random.seed(0)
    jitter = PhotometricJitter(0.5, 0, 0, 0, prob=0.3)
    changed = sum(
        not np.array_equal(jitter(dict(img=photo))['img'], photo)
        for _ in range(1000))
    assert abs(changed / 1000 - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 1000)
    same = PhotometricJitter(prob=0)(dict(img=photo))['img']
    np.testing.assert_array_equal(same, photo)


def test_order_is_random(photo):
    """Brightness and saturation clip, so their order shows."""
    np.random.seed(0)
    jitter = PhotometricJitter(prob=1)
    firsts = {jitter._random_factors()[0][0] for _ in range(100)}
    assert firsts == {'brightness', 'contrast', 'saturation', 'hue'}


def test_seed_and_cache(photo):
    jitter = PhotometricJitter(prob=1)
    outs = []
    for _ in range(2):
        np.random.seed(3)
        outs.append(jitter(dict(img=photo))['img'])
    np.testing.assert_array_equal(*outs)
    with cache_random_params(jitter):
        first, second = (jitter(dict(img=photo))['img'] for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize('name', ['brightness', 'contrast', 'saturation',
                                  'hue', 'prob'])
def test_bad_arguments(name):
    with pytest.raises(ValueError, match=f'{name}.*-0.1'):
        PhotometricJitter(**{name: -0.1})


def test_too_large_arguments():
    with pytest.raises(ValueError, match='hue.*0.6'):
        PhotometricJitter(hue=0.6)
    with pytest.raises(ValueError, match='prob.*1.1'):
        PhotometricJitter(prob=1.1)


def test_float_image_is_refused(photo):
    with pytest.raises(TypeError, match='uint8.*float32'):
        PhotometricJitter()(dict(img=photo.astype(np.float32)))


def test_repr():
    assert repr(PhotometricJitter()) == (
        'PhotometricJitter(brightness=0.2, contrast=0.2, saturation=0.2, '
        'hue=0.05, prob=0.5)')
