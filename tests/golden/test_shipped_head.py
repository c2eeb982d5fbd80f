"""The shipped binaural filters against what is known of human heads, read from the taps alone, without the renderer."""

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.ambisonics.binaural_file import SHIPPED_FILTERS, load_filters

RATE = 48_000
HEAD_RADIUS_M, SOUND_M_S = 0.0875, 343.0


def ears(azimuth_deg: float, elevation_deg: float = 0.0) -> NDArray[np.float64]:
    """Plain sums over the channels W, Y, Z, X for a plane wave; no code of the project but the file's reader."""
    az, el = np.deg2rad([azimuth_deg, elevation_deg])
    w, y, z, x = 1.0, np.sin(az) * np.cos(el), np.sin(el), np.cos(az) * np.cos(el)
    taps: NDArray[np.float64] = load_filters().taps.astype(float)
    heard: NDArray[np.float64] = w * taps[:, 0] + y * taps[:, 1] + z * taps[:, 2] + x * taps[:, 3]
    return heard


def band_db(response: NDArray[np.float64], low_hz: float, high_hz: float) -> NDArray[np.float64]:
    spectrum = np.abs(np.fft.rfft(response, 4096, axis=-1)) ** 2
    frequency = np.fft.rfftfreq(4096, 1 / RATE)
    level_db: NDArray[np.float64] = 10 * np.log10(
        spectrum[..., (frequency >= low_hz) & (frequency < high_hz)].mean(axis=-1)
    )
    return level_db


def onset_samples(response: NDArray[np.float64]) -> float:
    """First sample above a tenth of the peak of the four-times finer response."""
    size = response.size
    fine = np.fft.irfft(np.fft.rfft(response), 4 * size)
    return float(np.argmax(np.abs(fine) > 0.1 * np.abs(fine).max())) / 4.0


def test_the_file_is_the_one_that_was_measured() -> None:
    digest = hashlib.sha256(SHIPPED_FILTERS.read_bytes()).hexdigest()
    assert digest == "89a117ed240ab2dfdd94390cce1a9fac482e9cba56ea34b42d9ca23a41f5a940"
    assert load_filters().taps.shape == (2, 4, 256)


@pytest.mark.parametrize("side", [1, -1])
def test_the_level_difference_at_the_side_is_that_of_a_head(side: int) -> None:
    left, right = band_db(ears(90.0 * side), 500.0, 16_000.0)
    assert 5.0 < side * (left - right) < 25.0
    low_left, low_right = band_db(ears(90.0 * side), 100.0, 400.0)
    assert 0.0 <= side * (low_left - low_right) < 8.0  # a head shades little where the wave is longer than it is


@pytest.mark.parametrize("azimuth", [30.0, 60.0, 90.0])
def test_the_time_difference_is_that_of_a_head(azimuth: float) -> None:
    """Group of low frequencies: 3 a / c sin(az) for a sphere below its first mode (Kuhn 1977), within a third."""
    frequency = np.arange(150.0, 500.0, 50.0)
    turn = np.exp(-2j * np.pi * np.outer(frequency, np.arange(256)) / RATE)
    left, right = turn @ ears(azimuth)[0], turn @ ears(azimuth)[1]
    lead_s = np.median(np.angle(left / right) / (2 * np.pi * frequency))
    assert lead_s == pytest.approx(3 * HEAD_RADIUS_M / SOUND_M_S * np.sin(np.deg2rad(azimuth)), rel=1 / 3)
    energy = ears(azimuth) ** 2
    centre = energy @ np.arange(256) / energy.sum(axis=1)
    assert centre[0] < centre[1]


def test_the_front_is_in_the_middle_and_both_halves_are_equal() -> None:
    np.testing.assert_allclose(ears(0.0)[0], ears(0.0)[1], atol=1e-4)
    for azimuth, elevation in ((45.0, 0.0), (100.0, 30.0)):
        np.testing.assert_allclose(ears(azimuth, elevation), ears(-azimuth, elevation)[::-1], atol=1e-4)


def test_the_colour_of_a_diffuse_field_is_flat_and_its_level_is_that_of_w() -> None:
    """Mean over a ring of octaves: this head was measured diffuse-field equalised, so +-2 dB is all there may be."""
    rng = np.random.default_rng(0)
    around = [(np.rad2deg(a), np.rad2deg(np.arcsin(s))) for a, s in rng.uniform([-np.pi, -1], [np.pi, 1], (400, 2))]
    responses = np.array([ears(*direction) for direction in around])
    for low_hz in (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0):
        octave = 10 * np.log10(np.mean(10 ** (band_db(responses, low_hz, 2 * low_hz) / 10)))
        assert abs(octave) < 2.0


def test_the_delay_is_short_and_the_tail_is_cut_where_it_is_silent() -> None:
    taps = load_filters().taps.astype(float)
    assert min(onset_samples(ear) for ear in ears(0.0)) < 64
    assert np.sum(taps[..., -32:] ** 2) < 1e-5 * np.sum(taps**2)
    assert np.sum(taps[..., :8] ** 2) < 1e-4 * np.sum(taps**2)
