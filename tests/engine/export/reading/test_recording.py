"""Recordings for a mix: mono and stereo as they are, four channels as AmbiX, all at 48 kHz; odd files are refused."""

import errno
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.normalisation import ambix_to_fuma, sn3d_to_n3d
from engine.contract.directions import Direction
from engine.contract.errors import MediaError
from engine.contract.scene.blocks import Convention
from engine.export.ambix_wav import AmbixWriter
from engine.export.reading import opening
from engine.export.reading.recording import RecordingReader

SECOND = 48_000
FIELD = encode_point(0.1 * np.random.default_rng(0).standard_normal(SECOND), Direction(30.0, 10.0))


def written(path: Path, array: np.ndarray, rate_hz: int = SECOND) -> Path:
    soundfile.write(path, array.T, rate_hz, "FLOAT")
    return path


def read(path: Path, convention: Convention | None = None) -> np.ndarray:
    with RecordingReader(path, convention) as reader:
        return np.concatenate(list(reader.blocks()), axis=1)


@pytest.mark.parametrize("channels", [1, 2])
def test_mono_and_stereo_come_as_they_are(tmp_path: Path, channels: int) -> None:
    file = written(tmp_path / "a.wav", FIELD[:channels])
    assert np.array_equal(read(file), FIELD[:channels])


@pytest.mark.parametrize(
    ("convention", "stored"),
    [
        (None, FIELD),
        (Convention.AMBIX, FIELD),
        (Convention.FUMA, ambix_to_fuma(FIELD)),
        (Convention.N3D, sn3d_to_n3d(FIELD)),
        (None, np.concatenate([FIELD, FIELD[:2]])),  # of more channels, the first four
    ],
)
def test_four_channels_become_ambix(tmp_path: Path, convention: Convention | None, stored: np.ndarray) -> None:
    np.testing.assert_allclose(read(written(tmp_path / "a.wav", stored), convention), FIELD, atol=1e-6)


def test_a_file_that_says_fuma_is_read_as_fuma(tmp_path: Path) -> None:
    with AmbixWriter(tmp_path / "a.amb") as writer:
        writer.write(FIELD)
    np.testing.assert_allclose(read(tmp_path / "a.amb"), FIELD, atol=1e-6)


def test_another_rate_becomes_48_khz_and_the_length_is_known_before(tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 440.0 * np.arange(44_100) / 44_100)[None]
    file = written(tmp_path / "a.wav", 0.1 * tone, 44_100)
    with RecordingReader(file) as reader:
        assert reader.samples == SECOND
        sound = np.concatenate(list(reader.blocks()), axis=1)
    assert sound.shape == (1, SECOND)
    expected = 0.1 * np.sin(2 * np.pi * 440.0 * np.arange(SECOND) / SECOND)
    np.testing.assert_allclose(sound[0, 2_000:-2_000], expected[2_000:-2_000], atol=1e-3)


@pytest.mark.parametrize(
    ("channels", "convention"),
    [(3, None), (1, Convention.STEREO), (2, Convention.MONO), (2, Convention.AMBIX), (4, Convention.MONO)],
)
def test_other_channels_are_refused(tmp_path: Path, channels: int, convention: Convention | None) -> None:
    with pytest.raises(MediaError, match="channels"):
        RecordingReader(written(tmp_path / "a.wav", np.zeros((channels, SECOND))), convention)


def test_missing_and_damaged_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"missing\.wav"):
        RecordingReader(tmp_path / "missing.wav")
    broken = FIELD.copy()
    broken[2, 100] = np.nan
    with pytest.raises(MediaError, match=r"a\.wav is damaged"):
        read(written(tmp_path / "a.wav", broken))


def test_a_disk_that_fails_is_named_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with the output of the work that read it."""
    path = tmp_path / "rain.wav"
    soundfile.write(path, np.zeros(100), 48_000)

    def fails(path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(opening, "wave_facts", fails)
    with pytest.raises(MediaError, match=r"rain\.wav cannot be read: input/output error"):
        opening.open_source(path)
