import dataclasses
import itertools
import re

import pytest

from mmdepth_gradloss.functional import PRESETS, GradientFormula
from mmdepth_gradloss.functional.alignment import ALIGNMENTS
from mmdepth_gradloss.functional.gradient_formula import _TABLES
from mmdepth_gradloss.functional.operators import OPERATORS
from mmdepth_gradloss.functional.pyramids import PYRAMIDS, StridePyramid
from mmdepth_gradloss.losses import MultiScaleGradientLoss

CHOICES = {
    **{option: list(table) for option, table in _TABLES.items()},
    'alignment': [None, *ALIGNMENTS],
}


@pytest.mark.parametrize('scales,factors', [
    (1, (1, )), (4, (1, 2, 4, 8)), ((2, ), (2, )), ([1, 2, 4, 6], (1, 2, 4, 6))
])
def test_factors(scales, factors):
    assert GradientFormula(scales=scales).factors == factors


@pytest.mark.parametrize('option', CHOICES)
@pytest.mark.parametrize('value', ['nonsense', None, 1, ['sobel']])
def test_unknown_option_lists_the_known(option, value):
    if value in CHOICES[option]:
        return
    known = ', '.join(sorted(filter(None, CHOICES[option])))
    with pytest.raises(ValueError) as error:
        GradientFormula(**{option: value})
    assert str(error.value) == f'unknown {option} {value!r}; known: {known}'


@pytest.mark.parametrize(
    'cls, option', [*((GradientFormula, option) for option in CHOICES),
                    (MultiScaleGradientLoss, 'preset')])
def test_docstring_names_every_choice(cls, option):
    entry = re.search(rf'^ +{option}: .*?(?=^ +\w+: |^$)', cls.__doc__,
                      re.MULTILINE | re.DOTALL)
    for name in filter(None, CHOICES.get(option, PRESETS)):
        assert repr(name) in entry[0]


@pytest.mark.parametrize('scales', [
    0, -1, 2.0, 2.5, True, None, (), [], (0, 1), (-2, 2), (1, 1), (1, 4, 2),
    (1, 2.0), (1, '2'), (True, 2), 'four', '124', {1, 2}
])
def test_impossible_scales_are_named(scales):
    with pytest.raises(ValueError) as error:
        GradientFormula(scales=scales)
    assert str(error.value) == (
        'scales must be an int >= 1 or increasing factors >= 1, got '
        f'{scales!r}')


@pytest.mark.parametrize('pyramid,scales,message', [
    ('bilinear', (1, 3), 'even factors, got 3'),
    ('bilinear', (1, 2, 5, 6), 'even factors, got 5'),
    ('area', (1, 2, 6), 'powers of two as factors, got 6'),
    ('gaussian', (5, ), 'powers of two as factors, got 5'),
])
def test_scales_that_the_pyramid_has_not_are_named(pyramid, scales, message):
    with pytest.raises(ValueError, match=message):
        GradientFormula(pyramid=pyramid, scales=scales)


@pytest.mark.parametrize('domain,offset,message', [
    ('log', -1e-3, 'must be >= 0, got -0.001'),
    ('log', float('nan'), 'must be >= 0, got nan'),
    ('linear', 1e-3, "nothing in domain='linear'"),
    ('normalized', 1e-3, "nothing in domain='normalized'"),
])
def test_impossible_offset_is_refused(domain, offset, message):
    for possible in ('log', 'inverse'):
        GradientFormula(domain=possible, depth_offset=1e-3)
    with pytest.raises(ValueError, match=message):
        GradientFormula(domain=domain, depth_offset=offset)


# incompatible options -> pattern of the message
REFUSED = {
    (('mask_policy', 'support'), ('pyramid', 'bilinear')):
    "mask_policy='support' .*pyramid='bilinear'.*'stride'",
    (('mask_policy', 'center'), ('operator', 'forward')):
    "mask_policy='center' .*operator='forward'.*'support'",
    (('mask_policy', 'every'), ('normalizer', 'windows')):
    "mask_policy='every' with normalizer='windows'.*'full_pixels'",
    (('mask_policy', 'every'), ('normalizer', 'pooled_windows')):
    "mask_policy='every' with normalizer='pooled_windows'.*'full_pixels'",
}


@pytest.mark.parametrize('pair', REFUSED)
def test_options_that_make_no_sense_together_are_named(pair):
    options = dict(
        operator='sobel', pyramid='stride', normalizer='pixels') | dict(pair)
    with pytest.raises(ValueError, match=REFUSED[pair]):
        GradientFormula(**options)


def test_all_other_combinations_are_allowed():
    for values in itertools.product(*CHOICES.values()):
        options = dict(zip(CHOICES, values))
        expected = any(
            set(pair) <= set(options.items()) for pair in REFUSED)
        try:
            GradientFormula(**options)
            refused = False
        except ValueError:
            refused = True
        assert refused == expected, options


def test_centre_and_mask_of_entries_of_your_own(monkeypatch):
    """The checks use the properties of an entry, not its name."""

    class Smoothed(StridePyramid):
        reads_valid = False

    monkeypatch.setitem(OPERATORS, 'roberts', ((((1, 0), (0, -1)), ), ))
    monkeypatch.setitem(PYRAMIDS, 'smoothed', Smoothed)
    for options, message in (
        (dict(operator='roberts'), "operator='roberts'.*use 'support'"),
        (dict(mask_policy='support', pyramid='smoothed'),
         "pyramid='smoothed'.*use 'area', 'gaussian', 'nearest' or 'stride'"),
    ):
        with pytest.raises(ValueError, match=message):
            GradientFormula(**options)


def test_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        GradientFormula().domain = 'linear'
