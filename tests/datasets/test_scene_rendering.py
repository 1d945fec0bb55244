"""Light, shadow, texture and layout of the rendered rooms."""
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from mmdepth_gradloss.datasets.scenes import (furniture, random_scene, render,
                                              textures)
from mmdepth_gradloss.datasets.scenes.lighting import (Light, in_shadow,
                                                       irradiance)
from mmdepth_gradloss.datasets.scenes.primitives import (BOX, CYLINDER,
                                                         ELLIPSOID, Bodies,
                                                         unit_normals)

CENTER, HALF = np.array([0.2, -0.1, 0.8]), np.array([0.3, 0.3, 0.2])
SOURCE = np.array([0.9, 0.4, 2.4])
"""A body, and a light above it."""


def room(seed, height=48, width=64, **changes):
    """A room without effects that hide small differences."""
    scene = random_scene(np.random.default_rng(seed), height, width)
    return replace(scene, **{**dict(noise=0.0, blur=0.0), **changes})


def shade(scene):
    return render(scene, np.random.default_rng(0))


def one_body(shape, center, half):
    return Bodies(np.array([shape]), np.array([center], float),
                  np.eye(3)[None], np.array([half], float), np.zeros(1, int))


def inside(shape, offset, half):
    x, y, z = np.moveaxis(offset / half, -1, 0)
    if shape == BOX:
        return np.max(np.abs([x, y, z]), axis=0) < 1
    if shape == CYLINDER:
        return (x**2 + y**2 < 1) & (np.abs(z) < 1)
    return x**2 + y**2 + z**2 < 1


@pytest.mark.parametrize('shape', [BOX, CYLINDER, ELLIPSOID])
def test_shadow_equals_march_along_the_ray(shape):
    line = np.linspace(-2, 2, 61)
    floor = np.stack(np.meshgrid(line, line, [0.0]), axis=-1).reshape(-1, 3)
    rays = (floor - SOURCE).T.astype(np.float32)
    shadow = in_shadow(rays, SOURCE, one_body(shape, CENTER, HALF))

    # Sampled rays may step over a grazed corner, so bound the shadow by those
    # of a slightly smaller and a slightly larger body.
    points = SOURCE + np.linspace(0, 1, 1001)[:, None, None] * (
        floor - SOURCE) - CENTER
    small, large = (inside(shape, points, scale * HALF).any(axis=0)
                    for scale in (0.98, 1.02))
    assert 50 < small.sum() and large.sum() < 1.3 * small.sum()
    assert shadow[small].all()
    assert not shadow[~large].any()


@pytest.mark.parametrize('shape', [BOX, CYLINDER, ELLIPSOID])
def test_lit_sides_are_not_in_their_own_shadow(shape):
    x, y = np.random.default_rng(0).uniform(-0.7, 0.7, (2, 500))
    z = np.sqrt(1 - x**2 - y**2) if shape == ELLIPSOID else np.ones(500)
    points = np.stack([x, y, z], axis=1)
    rays = CENTER + HALF * points - SOURCE
    gradient = points / HALF * (1 if shape == ELLIPSOID else [0, 0, 1])
    facing = (gradient * rays).sum(axis=1) < -1e-3
    assert facing.sum() > 300
    shadow = in_shadow(rays[facing].T.astype(np.float32), SOURCE,
                       one_body(shape, CENTER, HALF))
    assert not shadow.any()


@pytest.mark.parametrize('shape, point, normal, axis', [
    (BOX, (0.3, -1.0, 0.8), (0, -1, 0), 1),
    (BOX, (1.0, 0.9, -0.5), (1, 0, 0), 0),
    (CYLINDER, (0.6, 0.8, -0.9), (0.6, 0.8, 0), -1),
    (CYLINDER, (0.6, -0.5, -1.0), (0, 0, -1), 2),
    (ELLIPSOID, (0.6, 0.0, -0.8), (0.6, 0.0, -0.8), -1),
])
def test_normals(shape, point, normal, axis):
    # With other shapes, because the function handles all shapes at once.
    shapes = np.array([ELLIPSOID, shape, BOX, CYLINDER])
    points = np.array([(0, 1, 0), point, (0, 0, 1), (0, 1, 0)], float).T
    normals, axes = unit_normals(shapes, points)
    np.testing.assert_allclose(normals[:, 1], normal)
    assert axes[1] == axis


def test_irradiance_is_lamberts_law():
    point = np.array([[0.3], [-0.2], [0.1]], np.float32)
    normal = np.array([[0.0], [0.6], [0.8]], np.float32)
    lights = [Light(np.array([1.0, 0.5, 2.0]), np.float32([1, 2, 3])),
              # behind the surface
              Light(np.array([0.3, -2.0, -1.0]), np.float32([9, 9, 9]))]
    nothing = one_body(BOX, (50, 50, 50), (1, 1, 1))
    got = irradiance(point, normal, lights, nothing)
    offset = lights[0].position - point[:, 0]
    distance = np.sqrt((offset**2).sum())
    cosine = offset @ normal[:, 0] / distance
    np.testing.assert_allclose(
        got[:, 0], np.array([1, 2, 3]) * cosine / (1 + distance**2), rtol=1e-5)
    blocker = one_body(ELLIPSOID, point[:, 0] + offset / 2, (0.1, 0.1, 0.1))
    assert irradiance(point, normal, lights, blocker).max() == 0


def test_lamp_shines_out_of_its_shade():
    rays = np.random.default_rng(0).normal(size=(3, 50)).astype(np.float32)
    shade = one_body(CYLINDER, (1, 2, 3), (0.1, 0.1, 0.1))
    assert not in_shadow(rays, np.array([1.0, 2.0, 3.02]), shade).any()


@pytest.mark.parametrize('index', range(len(textures.PATTERNS)))
def test_patterns_tile_and_fade_to_their_mean(index):
    step = (np.arange(64) + 0.5) / 64
    u, v = (axis.ravel() for axis in np.meshgrid(step, step))
    pattern = np.full(len(u), index)
    fine = textures.sample(pattern, u, v, np.full(len(u), 1 / 64))
    assert fine.min() >= 0 and fine.max() <= 1
    assert fine.std() > 0.02
    moved = textures.sample(pattern, u - 3, v + 2, np.full(len(u), 1 / 64))
    np.testing.assert_array_equal(fine, moved)
    coarse = textures.sample(pattern, u, v, np.full(len(u), 5.0))
    np.testing.assert_allclose(coarse, fine.mean(dtype=float), atol=1e-4)


@pytest.mark.parametrize('build', [
    furniture.table, furniture.chair, furniture.dining_set,
    furniture.bookcase, furniture.cupboard, furniture.sofa, furniture.bed,
    furniture.plant, furniture.floor_lamp, furniture.ladder, furniture.stack
])
def test_furniture_stands_on_the_floor(build):
    for seed in range(20):
        parts = build(Random(seed))
        lowest = min(part.center[2] - part.half[2] for part in parts
                     if part.tilt == 0)
        assert lowest == pytest.approx(0, abs=1e-9)
        assert all(min(part.half) > 0 for part in parts)


def test_rooms_keep_their_furniture_inside_and_off_the_camera():
    for index in range(30):
        scene = room(index, 32, 48)
        corners = scene.bodies.corners()
        size = corners[-1].max(axis=0)
        np.testing.assert_allclose(corners[-1].min(axis=0), 0, atol=1e-12)
        bodies = corners[:-1]
        assert (bodies > -0.3).all() and (bodies < size + 0.3).all()
        # Leaves and rotated boxes may touch walls, but not their centres.
        centers = scene.bodies.centers
        assert (centers > -0.02).all() and (centers < size + 0.02).all()
        position = scene.camera.position
        assert ((0.3 < position) & (position < size - 0.3)).all()
        assert len(scene.bodies) > 10
        # Distance to a box: the part of the offset outside it.
        local = np.einsum('nij,nj->ni', scene.bodies.rotations,
                          position - centers)
        outside = np.maximum(np.abs(local) - scene.bodies.halves, 0)[:-1]
        assert np.linalg.norm(outside, axis=1).min() > 0.3
