"""A file of the user's is heard as it is: mono in the middle, stereo apart, a field where it is."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.contract.errors import CancelledError, MediaError
from engine.runtime.sounds.file_sounds import LONGEST_S, file_sound

NOISE = np.random.default_rng(1).uniform(-0.2, 0.2, 24_000).astype(np.float32)


def test_mono_and_stereo_keep_their_level(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "m.wav", NOISE, 48_000, "FLOAT")
    mono = file_sound(tmp_path / "m.wav")
    np.testing.assert_array_equal(mono, np.stack([NOISE, NOISE], 1))
    soundfile.write(tmp_path / "s.wav", np.stack([NOISE, 0 * NOISE], 1), 48_000, "FLOAT")
    stereo = file_sound(tmp_path / "s.wav")
    assert not stereo[:, 1].any()
    np.testing.assert_array_equal(stereo[:, 0], NOISE)


def test_a_field_at_the_left_is_louder_left_and_long_files_end_early(tmp_path: Path) -> None:
    field = np.stack([NOISE, NOISE, 0 * NOISE, 0 * NOISE], 1)
    soundfile.write(tmp_path / "f.wav", np.tile(field, (60, 1)), 48_000, "FLOAT")
    heard = file_sound(tmp_path / "f.wav")
    left, right = np.sqrt(np.mean(heard**2, axis=0))
    assert left > 1.5 * right
    assert len(heard) == round(LONGEST_S * 48_000)


def test_what_is_no_sound_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"RIFF not a sound")
    with pytest.raises(MediaError):
        file_sound(tmp_path / "x.wav")
    soundfile.write(tmp_path / "m.wav", NOISE, 48_000)
    with pytest.raises(CancelledError):
        file_sound(tmp_path / "m.wav", lambda: True)
