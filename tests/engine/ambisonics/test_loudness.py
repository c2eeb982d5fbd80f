"""Loudness as a meter has it: known tones, weighting, pauses, and any chunking."""

import numpy as np
import pytest

from engine.ambisonics.loudness import SourceLoudness, weighted_power
from engine.contract.conventions import SAMPLE_RATE_HZ

PIECE = 1920


def tone(hz: float, seconds: float = 2.0, amplitude: float = 1.0) -> np.ndarray:
    times = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * times)).astype(np.float32)


def level_db(mono: np.ndarray) -> float:
    loudness = SourceLoudness()
    loudness.add(mono[: mono.size // PIECE * PIECE])
    assert loudness.level_db is not None
    return loudness.level_db


def test_a_tone_of_1_khz_reads_as_the_recommendation_says() -> None:
    """997 Hz at full scale is -3.01 LUFS, which is 0.691 dB below its weighted mean square."""
    assert level_db(tone(1000.0)) - 0.691 == pytest.approx(-3.01, abs=0.05)
    assert level_db(tone(1000.0, amplitude=0.1)) - 0.691 == pytest.approx(-23.01, abs=0.05)


def test_bass_counts_less_and_treble_more() -> None:
    assert level_db(tone(50.0)) < level_db(tone(1000.0)) - 3.0
    assert level_db(tone(4000.0)) == pytest.approx(level_db(tone(1000.0)) + 3.3, abs=0.3)


def test_pauses_do_not_make_a_sound_less_loud() -> None:
    loud, pause = tone(1000.0, 1.0, 0.1), np.zeros(4 * SAMPLE_RATE_HZ, np.float32)
    assert level_db(np.concatenate([loud, pause] * 4)) == pytest.approx(level_db(loud), abs=2.0)


def test_silence_has_no_loudness_and_chunks_do_not_matter() -> None:
    silent = SourceLoudness()
    silent.add(np.zeros(10 * PIECE, np.float32))
    assert silent.level_db is None
    noise = (0.05 * np.random.default_rng(1).standard_normal(40 * PIECE)).astype(np.float32)
    chunked = SourceLoudness()
    for start in range(0, noise.size, 4 * PIECE):
        chunked.add(noise[start : start + 4 * PIECE])
    assert chunked.level_db == level_db(noise)
    assert weighted_power(noise).shape == (40,)


def test_pauses_are_known_and_rain_has_none() -> None:
    def pauses_db(mono: np.ndarray) -> float:
        loudness = SourceLoudness()
        loudness.add(mono[: mono.size // PIECE * PIECE])
        return loudness.pauses_db

    loud, quiet = tone(1000.0, 1.0, 0.1), tone(1000.0, 4.0, 0.004)
    assert pauses_db(np.concatenate([loud, quiet] * 4)) > 4.0
    assert pauses_db(tone(1000.0, 3.0, 0.1)) == pytest.approx(0.0, abs=1e-9)
    assert SourceLoudness().pauses_db == 0.0
