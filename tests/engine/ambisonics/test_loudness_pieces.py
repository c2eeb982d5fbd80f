"""Loudness while it is heard: the signals of EBU Tech 3341, and scipy's filters as a second opinion."""

import numpy as np
import pytest
from scipy.signal import sosfilt

from engine.ambisonics.loudness import _HIGH_PASS, _SHELF
from engine.ambisonics.loudness_pieces import LoudnessGate, PieceMeter
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.telemetry import LoudnessValues

PIECE_SAMPLES = SAMPLE_RATE_HZ // 10


def measured(sound: np.ndarray, gate: LoudnessGate | None = None) -> LoudnessValues:
    """Return what the meters show after a sound (C, N)."""
    meter, gate = PieceMeter(sound.shape[0]), gate or LoudnessGate()
    for at in range(0, sound.shape[1] // PIECE_SAMPLES * PIECE_SAMPLES, PIECE_SAMPLES):
        levels = meter.measure(sound[:, at : at + PIECE_SAMPLES].astype(np.float32))
        gate.add(float(levels.powers.sum()), float(levels.peaks.max()), float(levels.true_peaks.max()))
    return gate.values()


def stereo_tone(*steps: tuple[float, float], frequency_hz: float = 1000.0) -> np.ndarray:
    """Return a tone (2, N) in steps of (level in dB of full scale, seconds)."""
    gains = np.concatenate([np.full(round(s * SAMPLE_RATE_HZ), 10.0 ** (db / 20.0)) for db, s in steps])
    tone = gains * np.sin(2.0 * np.pi * frequency_hz * np.arange(gains.size) / SAMPLE_RATE_HZ)
    return np.stack([tone, tone])


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_a_tone_has_its_level_in_all_three_times(level: float) -> None:
    values = measured(stereo_tone((level, 20.0)))
    assert values.momentary_lufs == pytest.approx(level, abs=0.1)
    assert values.short_lufs == pytest.approx(level, abs=0.1)
    assert values.integrated_lufs == pytest.approx(level, abs=0.1)


@pytest.mark.parametrize(
    "steps",
    [
        ((-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)),
        ((-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)),
        ((-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)),
    ],
)
def test_quiet_parts_are_gated_as_the_recommendation_says(steps: tuple[tuple[float, float], ...]) -> None:
    assert measured(stereo_tone(*steps)).integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_momentary_and_short_follow_the_last_seconds() -> None:
    values = measured(stereo_tone((-40.0, 10.0), (-20.0, 0.4)))
    assert values.momentary_lufs == pytest.approx(-20.0, abs=0.1)
    assert values.short_lufs == pytest.approx(-20.0 + 10.0 * np.log10(0.4 / 3.0 + 0.01 * 2.6 / 3.0), abs=0.1)


def test_pieces_are_weighted_as_a_filter_that_runs_through() -> None:
    sound = 0.1 * np.random.default_rng(0).standard_normal((2, 12 * PIECE_SAMPLES)).cumsum(axis=1) * 0.02
    sections = np.array([[*_SHELF[0], *_SHELF[1]], [*_HIGH_PASS[0], *_HIGH_PASS[1]]])
    through = np.square(sosfilt(sections, sound, axis=1)).reshape(2, 12, PIECE_SAMPLES).mean(axis=2)
    meter = PieceMeter(2)
    pieces = [
        meter.measure(sound[:, at : at + PIECE_SAMPLES].astype(np.float32)).powers
        for at in range(0, sound.shape[1], PIECE_SAMPLES)
    ]
    np.testing.assert_allclose(np.array(pieces).T, through, rtol=1e-4)


@pytest.mark.parametrize(
    ("share_of_rate", "phase_deg", "amplitude"),
    [(4, 0.0, 0.5), (4, 45.0, 0.5), (6, 60.0, 0.5), (8, 67.5, 0.5), (4, 45.0, 1.41)],
)
def test_a_peak_between_samples_is_found(share_of_rate: int, phase_deg: float, amplitude: float) -> None:
    """EBU Tech 3341, cases 15 to 19: within +0.2 and -0.4 dB."""
    n = 10 * PIECE_SAMPLES
    fade = np.minimum(1.0, np.minimum(np.arange(n), np.arange(n)[::-1]) / 2400.0)
    tone = amplitude * fade * np.sin(2.0 * np.pi * np.arange(n) / share_of_rate + np.deg2rad(phase_deg))
    values = measured(tone[None])
    expected = 20.0 * np.log10(amplitude)
    assert values.true_peak_db is not None
    assert -0.4 <= values.true_peak_db - expected <= 0.2
    if phase_deg == 45.0:
        assert values.peak_db == pytest.approx(expected - 3.01, abs=0.02)


def test_a_peak_across_two_pieces_is_found() -> None:
    sound = np.zeros((1, 2 * PIECE_SAMPLES))
    around = np.arange(-40, 40)
    sound[0, PIECE_SAMPLES - 40 : PIECE_SAMPLES + 40] = 0.5 * np.sinc((around + 0.5) * 0.9)
    assert measured(sound).true_peak_db == pytest.approx(-6.02, abs=0.1)


def test_a_reset_forgets_what_was_loud_and_silence_has_no_loudness() -> None:
    gate = LoudnessGate()
    measured(stereo_tone((-10.0, 4.0)), gate)
    gate.reset()
    assert gate.values().integrated_lufs is None
    assert gate.values().peak_db is None
    values = measured(stereo_tone((-30.0, 6.0)), gate)
    assert values.integrated_lufs == pytest.approx(-30.0, abs=0.1)
    assert values.peak_db == pytest.approx(-30.0, abs=0.1)
    assert measured(np.zeros((2, 5 * PIECE_SAMPLES))) == LoudnessValues()


def test_an_hour_is_measured_in_the_memory_of_a_second() -> None:
    gate = LoudnessGate()
    random = np.random.default_rng(0)
    for power in 10.0 ** random.uniform(-5.0, -1.0, 36_000):
        gate.add(power, 0.1, 0.1)
    kept = sum(value.nbytes for value in vars(gate).values() if isinstance(value, np.ndarray))
    assert kept < 200_000
    assert len(gate._pieces) == 30
