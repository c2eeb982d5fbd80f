"""Loudness and true peak agree with the recommendation and with FFmpeg's meter."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.ambisonics import loudness
from engine.ambisonics.bs1770 import SILENT_DB, LoudnessMeter
from engine.ambisonics.loudness_pieces import k_weighting


def measured(sound: np.ndarray, rate_hz: int = 48_000, piece: int = 7_001):
    meter = LoudnessMeter(sound.shape[0], rate_hz)
    for at in range(0, sound.shape[1], piece):
        meter.add(sound[:, at : at + piece])
    return meter.loudness()


def tone(hz: float, db: float, seconds: float = 5.0, rate_hz: int = 48_000, phase: float = 0.0) -> np.ndarray:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return (10 ** (db / 20) * np.sin(2 * np.pi * hz * t + phase)).astype(np.float32)


def test_the_filters_at_48_khz_are_those_of_the_recommendation() -> None:
    shelf, high_pass = k_weighting(48_000)
    assert np.allclose(shelf, [*loudness._SHELF[0], *loudness._SHELF[1]], atol=1e-6)
    assert np.allclose(high_pass, [*loudness._HIGH_PASS[0], *loudness._HIGH_PASS[1]], atol=1e-6)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_a_tone_of_full_scale_in_one_channel_is_at_minus_3(rate_hz: int) -> None:
    assert measured(tone(997.0, 0.0, rate_hz=rate_hz)[None], rate_hz).integrated_lufs == pytest.approx(-3.01, abs=0.05)
    both = np.stack([tone(997.0, -20.0, rate_hz=rate_hz)] * 2)
    assert measured(both, rate_hz).integrated_lufs == pytest.approx(-20.0, abs=0.05)


def test_pauses_do_not_count() -> None:
    loud = tone(997.0, -20.0, 10.0)
    quiet = tone(997.0, -50.0, 10.0)
    alone = measured(loud[None]).integrated_lufs
    assert alone is not None
    assert measured(np.concatenate([loud, quiet])[None]).integrated_lufs == pytest.approx(alone, abs=0.15)


def test_a_peak_between_the_samples_is_found() -> None:
    hidden = tone(12_000.0, 0.0, 0.5, phase=np.pi / 4)  # every sample is 3 dB below the peak
    assert 20 * np.log10(np.abs(hidden).max()) == pytest.approx(-3.01, abs=0.02)
    assert measured(hidden[None] * np.hanning(hidden.size)).true_peak_dbtp == pytest.approx(0.0, abs=0.1)
    click = np.zeros((1, 100), np.float32)
    click[0, -1] = 0.5  # the last sample counts too
    assert measured(click).true_peak_dbtp >= -6.03


def test_silence_and_a_short_sound_have_no_loudness() -> None:
    assert measured(np.zeros((2, 96_000), np.float32)).integrated_lufs is None
    assert measured(np.zeros((2, 96_000), np.float32)).true_peak_dbtp == SILENT_DB
    assert measured(tone(997.0, -20.0, 0.3)[None]).integrated_lufs is None


def test_blocks_do_not_matter() -> None:
    sound = np.random.default_rng(0).standard_normal((2, 100_000)).astype(np.float32) * 0.1
    whole, parts = measured(sound, piece=100_000), measured(sound, piece=1_000)
    assert whole.integrated_lufs == pytest.approx(parts.integrated_lufs, abs=1e-9)
    assert whole.true_peak_dbtp == pytest.approx(parts.true_peak_dbtp, abs=1e-4)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on this machine")
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_another_meter_agrees(tmp_path: Path, rate_hz: int) -> None:
    rng = np.random.default_rng(5)
    envelope = np.repeat(rng.uniform(0.02, 0.5, 16), rate_hz // 2)
    sound = (envelope * np.convolve(rng.standard_normal(envelope.size), np.ones(6) / 6, "same"))[None].repeat(2, 0)
    sound = np.clip(sound, -1, 1).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", sound.T, rate_hz, "FLOAT")
    asked = ["ffmpeg", "-nostats", "-i", str(tmp_path / "a.wav"), "-af", "ebur128=peak=true", "-f", "null", "-"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stderr.split("Summary:")[1]
    lufs = float(re.search(r"I:\s+(\S+) LUFS", told)[1])  # type: ignore[index]
    peak = float(re.search(r"Peak:\s+(\S+) dBFS", told)[1])  # type: ignore[index]
    mine = measured(sound, rate_hz)
    assert mine.integrated_lufs == pytest.approx(lufs, abs=0.11)
    assert mine.true_peak_dbtp == pytest.approx(peak, abs=0.2)
