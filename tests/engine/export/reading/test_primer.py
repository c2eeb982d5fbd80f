"""What a take continues is read from any recording: its start, at 48 kHz, in whole patches, at one level."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.contract.conventions import PATCH_SAMPLES, AcnChannel
from engine.contract.directions import Direction
from engine.contract.errors import MediaError
from engine.export.reading.primer import MOST_PATCHES, read_primer


def recording(path: Path, seconds: float, channels: int, rate_hz: int = 48_000, gain: float = 0.3) -> Path:
    sound = gain * np.random.default_rng(0).standard_normal((round(seconds * rate_hz), channels))
    soundfile.write(path, sound.clip(-1, 1), rate_hz)
    return path


@pytest.mark.parametrize(("channels", "rate_hz"), [(1, 48_000), (2, 44_100), (1, 8_000)])
def test_mono_and_stereo_are_a_point(tmp_path: Path, channels: int, rate_hz: int) -> None:
    field = read_primer(recording(tmp_path / "bed.wav", 5.0, channels, rate_hz), Direction(90.0, 0.0))
    assert field.shape == (4, MOST_PATCHES * PATCH_SAMPLES)
    assert np.sqrt(np.square(field[AcnChannel.W]).mean()) == pytest.approx(0.05, rel=1e-3)
    assert np.allclose(field[AcnChannel.Y], field[AcnChannel.W], atol=1e-6)
    assert np.abs(field[[AcnChannel.Z, AcnChannel.X]]).max() < 1e-6
    in_front = read_primer(tmp_path / "bed.wav")
    assert np.allclose(in_front[AcnChannel.X], in_front[AcnChannel.W], atol=1e-6)


def test_first_order_sound_keeps_its_places(tmp_path: Path) -> None:
    field = read_primer(recording(tmp_path / "field.wav", 1.0, 4), Direction(90.0, 0.0))
    assert field.shape == (4, 6 * PATCH_SAMPLES)
    assert not np.allclose(field[AcnChannel.Y], field[AcnChannel.W], atol=1e-2)


def test_silence_before_the_sound_is_left_out(tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(48_000), 0.3 * np.sin(np.arange(96_000) * 0.05)])
    soundfile.write(tmp_path / "late.wav", sound, 48_000)
    field = read_primer(tmp_path / "late.wav")
    assert field.shape == (4, 12 * PATCH_SAMPLES)
    assert np.abs(field[AcnChannel.W, :200]).max() > 0.02


@pytest.mark.parametrize(("channels", "rate_hz"), [(1, 48_000), (2, 44_100), (4, 48_000), (4, 44_100)])
def test_the_end_of_a_recording_is_continued_without_the_silence_after_it(
    tmp_path: Path, channels: int, rate_hz: int
) -> None:
    t = np.arange(12 * rate_hz) / rate_hz
    sound = 0.3 * np.sin(2 * np.pi * np.where(t < 8.0, 300.0, 1_000.0) * t) * (t < 11.5)
    soundfile.write(tmp_path / "bed.wav", np.repeat(sound[:, None], channels, axis=1), rate_hz, "FLOAT")
    for from_end, tone_hz in ((False, 300.0), (True, 1_000.0)):
        field = read_primer(tmp_path / "bed.wav", from_end=from_end)
        assert field.shape == (4, MOST_PATCHES * PATCH_SAMPLES)
        spectrum = np.abs(np.fft.rfft(field[AcnChannel.W]))
        assert np.fft.rfftfreq(field.shape[1], 1 / 48_000)[spectrum.argmax()] == pytest.approx(tone_hz, abs=1.0)
        assert np.abs(field[AcnChannel.W, -60:]).max() > 0.02
        assert np.sqrt(np.square(field[AcnChannel.W]).mean()) == pytest.approx(0.05, rel=1e-3)


def test_a_recording_that_ends_in_silence_says_which_end(tmp_path: Path) -> None:
    sound = np.concatenate([0.3 * np.sin(np.arange(48_000)), np.zeros(11 * 48_000)])
    soundfile.write(tmp_path / "bed.wav", sound, 48_000)
    with pytest.raises(MediaError, match="silent for its last 10 s"):
        read_primer(tmp_path / "bed.wav", from_end=True)
    assert read_primer(tmp_path / "bed.wav").shape[1] > 0


@pytest.mark.parametrize(
    ("seconds", "channels", "gain", "sentence"),
    [
        (0.1, 1, 0.3, "shorter than 0.16 s"),
        (0.1, 4, 0.3, "shorter than 0.16 s"),
        (2.0, 1, 0.0, "silent for its first 10 s"),
        (2.0, 3, 0.3, "3 channels"),
    ],
)
def test_what_cannot_be_continued(tmp_path: Path, seconds: float, channels: int, gain: float, sentence: str) -> None:
    with pytest.raises(MediaError, match=sentence):
        read_primer(recording(tmp_path / "bed.wav", seconds, channels, gain=gain))


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"no\.wav"):
        read_primer(tmp_path / "no.wav")
