import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ambisonics.encoding import sn3d_gains
from engine.ambisonics.rotation import FADE_SAMPLES, BlockRotator, head_axes, rotation_matrix, turn_left
from engine.contract.directions import angle_between, unit_vectors
from engine.contract.view import FRONT, ViewOrientation

ANGLES = st.floats(-2 * np.pi, 2 * np.pi)
VIEWS = st.builds(ViewOrientation, ANGLES, ANGLES, ANGLES)


def encoded(azimuth_deg, elevation_deg=0.0):
    return sn3d_gains(unit_vectors(np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg)))


def heard(azimuth_deg, elevation_deg=0.0, *, yaw=0.0, pitch=0.0, roll=0.0):
    return rotation_matrix(ViewOrientation(*np.deg2rad([yaw, pitch, roll]))) @ encoded(azimuth_deg, elevation_deg)


@pytest.mark.parametrize("yaw", [-170.0, -90.0, 30.0, 90.0, 180.0])
def test_a_source_where_the_view_points_is_heard_in_front(yaw):
    np.testing.assert_allclose(heard(yaw, yaw=yaw), encoded(0.0), atol=1e-12)


def test_each_axis_turns_as_the_contract_says():
    np.testing.assert_allclose(heard(0.0, yaw=90.0), encoded(-90.0), atol=1e-12)  # looking left: the front is right
    np.testing.assert_allclose(heard(0.0, 40.0, pitch=40.0), encoded(0.0), atol=1e-12)  # looking up at it
    np.testing.assert_allclose(heard(0.0, 90.0, roll=90.0), encoded(90.0), atol=1e-12)  # left ear up: it hears above
    np.testing.assert_allclose(heard(90.0, 40.0, yaw=90.0, pitch=40.0), encoded(0.0), atol=1e-12)  # yaw, then pitch


@pytest.mark.slow
@given(VIEWS, ANGLES, st.floats(-np.pi / 2, np.pi / 2))
def test_rotating_an_encoded_source_is_encoding_the_rotated_direction(view, azimuth, elevation):
    vector = unit_vectors(azimuth, elevation)
    np.testing.assert_allclose(
        rotation_matrix(view) @ sn3d_gains(vector), sn3d_gains(head_axes(view).T @ vector), atol=1e-12
    )


@pytest.mark.slow
@given(VIEWS)
def test_a_rotation_keeps_energy_and_handedness(view):
    matrix = rotation_matrix(view)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(4), atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1.0)


@pytest.mark.slow
@given(VIEWS, ANGLES, ANGLES)
def test_a_rotation_keeps_the_angle_between_two_sources(view, first, second):
    a, b = unit_vectors(first, 0.3), unit_vectors(second, -0.8)
    turned_a, turned_b = (rotation_matrix(view) @ sn3d_gains(v) for v in (a, b))
    order = [3, 1, 2]
    assert angle_between(turned_a[order], turned_b[order]) == pytest.approx(angle_between(a, b), abs=1e-7)


def test_a_steady_view_is_one_matrix():
    foa = np.random.default_rng(0).standard_normal((4, 3000)).astype(np.float32)
    view = ViewOrientation(1.0, 0.2, -0.3)
    np.testing.assert_allclose(BlockRotator(view).process(foa, view), rotation_matrix(view) @ foa, atol=1e-5)


@pytest.mark.slow
@given(st.lists(st.integers(1, 700), min_size=1, max_size=12))
def test_a_fade_does_not_depend_on_the_cutting(sizes):
    foa = np.random.default_rng(0).standard_normal((4, sum(sizes))).astype(np.float32)
    view = ViewOrientation(2.5, 0.5, 0.1)
    whole = BlockRotator().process(foa, view)
    rotator = BlockRotator()
    cuts = np.cumsum(sizes)[:-1]
    pieces = [rotator.process(piece, view) for piece in np.split(foa, cuts, axis=1)]
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, atol=1e-5)


def test_a_new_view_is_reached_after_the_fade_and_gains_move_in_small_steps():
    foa = np.ones((4, 64), np.float32)
    views = [ViewOrientation(np.pi), ViewOrientation(-1.0, 0.4), FRONT]  # each before the fade to the last one is over
    rotator = BlockRotator()
    blocks = [rotator.process(foa, FRONT)]
    for view in views:
        blocks += [rotator.process(foa, view) for _ in range(3)]
    blocks += [rotator.process(foa, views[-1]) for _ in range(FADE_SAMPLES // 64)]
    gains = np.concatenate(blocks, axis=1)
    assert np.max(np.abs(np.diff(gains, axis=1))) < 9.0 / FADE_SAMPLES
    np.testing.assert_allclose(gains[:, -1], 1.0, atol=1e-6)


def fading_samples(turn_deg: float) -> int:
    """Return after how many samples a turn to the left is reached."""
    foa = np.ones((4, 2 * FADE_SAMPLES), np.float32)
    gains = BlockRotator().process(foa, ViewOrientation(np.deg2rad(turn_deg)))
    return int(np.flatnonzero(np.abs(gains - gains[:, -1:]).max(axis=0) > 1e-5)[-1]) + 2


def test_a_far_turn_is_reached_in_half_the_time_of_a_near_one():
    assert fading_samples(20.0) == FADE_SAMPLES
    assert fading_samples(90.0) == fading_samples(180.0) == FADE_SAMPLES // 2


def test_steady_turning_has_no_steps():
    """At 300 degrees per second, one view per block: the gains move in straight lines from block to block."""
    rotator, foa = BlockRotator(), np.ones((4, FADE_SAMPLES), np.float32)
    views = [ViewOrientation(np.deg2rad(3.2 * k)) for k in range(1, 30)]
    gains = np.concatenate([rotator.process(foa, view) for view in views], axis=1)
    assert np.max(np.abs(np.diff(gains, n=2, axis=1))) < 1e-4


def test_an_empty_block_is_fine():
    assert BlockRotator().process(np.zeros((4, 0), np.float32), ViewOrientation(1.0)).shape == (4, 0)


def test_a_field_turned_left_comes_from_further_left():
    mono = np.random.default_rng(3).normal(size=4_800).astype(np.float32)
    field = (encoded(20.0, 30.0)[:, None] * mono).astype(np.float32)
    turned = turn_left(field, np.deg2rad(50.0))
    assert turned.dtype == np.float32
    np.testing.assert_allclose(turned, encoded(70.0, 30.0)[:, None] * mono, atol=1e-5)
