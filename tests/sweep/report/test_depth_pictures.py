import numpy as np
import pytest
from fake_sweep import step_samples

from mmdepth_gradloss.sweep.report.depth_pictures import (busiest_crop,
                                                          draw_overview,
                                                          draw_scene, edge_f1,
                                                          make_scene)


def step_scene(**blurs):
    samples = {name: step_samples(blur) for name, blur in blurs.items()}
    first = next(iter(samples.values()))
    return make_scene(first['image'][0], first['target'][0],
                      {name: s['pred'][0]
                       for name, s in samples.items()})


def test_edge_f1_of_a_sharp_and_a_smeared_step():
    scene = step_scene(exact=1, smeared=2, lost=30)
    assert edge_f1(scene, 'exact') == 1
    # Smeared over three steps, each of them above 10 %: one found, two false.
    assert edge_f1(scene, 'smeared') == pytest.approx(2 * 1 / (2 * 1 + 2))
    assert edge_f1(scene, 'lost') == 0


def test_f1_without_any_edge_is_nan():
    flat = np.ones((8, 8))
    scene = make_scene(np.zeros((8, 8, 3), np.uint8), flat, {'a': flat})
    assert np.isnan(edge_f1(scene, 'a'))


def test_crop_lies_where_the_edges_are():
    target = np.full((40, 60), 2.0)
    target[30:36, 48:54] = 1
    scene = make_scene(np.zeros((40, 60, 3), np.uint8), target, {})
    rows, columns = busiest_crop(scene)
    assert (rows.stop - rows.start, columns.stop - columns.start) == (22, 33)
    assert rows.start <= 30 and rows.stop >= 36
    assert columns.start <= 48 and columns.stop >= 54


def test_image_takes_the_size_of_the_depth_map():
    scene = make_scene(
        np.full((32, 48, 3), 9, np.uint8), np.ones((16, 24)), {})
    assert scene.image.shape == (16, 24, 3) and (scene.image == 9).all()


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('draw', [draw_overview, draw_scene])
@pytest.mark.parametrize('case', ['plain', 'no truth', 'sparse', 'NaN'])
def test_whatever_the_maps_hold_it_is_drawn(draw, case):
    scene = step_scene(baseline=4, a=2)
    if case == 'no truth':
        scene.target[:] = 0
    elif case == 'sparse':
        scene.target[::2] = 0
        scene.target[:, ::5] = 0
        scene.target[:, 1::5] = 0
        scene.target[:, 2::5] = 0
    elif case == 'NaN':
        scene.preds['a'][:] = np.nan
    page = draw(scene, 'title')
    assert page.shape[1:] == (1400, 3) and page.dtype == np.uint8
