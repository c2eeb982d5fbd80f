import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ambisonics.encoding import encode_path, encode_point, sn3d_gains
from engine.ambisonics.intensity import (
    active_intensity,
    direction_and_diffuseness,
    direction_per_band,
    doa_per_second,
    levels_of,
)
from engine.contract.audio import FoaBlock
from engine.contract.directions import angle_between, unit_vectors

RATE = 48_000


def noise(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def diffuse_field(seconds=1.0, waves=400, seed=0):
    """Uncorrelated plane waves from everywhere: physics, not four independent channels."""
    vectors = noise(seed, waves, 3)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return sn3d_gains(vectors).T @ noise(seed + 1, waves, int(seconds * RATE)) / np.sqrt(waves)


def tone(frequency_hz, seconds=1.0):
    return np.sin(2 * np.pi * frequency_hz * np.arange(int(seconds * RATE)) / RATE)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.floats(-np.pi, np.pi), st.floats(-np.pi / 2, np.pi / 2), st.integers(0, 1000))
def test_a_single_source_at_20_db_snr_is_found_within_two_degrees(azimuth, elevation, seed):
    vector = unit_vectors(azimuth, elevation)
    foa = encode_point(noise(seed, RATE), vector) + 0.1 * noise(seed + 1, 4, RATE)
    found, diffuseness = direction_and_diffuseness(foa)
    assert np.rad2deg(angle_between(found, vector)) <= 2.0
    assert diffuseness < 0.05


def test_a_plane_wave_has_intensity_and_energy_of_its_pressure():
    foa = encode_point(0.5 * tone(1000.0), unit_vectors(1.0, 0.3))
    intensity, energy = active_intensity(foa)
    assert energy == pytest.approx(0.125, rel=1e-3)
    assert np.linalg.norm(intensity) == pytest.approx(0.125, rel=1e-3)


@pytest.mark.slow
def test_diffuseness_goes_from_a_plane_wave_to_a_diffuse_field():
    wave = encode_point(noise(3, RATE), unit_vectors(0.5, 0.0))
    field = diffuse_field()
    spread = [direction_and_diffuseness(np.sqrt(1 - d) * wave + np.sqrt(d) * field)[1] for d in (0.0, 0.5, 1.0)]
    assert spread[0] < 0.001
    assert spread[1] == pytest.approx(0.5, abs=0.06)
    assert spread[2] > 0.9


def test_a_standing_wave_carries_no_intensity():
    assert direction_and_diffuseness(
        encode_point(tone(1000.0), unit_vectors(0.0, 0.0)) + encode_point(tone(1000.0), unit_vectors(np.pi, 0.0))
    )[1] == pytest.approx(1.0, abs=1e-6)


def test_bands_tell_two_sources_apart():
    low, high = unit_vectors(1.2, 0.0), unit_vectors(-2.0, 0.5)
    foa = encode_point(tone(700.0), low) + encode_point(tone(5000.0), high)
    vectors, diffuseness, energy = direction_per_band(foa, [200.0, 2000.0, 8000.0, 16_000.0])
    assert angle_between(vectors[0], low) < 1e-3
    assert angle_between(vectors[1], high) < 1e-3
    assert energy[2] < 1e-6 * energy[0]
    assert max(diffuseness[:2]) < 1e-3


def test_rumble_below_the_band_does_not_move_the_direction():
    foa = encode_point(noise(5, RATE), unit_vectors(0.8, 0.0)) + encode_point(20 * tone(60.0), unit_vectors(-2.0, 0.0))
    found, _ = direction_and_diffuseness(foa)
    assert np.rad2deg(angle_between(found, unit_vectors(0.8, 0.0))) < 1.0


def test_seconds_follow_a_moving_source_across_the_back():
    ends = unit_vectors(np.deg2rad([140.0, -160.0]), 0.0)
    foa = encode_path(noise(6, 6 * RATE), ends, [0.0, 6.0 * RATE])
    track = doa_per_second(foa)
    assert track.start_s.tolist() == [0, 1, 2, 3, 4, 5]
    expected = np.deg2rad([150, 155, 165, 175, 185, 190])  # the middles; both ends are averaged with one neighbour
    assert np.all(np.rad2deg(angle_between(track.vectors, unit_vectors(expected, 0.0))) < 1.5)
    raw = doa_per_second(foa, smooth=False)
    middles = np.deg2rad(140.0 + 10.0 * (np.arange(6) + 0.5))
    assert np.all(np.rad2deg(angle_between(raw.vectors, unit_vectors(middles, 0.0))) < 1.0)


def test_silence_has_no_direction_and_does_not_spread():
    foa = np.concatenate([np.zeros((4, RATE)), encode_point(noise(7, RATE), unit_vectors(0.3, 0.0))], axis=1)
    track = doa_per_second(foa)
    np.testing.assert_array_equal(track.vectors[0], 0.0)
    assert track.diffuseness[0] == 1.0
    assert track.azimuth_deg[1] == pytest.approx(np.rad2deg(0.3), abs=0.5)


@pytest.mark.parametrize(("samples", "segments"), [(0, 0), (100, 1), (RATE, 1), (RATE + 100, 1), (RATE + 9000, 2)])
def test_short_and_odd_lengths_are_measured(samples, segments):
    track = doa_per_second(encode_point(noise(8, samples), unit_vectors(1.0, 0.0)))
    assert len(track.start_s) == segments
    if samples:
        assert track.azimuth_deg[0] == pytest.approx(np.rad2deg(1.0), abs=1.0)


def test_levels_read_a_block_as_the_slow_way_does():
    vector = unit_vectors(-1.0, 0.4)
    samples = (0.1 * encode_point(noise(9, 7680), vector)).astype(np.float32)
    levels = levels_of(FoaBlock(3, 96_000, samples))
    assert (levels.epoch, levels.start_s, levels.duration_s) == (3, 2.0, 0.16)
    np.testing.assert_allclose(levels.rms, 0.1 * np.abs(sn3d_gains(vector)), rtol=0.05)
    assert np.rad2deg(angle_between(levels.direction, vector)) < 0.5
    assert levels.diffuseness < 0.01


def test_levels_of_distant_thunder_and_of_silence():
    samples = encode_point(0.2 * tone(50.0, 0.16), unit_vectors(2.0, 0.0))
    assert np.rad2deg(angle_between(levels_of(FoaBlock(0, 0, samples)).direction, unit_vectors(2.0, 0.0))) < 1.0
    for n in (0, 1, 7680):
        silent = levels_of(FoaBlock(0, 0, np.zeros((4, n), np.float32)))
        np.testing.assert_array_equal(silent.direction, 0.0)
        assert silent.diffuseness == 1.0
