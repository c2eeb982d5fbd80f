"""Head-locked stereo is an ordinary stereo file, whole or not there."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.contract.errors import ExportError
from engine.export.reading.riff import wave_facts
from engine.export.stereo import StereoWriter


def test_left_and_right_come_back(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 5_000)).astype(np.float32)
    with StereoWriter(tmp_path / "music.wav", "float", time_reference_samples=480) as writer:
        writer.write(sound[:, :3_000])
        writer.write(sound[:, 3_000:])
    found, rate = soundfile.read(tmp_path / "music.wav", dtype="float32")
    assert rate == 48_000
    assert np.array_equal(found.T, sound)
    facts = wave_facts(tmp_path / "music.wav")
    assert facts is not None
    assert facts.channel_mask == 0x3  # front left, front right


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> None:
        with StereoWriter(tmp_path / "music.wav") as writer:
            writer.write(np.zeros((2, 100), np.float32))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert list(tmp_path.iterdir()) == []


def test_a_name_without_a_known_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"\.mp3"):
        StereoWriter(tmp_path / "music.mp3")
