"""CAF as other libraries read it; 16 bits with dither; a file that was cut off by a kill can be read."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.export.ambix_wav import AmbixWriter
from engine.export.binaural import BinauralWriter
from engine.export.formats import Subtype
from engine.export.quantising import Quantiser
from engine.export.reading.ambix_reader import read_ambix
from engine.media.container import MediaFile


def noise(channels: int = 4, frames: int = 4_801) -> np.ndarray:
    return 0.2 * np.random.default_rng(0).standard_normal((channels, frames)).astype(np.float32)


@pytest.mark.parametrize(("subtype", "step"), [("float", 0.0), ("pcm24", 2.0**-23), ("pcm16", 2.0**-15)])
def test_a_caf_is_read_by_libsndfile_and_ffmpeg(tmp_path: Path, subtype: Subtype, step: float) -> None:
    sound = noise()
    with AmbixWriter(tmp_path / "a.caf", subtype, time_reference_samples=48_000) as writer:
        writer.write(sound[:, :1_000])
        writer.write(sound[:, 1_000:])
    other, rate_hz = soundfile.read(tmp_path / "a.caf", always_2d=True)
    assert rate_hz == SAMPLE_RATE_HZ
    assert np.max(np.abs(other.T - sound)) <= 0.51 * step
    back, _ = read_ambix(tmp_path / "a.caf")
    assert np.max(np.abs(back - sound)) <= 0.51 * step
    with MediaFile(tmp_path / "a.caf") as media:
        assert media.sounds[0].channels == 4
        assert "front" not in media.sounds[0].layout.name.lower()
        assert "AmbiX" in " ".join(media.tags.values())
        assert "48000" in media.tags.values()


def test_a_binaural_caf_is_stereo(tmp_path: Path) -> None:
    with BinauralWriter(tmp_path / "b.caf") as writer:
        writer.write(noise())
    with MediaFile(tmp_path / "b.caf") as media:
        assert media.sounds[0].layout.name == "stereo"


@pytest.mark.parametrize("name", ["a.caf", "a.wav"])
def test_what_was_written_before_a_kill_can_be_read(tmp_path: Path, name: str) -> None:
    writer = AmbixWriter(tmp_path / name)
    sound = noise()
    writer.write(sound)
    writer.file._file.flush()  # type: ignore[attr-defined]
    cut = tmp_path / f"cut-{name}"
    cut.write_bytes(writer.file.staged.read_bytes())  # what a killed process leaves
    writer.discard()
    back, _ = read_ambix(cut)
    assert np.array_equal(back, sound)
    if name == "a.wav":  # libsndfile does not know a CAF of unknown length, though the format has it
        assert soundfile.info(cut).frames == sound.shape[1]
    with MediaFile(cut) as media:
        frames = [f.samples for packet in media.packets(media.sounds[0]) for f in packet.decode()]
    assert sum(frames) == sound.shape[1]


def test_dither_makes_the_error_of_rounding_independent_of_the_sound() -> None:
    quiet = (np.sin(np.arange(200_000) * 0.1) * 0.8 / 2**15).astype(np.float32)[None]
    plain = Quantiser("pcm16").whole_numbers(quiet)[0] - quiet[0] * 2**15
    dithered = Quantiser("pcm16", dither=True).whole_numbers(quiet)[0] - quiet[0] * 2**15
    assert abs(np.corrcoef(plain, quiet[0])[0, 1]) > 0.1
    assert abs(np.corrcoef(dithered, quiet[0])[0, 1]) < 0.01
    assert np.std(dithered) == pytest.approx(0.5, abs=0.01)  # sqrt(1/12 + 2/12) of a step
    assert np.max(np.abs(dithered)) <= 1.5


def test_dither_is_the_same_every_time_whatever_the_blocks() -> None:
    sound = noise().T
    whole = Quantiser("pcm24", dither=True).whole_numbers(sound)
    again = Quantiser("pcm24", dither=True)
    assert np.array_equal(whole, np.concatenate([again.whole_numbers(part) for part in np.split(sound, [7, 1_000])]))
    assert not np.array_equal(whole, Quantiser("pcm24").whole_numbers(sound))
