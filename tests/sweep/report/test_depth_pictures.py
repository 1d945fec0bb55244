import numpy as np
import pytest
from fake_sweep import step_samples

from mmdepth_gradloss.sweep.report.depth_pictures import (Scene, draw_scene,
                                                          edge_f1)


def step_scene(**blurs):
    samples = {name: step_samples(blur) for name, blur in blurs.items()}
    target = next(iter(samples.values()))['target'][0]
    return Scene(np.zeros((16, 24, 3), np.uint8), target,
                 {name: s['pred'][0] for name, s in samples.items()})


def test_edge_f1_of_a_sharp_and_a_smeared_step():
    scene = step_scene(exact=1, smeared=2, lost=30)
    assert edge_f1(scene, 'exact') == 1
    # Smeared over three steps, each of them above 10 %: one found, two false.
    assert edge_f1(scene, 'smeared') == pytest.approx(2 * 1 / (2 * 1 + 2))
    assert edge_f1(scene, 'lost') == 0


def test_f1_without_any_edge_is_nan():
    flat = np.ones((8, 8))
    scene = Scene(np.zeros((8, 8, 3), np.uint8), flat, {'a': flat})
    assert np.isnan(edge_f1(scene, 'a'))


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('case', ['plain', 'no truth', 'sparse', 'NaN'])
def test_whatever_the_maps_hold_it_is_drawn(case):
    scene = step_scene(baseline=4, a=2)
    if case == 'no truth':
        scene.target[:] = 0
    elif case == 'sparse':
        scene.target[::2] = 0
        scene.target[:, np.arange(24) % 5 > 0] = 0
    elif case == 'NaN':
        scene.preds['a'][:] = np.nan
    page = draw_scene(scene, 'title')
    assert page.shape[1:] == (1400, 3) and page.dtype == np.uint8
