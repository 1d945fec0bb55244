import itertools

import pytest
import torch
from other_process import OtherProcess
from plain_loops import KERNELS, stride, total, windows

from mmdepth_gradloss.functional import GradientFormula
from mmdepth_gradloss.functional.pyramids import PYRAMIDS
from mmdepth_gradloss.functional.reduction_weights import reduction_weights

POLICIES = [(operator, policy) for operator in KERNELS
            for policy in ('center', 'support', 'every')
            if (operator, policy) != ('forward', 'center')]
NORMALIZERS = ('windows', 'pooled_windows', 'pixels', 'full_pixels')
DIVISIONS = list(
    itertools.product(NORMALIZERS, ('mean', 'sum'), ('batch', 'image')))


def allowed(policy, normalizer):
    return policy != 'every' or 'windows' not in normalizer


def masks():
    """Three of unequal density: no valid pixel, few, most.

    Of a sixth of their size, 3x2, no window of 3x3 fits.
    """
    density = torch.tensor([0.0, 0.4, 0.9]).view(3, 1, 1, 1)
    return torch.rand(3, 1, 13, 9) < density


def formula_of(operator, policy, normalizer, level, batch):
    return GradientFormula(
        scales=(1, 2, 3, 6),
        operator=operator,
        pyramid='stride',
        mask_policy=policy,
        normalizer=normalizer,
        level_reduction=level,
        batch_reduction=batch)


def weights_of(valid, formula, dtype=torch.float64, **kwargs):
    pyramid = PYRAMIDS[formula.pyramid](valid, formula.factors, dtype)
    return reduction_weights(
        valid, pyramid, formula, dtype, reduction='none', **kwargs)


def weights_by_loops(valid, operator, policy, normalizer, level, batch):
    """1 / (what the sum over a level and direction is divided by)."""
    images = [mask.tolist() for mask in valid[:, 0]]
    factors = (1, 2, 3, 6)

    def num_windows(image, factor, kernel):
        return total(windows(stride(image, factor), kernel, policy))

    def num_divisor(image, factor, kernel):
        if normalizer == 'windows':
            return num_windows(image, factor, kernel)
        if normalizer == 'pooled_windows':
            return sum(
                num_windows(image, factor, k) for k in KERNELS[operator])
        return total(image if normalizer == 'full_pixels' else stride(
            image, factor))

    def weights_of_group(group):
        """All images of a group are summed and divided at once."""
        used = sum(
            any(num_windows(image, factor, kernel) for image in group
                for kernel in KERNELS[operator]) for factor in factors)
        rows = []
        for factor in factors:
            row = []
            for kernel in KERNELS[operator]:
                divisor = max(
                    sum(num_divisor(i, factor, kernel) for i in group), 1)
                divisor += 1e-6 if normalizer == 'full_pixels' else 0
                row.append(1 / divisor /
                           (max(used, 1) if level == 'mean' else 1))
            rows.append(row)
        return rows

    if batch == 'batch':
        return [weights_of_group(images)] * len(images)
    return [weights_of_group([image]) for image in images]


@pytest.mark.parametrize('operator,policy', POLICIES)
def test_against_loops(operator, policy):
    valid = masks()
    for options in DIVISIONS:
        if not allowed(policy, options[0]):
            continue
        formula = formula_of(operator, policy, *options)
        torch.testing.assert_close(
            weights_of(valid, formula),
            torch.tensor(
                weights_by_loops(valid, operator, policy, *options),
                dtype=torch.float64),
            msg=lambda text: f'{options}: {text}')


@pytest.mark.parametrize('options', DIVISIONS)
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_no_valid_pixel_gives_finite_weights(options, dtype):
    valid = torch.zeros(2, 1, 8, 8, dtype=torch.bool)
    weights = weights_of(valid, formula_of('sobel', 'support', *options),
                         dtype)
    assert weights.shape == (2, 4, 2)
    assert weights.dtype == dtype and weights.isfinite().all()


@pytest.mark.parametrize('options', DIVISIONS)
def test_weight_multiplies_what_an_image_contributes(options):
    valid = masks()
    formula = formula_of('central', 'support', *options)
    factors = torch.tensor([0.0, 2.0, -0.5], dtype=torch.float64)
    torch.testing.assert_close(
        weights_of(valid, formula, weight=factors),
        weights_of(valid, formula) * factors[:, None, None])


@pytest.mark.parametrize('split', [1, 2])
@pytest.mark.parametrize('policy,normalizer', [
    pair for pair in itertools.product(('center', 'support',
                                        'every'), NORMALIZERS)
    if allowed(*pair)
])
@pytest.mark.parametrize('level', ['mean', 'sum'])
def test_mean_of_two_processes_is_the_whole_batch(policy, normalizer, level,
                                                  split, monkeypatch):
    formula = formula_of('sobel', policy, normalizer, level, 'batch')
    valid = masks()
    halves = valid[:split], valid[split:]
    other = OtherProcess(monkeypatch)
    for half in halves:
        weights_of(half, formula, over_processes=True)
    assert len(other.seen) == 2  # one exchange a process
    weights = []
    for half, other.others in zip(halves, other.seen[::-1]):
        weights.append(weights_of(half, formula, over_processes=True))
    torch.testing.assert_close(
        torch.cat(weights) / 2, weights_of(valid, formula))


def test_images_on_their_own_need_no_exchange(monkeypatch):
    other = OtherProcess(monkeypatch)
    weights_of(
        masks(),
        formula_of('sobel', 'center', 'windows', 'mean', 'image'),
        over_processes=True)
    assert not other.seen
