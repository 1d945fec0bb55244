import itertools

import pytest
import torch
from other_process import OtherProcess
from plain_loops import KERNELS, stride, total, windows

from mmdepth_gradloss.functional import GradientFormula
from mmdepth_gradloss.functional.pyramids import PYRAMIDS
from mmdepth_gradloss.functional.reduction_weights import reduction_weights

FACTORS = (1, 2, 3, 6)
POLICIES = ('center', 'support', 'every')
NORMALIZERS = ('windows', 'pooled_windows', 'pixels', 'full_pixels')
DIVISIONS = list(itertools.product(
    NORMALIZERS, ('mean', 'sum'), ('batch', 'image')))


def allowed(policy, normalizer):
    return policy != 'every' or 'windows' not in normalizer


def masks():
    """Three masks with no, few and mostly valid pixels.

    At a sixth of their size, 3x2, no 3x3 window fits.
    """
    density = torch.tensor([0.0, 0.4, 0.9]).view(3, 1, 1, 1)
    return torch.rand(3, 1, 13, 9) < density


def formula_of(operator, policy, normalizer, level, batch):
    return GradientFormula(
        FACTORS, operator, 'stride', mask_policy=policy, normalizer=normalizer,
        level_reduction=level, batch_reduction=batch)


def weights_of(valid, formula, dtype=torch.float64, **kwargs):
    pyramid = PYRAMIDS[formula.pyramid](valid, formula.factors, dtype)
    return reduction_weights(
        valid, pyramid, formula, dtype, reduction='none', **kwargs)


def weights_by_loops(valid, operator, policy, normalizer, level, batch):
    """1 / (divisor of the sum over a level and direction)."""
    images = [mask.tolist() for mask in valid[:, 0]]
    kernels = KERNELS[operator]

    def num_windows(image, factor, kernel):
        return total(windows(stride(image, factor), kernel, policy))

    def num_divisor(image, factor, kernel):
        if normalizer == 'windows':
            return num_windows(image, factor, kernel)
        if normalizer == 'pooled_windows':
            return sum(num_windows(image, factor, k) for k in kernels)
        return total(image if normalizer == 'full_pixels' else stride(
            image, factor))

    def weight(group, factor, kernel):
        divisor = max(sum(num_divisor(i, factor, kernel) for i in group), 1)
        return 1 / (divisor + (1e-6 if normalizer == 'full_pixels' else 0))

    def weights_of_group(group):
        """Weights for images that are summed before the division."""
        used = sum(
            any(num_windows(image, factor, kernel) for image in group
                for kernel in kernels) for factor in FACTORS)
        num_levels = max(used, 1) if level == 'mean' else 1
        return [[weight(group, factor, kernel) / num_levels
                 for kernel in kernels] for factor in FACTORS]

    if batch == 'batch':
        return [weights_of_group(images)] * len(images)
    return [weights_of_group([image]) for image in images]


@pytest.mark.parametrize('operator,policy', [
    pair for pair in itertools.product(KERNELS, POLICIES)
    if pair != ('forward', 'center')])
def test_against_loops(operator, policy):
    valid = masks()
    for options in DIVISIONS:
        if allowed(policy, options[0]):
            expected = weights_by_loops(valid, operator, policy, *options)
            torch.testing.assert_close(
                weights_of(valid, formula_of(operator, policy, *options)),
                torch.tensor(expected, dtype=torch.float64),
                msg=lambda text: f'{options}: {text}')


@pytest.mark.parametrize('options', DIVISIONS)
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_no_valid_pixel_gives_finite_weights(options, dtype):
    valid = torch.zeros(2, 1, 8, 8, dtype=torch.bool)
    weights = weights_of(
        valid, formula_of('sobel', 'support', *options), dtype)
    assert weights.shape == (2, 4, 2)
    assert weights.dtype == dtype and weights.isfinite().all()


@pytest.mark.parametrize('split', [1, 2])
@pytest.mark.parametrize('policy,normalizer', [
    pair for pair in itertools.product(POLICIES, NORMALIZERS)
    if allowed(*pair)])
@pytest.mark.parametrize('level', ['mean', 'sum'])
def test_mean_of_two_processes_is_the_whole_batch(
        policy, normalizer, level, split, monkeypatch):
    formula = formula_of('sobel', policy, normalizer, level, 'batch')
    valid = masks()
    halves = valid[:split], valid[split:]
    other = OtherProcess(monkeypatch)
    for half in halves:
        weights_of(half, formula, over_processes=True)
    assert len(other.seen) == 2  # one exchange per process
    weights = []
    for half, other.others in zip(halves, other.seen[::-1]):
        weights.append(weights_of(half, formula, over_processes=True))
    torch.testing.assert_close(
        torch.cat(weights) / 2, weights_of(valid, formula))


def test_images_on_their_own_need_no_exchange(monkeypatch):
    other = OtherProcess(monkeypatch)
    formula = formula_of('sobel', 'center', 'windows', 'mean', 'image')
    weights_of(masks(), formula, over_processes=True)
    assert not other.seen
