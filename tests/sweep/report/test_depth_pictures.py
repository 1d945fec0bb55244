import numpy as np
import pytest
from fake_sweep import step_samples

from mmdepth_gradloss.sweep.report.depth_pictures import Scene, draw_scene
from mmdepth_gradloss.visualization.depth_edges import boundary_f1


def step_scene(**blurs):
    samples = {name: step_samples(blur) for name, blur in blurs.items()}
    target = next(iter(samples.values()))['target'][0]
    return Scene(np.zeros((16, 24, 3), np.uint8), target,
                 {name: s['pred'][0] for name, s in samples.items()})


def test_f1_counts_where_the_truth_is_known():
    scene = step_scene(exact=1, smeared=2, lost=30)
    scene.target[3:6, 5:9] = 0
    assert scene.boundary_f1('exact') == 1 and scene.boundary_f1('lost') == 0
    assert scene.boundary_f1('smeared') == boundary_f1(
        scene.target, scene.preds['smeared'], scene.target > 0)


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
