"""Loudness as a meter has it: known tones, weighting, pauses, and any chunking."""

import numpy as np
import pytest

from engine.ambisonics.loudness import LevelMeter, SourceLevel, SourceLoudness, weighted_power
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


@pytest.mark.parametrize("size", [1, 777, 48_000])
def test_the_level_of_a_whole_sound_does_not_depend_on_blocks(size: int) -> None:
    sound = (0.1 * np.random.default_rng(3).standard_normal((2, 5_000 if size == 1 else 96_000))).astype(np.float32)
    whole, parts = LevelMeter(), LevelMeter()
    whole.add(sound)
    for start in range(0, sound.shape[1], size):
        parts.add(sound[:, start : start + size])
    assert parts.level() == whole.level()
    assert whole.level().peak == np.abs(sound).max()


@pytest.mark.slow
def test_a_whole_sound_counts_its_beginning_even_after_minutes() -> None:
    minute = (0.1 * np.random.default_rng(4).standard_normal((1, 60 * 48_000))).astype(np.float32)
    meter, stream, first = LevelMeter(), SourceLoudness(), LevelMeter()
    first.add(minute)
    for gain in (1.0, 0.5, 0.5):
        meter.add(np.float32(gain) * minute)
        stream.add(np.float32(gain) * minute[0])
    assert meter.level().level_db - first.level().level_db == pytest.approx(-3.01, abs=0.05)  # (1 + 1/4 + 1/4) / 3
    assert stream.level_db < meter.level().level_db - 1.0


def test_evening_brings_sounds_to_one_level_within_its_limits() -> None:
    def evened(level_db: float, peak: float = 0.1) -> float:
        return level_db + 20.0 * np.log10(SourceLevel(level_db, 0.0, peak).evening_gain)

    assert evened(-20.0) == pytest.approx(evened(-40.0, 0.01))
    assert evened(-70.0, 0.001) == pytest.approx(-52.0)  # 18 dB at most: a whisper is not torn up
    assert SourceLevel(-40.0, 0.0, 0.6).evening_gain * 0.6 <= 0.7 + 1e-6  # nor are peaks
    assert SourceLevel(None, 0.0, 0.0).evening_gain == 1.0
