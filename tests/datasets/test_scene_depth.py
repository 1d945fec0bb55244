"""The rendered depth against a brute-force ray caster.

The reference shares no formula with the package. It casts rays of unit length
in world coordinates, intersects the planes of faces and caps one by one,
checks that the hit is within the face, solves the quadrics in world
coordinates, and projects the hit onto the optical axis.
"""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdepth_gradloss.datasets.scenes import random_scene
from mmdepth_gradloss.datasets.scenes.camera import Camera
from mmdepth_gradloss.datasets.scenes.primitives import (BOX, CYLINDER,
                                                         ELLIPSOID, Bodies)
from mmdepth_gradloss.datasets.scenes.render import cast

FAR = 1e9


def unit_rays(camera):
    """World rays of unit length through the pixels' centres, (H * W, 3)."""
    rays = []
    right, below, forward = camera.rotation
    for row, column in np.ndindex(camera.height, camera.width):
        ray = (forward * camera.focal
               + right * (column - 0.5 * camera.width + 0.5)
               + below * (row - 0.5 * camera.height + 0.5))
        rays.append(ray / np.sqrt((ray**2).sum()))
    return np.array(rays)


def plane_hits(start, rays, point, normal, within):
    """Distances to a plane where ``within(hit - point)``, else FAR."""
    distance = ((point - start) @ normal) / (rays @ normal)
    offset = start + distance[:, None] * rays - point
    return np.where((distance > 0) & within(offset), distance, FAR)


def quadric_hits(start, rays, center, matrix, within):
    """Distances to (x - center)' matrix (x - center) = 1, else FAR."""
    offset = start - center
    a = np.einsum('ni,ij,nj->n', rays, matrix, rays)
    b = 2 * rays @ matrix @ offset
    c = offset @ matrix @ offset - 1
    best = np.full(len(rays), FAR)
    for sign in (-1, 1):
        distance = (-b + sign * np.sqrt(b**2 - 4 * a * c)) / (2 * a)
        hit = offset + distance[:, None] * rays
        ok = (distance > 0) & within(hit)
        best = np.where(ok, np.minimum(best, distance), best)
    return best


def box_hits(start, rays, center, axes, half):
    best = np.full(len(rays), FAR)
    for k in range(3):

        def within(offset):
            beside = np.abs(offset @ axes.T) <= half
            return np.delete(beside, k, axis=1).all(axis=1)

        for sign in (-1, 1):
            face = center + sign * half[k] * axes[k]
            best = np.minimum(
                best, plane_hits(start, rays, face, axes[k], within))
    return best


def cylinder_hits(start, rays, center, axes, half):
    axis, radius = axes[2], half[0]
    across = (np.eye(3) - np.outer(axis, axis)) / radius**2
    best = quadric_hits(start, rays, center, across,
                        lambda hit: np.abs(hit @ axis) <= half[2])
    for sign in (-1, 1):
        cap = center + sign * half[2] * axis
        best = np.minimum(best, plane_hits(
            start, rays, cap, axis,
            lambda offset: (offset**2).sum(axis=1) <= radius**2))
    return best


def ellipsoid_hits(start, rays, center, axes, half):
    matrix = sum(np.outer(axes[k], axes[k]) / half[k]**2 for k in range(3))
    return quadric_hits(start, rays, center, matrix,
                        lambda hit: np.ones(len(rays), dtype=bool))


HITS = {BOX: box_hits, CYLINDER: cylinder_hits, ELLIPSOID: ellipsoid_hits}


@np.errstate(all='ignore')
def reference_depth(camera, bodies):
    rays = unit_rays(camera)
    # The camera is inside the room, so the nearest face ahead is a wall.
    best = np.full(len(rays), FAR)
    for shape, *body in zip(bodies.shapes, bodies.centers, bodies.rotations,
                            bodies.halves):
        best = np.minimum(best, HITS[shape](camera.position, rays, *body))
    hits = best[:, None] * rays
    return (hits @ camera.rotation[2]).reshape(camera.height, camera.width)


def check_depth(camera, bodies):
    """Check every pixel, including those at edges and on thin bars."""
    depth, seen = cast(camera, bodies)
    np.testing.assert_allclose(
        depth, reference_depth(camera, bodies), rtol=1e-9)
    return depth, seen


def make_bodies(*bodies):
    """Bodies from (shape, center, half, yaw) and a room around them."""
    bodies = (*bodies, (BOX, (0, 0, 0), (5, 4, 1.5), 0))
    shapes, centers, halves, yaws = zip(*bodies)
    rotations = [[[np.cos(a), np.sin(a), 0], [-np.sin(a), np.cos(a), 0],
                  [0, 0, 1]] for a in yaws]
    return Bodies(np.array(shapes), np.array(centers, float),
                  np.array(rotations, float), np.array(halves, float),
                  np.zeros(len(shapes), int))


def make_camera(height=33, width=47, pitch=0.0, roll=0.0,
                position=(-4.0, 0.0, 0.0)):
    return Camera(np.array(position), Camera.orientation(0.0, pitch, roll),
                  0.8 * width, height, width)


@pytest.mark.parametrize('index', range(6))
def test_depth_of_rooms_equals_brute_force(index):
    rng = np.random.default_rng((3, index))
    # Wide, odd and upright sizes in turn.
    height, width = [(48, 72), (45, 65), (64, 40)][index % 3]
    scene = random_scene(rng, height, width)
    check_depth(scene.camera, scene.bodies)


@pytest.mark.parametrize('shape', [BOX, CYLINDER, ELLIPSOID])
def test_rays_parallel_to_the_sides_of_a_body(shape):
    """In the central row and column, where a naive division gives NaN."""
    half = (0.4, 0.4, 0.6) if shape == CYLINDER else (0.4, 0.3, 0.6)
    depth, seen = check_depth(
        make_camera(), make_bodies((shape, (-1.5, 0, 0), half, 0.0)))
    assert seen[16, 23] == 0
    assert depth[16, 23] == pytest.approx(2.5 - half[0])


@pytest.mark.parametrize('body, in_sight', [
    # Passes the camera on its right.
    ((BOX, (-1.5, -0.5, -0.3), (1.4, 0.2, 0.2), 0.05), True),
    # From behind left to ahead right: it covers the right border of the
    # image, although the corner behind the camera would project to the left.
    ((BOX, (-1.5, -0.1, -0.2), (2.55, 0.05, 0.05), -0.197), True),
    ((CYLINDER, (-1.6, 0.0, 0.2), (0.1, 0.1, 1), 0), False),
])
def test_body_beside_or_behind_the_camera(body, in_sight):
    camera = make_camera(pitch=-0.1, position=(-1.0, 0.0, 0.0))
    bodies = make_bodies(body)
    _, seen = check_depth(camera, bodies)
    assert (seen[:, -1] == 0).any() == in_sight
    top, bottom, left, right = camera.windows(bodies.corners())[0]
    assert (top < bottom and left < right) == in_sight


@settings(max_examples=40)
@given(shape=st.sampled_from([BOX, CYLINDER, ELLIPSOID]),
       center=st.tuples(st.floats(-3, 4), st.floats(-3, 3), st.floats(-1, 1)),
       half=st.tuples(*[st.floats(0.005, 1)] * 3),
       yaw=st.floats(-3, 3), pitch=st.floats(-0.6, 0.6))
def test_any_body_equals_brute_force(shape, center, half, yaw, pitch):
    if shape == CYLINDER:
        half = (half[0], half[0], half[2])
    bodies = make_bodies((shape, center, half, yaw))
    camera = make_camera(15, 21, pitch=pitch, roll=0.1,
                         position=(-4.5, 0.1, 0.2))
    depth, _ = cast(camera, bodies)
    reference = reference_depth(camera, bodies)
    # A ray may graze the body within rounding; all others agree.
    assert (np.abs(depth - reference) > 1e-6).sum() <= 1


def test_camera_projects_as_a_pinhole():
    """x is right, y is down, roll and pitch turn as documented."""
    ball = (ELLIPSOID, (0.0, -1.0, 0.5), (0.05, ) * 3, 0)
    camera = make_camera(301, 401)
    _, seen = cast(camera, make_bodies(ball))
    rows, columns = np.nonzero(seen == 0)
    # 4 m ahead, 1 m to the right (-y when looking along +x), 0.5 m up.
    assert columns.mean() == pytest.approx(200 + 0.8 * 401 * 1 / 4, abs=0.5)
    assert rows.mean() == pytest.approx(150 - 0.8 * 401 * 0.5 / 4, abs=0.5)
    looking_up = make_camera(301, 401, pitch=np.arctan2(0.5, 4))
    rows, _ = np.nonzero(cast(looking_up, make_bodies(ball))[1] == 0)
    assert rows.mean() == pytest.approx(150, abs=1)
    matrix = Camera.orientation(0.7, -0.3, 0.2)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1)
