"""Figures of a sound's character, on signals whose figures are known."""

import numpy as np
import pytest

from engine.evaluation.measures.levels import decay_db, level_range_db, lows_db, onset_rhythm
from engine.evaluation.measures.likeness import mean_spectrum_db, nearest_db
from engine.evaluation.measures.tonality import tonal_share

RATE = 48_000
RNG = np.random.default_rng(0)
NOISE = RNG.standard_normal(4 * RATE)
T = np.arange(4 * RATE) / RATE


def ticks(period_s: float, jitter_s: float = 0.0) -> np.ndarray:
    """Return 4 s of short noise bursts over a quiet room."""
    wave = 1e-3 * NOISE.copy()
    for at in np.arange(0.1, 3.8, period_s):
        first = round((at + jitter_s * RNG.uniform(-1, 1)) * RATE)
        wave[first : first + 480] += RNG.standard_normal(480)
    return wave


def test_sines_are_tonal_and_noise_is_not() -> None:
    chord = sum(np.sin(2 * np.pi * hertz * T) for hertz in (150.0, 311.0, 1_000.0, 3_333.0, 9_000.0))
    assert tonal_share(chord) > 0.85
    assert tonal_share(NOISE) < 0.03
    assert 0.2 < tonal_share(chord + 3 * NOISE) < 0.85
    assert tonal_share(np.zeros(RATE)) == 0.0
    assert tonal_share(chord[:100]) >= 0.0


def test_a_tone_that_jumps_from_frame_to_frame_does_not_last() -> None:
    hertz = np.repeat(np.geomspace(400, 6_000, 100)[RNG.permutation(100)], 1_920)
    jumping = np.sin(2 * np.pi * np.cumsum(hertz) / RATE)
    assert tonal_share(jumping) < 0.3 < 0.9 < tonal_share(np.sin(2 * np.pi * 1_000 * T))


def test_level_range_and_decay() -> None:
    halves = np.where(T < 2.0, 1.0, 0.01) * NOISE
    assert level_range_db(halves) == pytest.approx(40.0, abs=1.0)
    assert level_range_db(1e-3 * halves) == pytest.approx(level_range_db(halves))
    assert level_range_db(NOISE) < 1.0
    assert decay_db(NOISE * 10 ** (-10.0 * T / 20)) == pytest.approx(-30.0, abs=0.5)
    assert level_range_db(np.zeros(RATE)) == decay_db(np.zeros(RATE)) == 0.0


def test_lows_are_what_is_below_100_hz() -> None:
    low, high = np.sin(2 * np.pi * 50 * T), np.sin(2 * np.pi * 1_000 * T)
    assert lows_db(low + high) == pytest.approx(-3.0, abs=0.2)
    assert lows_db(low) == pytest.approx(0.0, abs=0.2)
    assert lows_db(high) < -55.0
    # What nobody hears does not count.
    assert lows_db(np.sin(2 * np.pi * 5 * T) + high) < -40.0


def test_a_clock_has_a_rhythm_and_rain_has_none() -> None:
    assert onset_rhythm(ticks(0.5)) > 0.6
    assert onset_rhythm(ticks(0.5)) > onset_rhythm(ticks(0.5, jitter_s=0.2)) + 0.2
    assert onset_rhythm(NOISE) < 0.25
    assert onset_rhythm(np.zeros(RATE)) == onset_rhythm(NOISE[:1_000]) == 0.0


def test_a_copy_is_near_and_another_colour_is_not() -> None:
    dull = np.convolve(NOISE, np.ones(32) / 32, "same")
    others = [mean_spectrum_db(NOISE[: 2 * RATE]), mean_spectrum_db(dull)]
    assert nearest_db(mean_spectrum_db(0.1 * NOISE), others) < 0.5
    assert nearest_db(mean_spectrum_db(np.sin(2 * np.pi * 500 * T)), others) > 10.0
    assert np.isfinite(mean_spectrum_db(NOISE[:100])).all()
