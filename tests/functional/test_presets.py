"""Each preset computes its published formula."""
import pytest
import torch
from depth_pairs import depth_pair, value_and_grad
from hypothesis import example, given, settings
from hypothesis import strategies as st
from preset_loops import BY_LOOPS

from mmdepth_gradloss.functional.presets import (DEFAULT_PRESET, PRESETS,
                                                 make_formula)

every_preset = pytest.mark.parametrize('preset', PRESETS)

# sizes at which even one more level than in the preset would have a window
WITH_EVERY_LEVEL = dict.fromkeys(PRESETS, (50, 49)) | {'depth_pro': (130, 129)}

# preset -> name in the reference values, for those with published code
PUBLISHED = {
    'packnet_san': 'packnet_san_gradient',
    'g2_monodepth': 'g2_monodepth',
    'midas': 'midas',
    'megadepth': 'megadepth',
}


def loss_by_loops(preset, *maps):
    return BY_LOOPS[preset](*(x[:, 0].tolist() for x in maps))


def check_against_loops(preset, n, h, w, density=0.7, seed=0):
    shares = torch.ones(n, 1, 1, 1)
    shares[0] = 0.5  # the first image has half as many valid pixels
    maps = depth_pair(n, 1, h, w, density=density * shares, seed=seed)
    expected = loss_by_loops(preset, *maps)
    for fused in (True, False):
        loss, _ = value_and_grad(*maps, PRESETS[preset], fused=fused)
        assert loss.item() == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_every_preset_has_its_loops():
    assert set(BY_LOOPS) == set(PRESETS)


@every_preset
@settings(max_examples=25)
@given(
    n=st.integers(1, 3), h=st.integers(1, 20), w=st.integers(1, 20),
    density=st.sampled_from([0.0, 0.05, 0.5, 1.0, 2.0]),
    seed=st.integers(0, 9))
@example(n=2, h=20, w=19, density=0.7, seed=0)
def test_equals_its_formula(preset, n, h, w, density, seed):
    check_against_loops(preset, n, h, w, density, seed)


@every_preset
def test_equals_its_formula_on_all_of_its_levels(preset):
    check_against_loops(preset, 2, *WITH_EVERY_LEVEL[preset])


@pytest.mark.parametrize('preset', PUBLISHED)
def test_loops_are_the_published_code(preset, gradient_references):
    maps = (torch.from_numpy(gradient_references[f'half/{name}'])
            for name in ('pred', 'target', 'mask'))
    expected = gradient_references[f'half/{PUBLISHED[preset]}/loss']
    assert loss_by_loops(preset, *maps) == pytest.approx(expected, rel=1e-9)


def test_default():
    assert DEFAULT_PRESET == 'packnet_san'


def test_none_keeps_what_the_preset_has():
    assert make_formula('midas', penalty=None) == PRESETS['midas']
