import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ambisonics.encoding import encode_path, encode_point, path_at, sn3d_gains
from engine.contract.conventions import AcnChannel
from engine.contract.directions import Direction, angle_between, slerp, unit_vectors

AZIMUTHS = st.floats(-np.pi, np.pi)
ELEVATIONS = st.floats(-np.pi / 2, np.pi / 2)


@pytest.mark.parametrize(
    ("direction", "channel"),
    [(Direction(0.0), AcnChannel.X), (Direction(90.0), AcnChannel.Y), (Direction(0.0, 90.0), AcnChannel.Z)],
)
def test_front_left_and_up_are_on_the_axes(direction, channel):
    mono = np.linspace(-1.0, 1.0, 50)
    foa = encode_point(mono, direction)
    np.testing.assert_allclose(foa[AcnChannel.W], mono, atol=1e-7)
    np.testing.assert_allclose(foa[channel], mono, atol=1e-7)
    others = [c for c in (AcnChannel.X, AcnChannel.Y, AcnChannel.Z) if c != channel]
    np.testing.assert_allclose(foa[others], 0.0, atol=1e-7)


@pytest.mark.slow
@given(AZIMUTHS, ELEVATIONS)
def test_the_directional_channels_together_are_as_strong_as_w(azimuth, elevation):
    gains = sn3d_gains(unit_vectors(azimuth, elevation))
    assert np.sum(gains[1:] ** 2) == pytest.approx(gains[0] ** 2)


@pytest.mark.slow
@given(AZIMUTHS, ELEVATIONS, AZIMUTHS, ELEVATIONS, st.floats(0.0, 1.0))
def test_a_path_follows_the_great_circle_of_the_contract(az_a, el_a, az_b, el_b, fraction):
    ends = unit_vectors([az_a, az_b], [el_a, el_b])
    reached = path_at(ends, [100.0, 300.0], [100.0 + 200.0 * fraction])[0]
    # Near-opposite ends have no well-defined circle; the angle from the start is defined all the same.
    whole = angle_between(ends[0], ends[1])
    assert angle_between(ends[0], reached) == pytest.approx(fraction * whole, abs=1e-5)
    if whole < 3.0:
        np.testing.assert_allclose(reached, slerp(ends[0], ends[1], fraction), atol=1e-6)


def test_a_path_holds_its_ends_and_passes_its_points():
    points = unit_vectors(np.deg2rad([0.0, 60.0, 170.0]), 0.0)
    at = path_at(points, [10.0, 20.0, 40.0], [0, 10, 15, 20, 40, 99])
    np.testing.assert_allclose(np.rad2deg(np.arctan2(at[:, 1], at[:, 0])), [0, 0, 30, 60, 170, 170], atol=1e-9)


def test_a_path_through_the_back_does_not_swing_through_the_front():
    points = unit_vectors(np.deg2rad([170.0, -170.0]), 0.0)
    at = path_at(points, [0.0, 100.0], np.arange(101))
    assert np.all(at[:, 0] < -0.98)


def test_a_moving_source_is_smooth_to_the_sample():
    foa = encode_path(np.ones(48_000), unit_vectors([0.0, 2.0, -1.0], [0.0, 0.5, -0.5]), [0.0, 20_000.0, 48_000.0])
    assert np.max(np.abs(np.diff(foa, axis=1))) < 3.0 / 20_000


def test_a_path_of_one_point_is_a_standing_source():
    mono = np.random.default_rng(1).standard_normal(100)
    vector = unit_vectors(0.4, 0.2)
    np.testing.assert_array_equal(encode_path(mono, [vector], [50.0]), encode_point(mono, vector))


@pytest.mark.parametrize("times", [[0.0, 0.0], [1.0, 0.0], [0.0]])
def test_times_that_do_not_grow_are_refused(times):
    with pytest.raises(ValueError, match="path"):
        path_at(unit_vectors([0.0, 1.0], 0.0), times, [0])
