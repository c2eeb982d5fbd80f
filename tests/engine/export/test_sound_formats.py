"""A name gets what it promises or is refused; peaks above full scale are told, and one gain serves all channels."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.ambisonics.binaural import BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.contract.errors import ExportError
from engine.export.ambix_wav import AmbixWriter
from engine.export.binaural import BinauralWriter
from engine.export.formats import format_of
from engine.export.levels import Gain
from engine.export.reading.ambix_reader import AmbixReader, read_ambix


def field(samples: int = 20_000, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(0).standard_normal((4, samples))).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.wav", "WAVEX"),
        ("a.WAV", "WAVEX"),
        ("a", "WAVEX"),
        ("a.bwf", "WAVEX"),
        ("a.flac", "FLAC"),
        ("a.FLAC", "FLAC"),
        ("a.amb", "WAVEX"),
    ],
)
def test_a_name_gets_what_it_promises_and_reads_back(tmp_path: Path, name: str, kind: str) -> None:
    foa = field()
    with AmbixWriter(tmp_path / name) as writer:
        for piece in np.split(foa, 7 * [0] + [900, 4_321], axis=1):
            writer.write(piece)
    info = soundfile.info(tmp_path / name)
    assert (info.format, info.channels, info.frames) == (kind, 4, 20_000)
    with AmbixReader(tmp_path / name) as reader:
        assert reader.convention_source == "file"
        assert reader.convention == ("fuma" if name == "a.amb" else "ambix")
    np.testing.assert_allclose(read_ambix(tmp_path / name)[0], foa, atol=2.0**-23)
    assert os.listdir(tmp_path) == [name]


def test_an_amb_file_holds_w_x_y_z_with_w_3_db_down(tmp_path: Path) -> None:
    foa = np.repeat(np.array([[0.4], [0.1], [0.2], [0.3]], np.float32), 10, axis=1)
    for subtype in ("float", "pcm24"):
        with AmbixWriter(tmp_path / "a.amb", subtype) as writer:
            writer.write(foa)
        stored, _ = soundfile.read(tmp_path / "a.amb")
        np.testing.assert_allclose(stored[0], [0.4 / np.sqrt(2.0), 0.3, 0.1, 0.2], atol=2.0**-23)


def test_a_flac_says_what_its_channels_are(tmp_path: Path) -> None:
    with AmbixWriter(tmp_path / "a.flac", time_reference_samples=48_000) as writer:
        writer.write(field())
    with soundfile.SoundFile(tmp_path / "a.flac") as file:
        assert "ACN: W Y Z X, SN3D" in file.comment
        assert "48000 samples" in file.comment
        assert file.subtype == "PCM_24"


def test_binaural_flac_is_what_the_renderer_makes(tmp_path: Path) -> None:
    foa = field()
    with BinauralWriter(tmp_path / "b.flac") as writer:
        writer.write(foa)
    ears, _ = soundfile.read(tmp_path / "b.flac", dtype="float32")
    np.testing.assert_allclose(ears.T, BinauralRenderer(load_filters()).process(foa), atol=2.0**-22)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.ogg", "a.opus", "a.mp3", "a.aiff", "a.w64", "dog.v2"])
def test_other_names_are_refused_with_what_can_be_written(tmp_path: Path, name: str) -> None:
    for writer, ends in ((AmbixWriter, r"\.wav, \.flac, \.caf or \.amb"), (BinauralWriter, r"\.wav, \.flac or \.caf")):
        with pytest.raises(ExportError, match=ends):
            writer(tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_what_a_kind_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="binaural"):
        format_of(tmp_path / "a.amb", "binaural")
    with pytest.raises(ExportError, match="floating point"):
        AmbixWriter(tmp_path / "a.flac", "float")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.amb"])
def test_samples_that_are_cut_are_counted_and_told(tmp_path: Path, name: str) -> None:
    foa = field()
    foa[0, :100], foa[1, 5] = 1.23 * np.sqrt(2.0) if name == "a.amb" else 1.23, -1.23
    with AmbixWriter(tmp_path / name, "pcm24") as writer:
        writer.write(foa[:, :50])
        writer.write(foa[:, 50:])
    assert writer.levels.clipped_samples == 101
    told = writer.levels.sentence("a")
    assert told == "The loudest sample of a is 1.8 dB above full scale: 101 samples were clipped."


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_automatic_gain_lowers_all_channels_alike_and_only_what_would_be_cut(tmp_path: Path, name: str) -> None:
    loud = field(200_000)
    loud[2, 150_000] = 2.0
    with AmbixWriter(tmp_path / name, "pcm24", gain="auto") as writer:
        for piece in np.array_split(loud, 9, axis=1):
            writer.write(piece)
    gain = 10 ** (-1.0 / 20.0) / 2.0
    assert writer.levels.clipped_samples == 0
    assert writer.levels.peak_dbfs == pytest.approx(-1.0, abs=1e-3)
    np.testing.assert_allclose(read_ambix(tmp_path / name)[0], gain * loud, atol=2.0**-23)
    assert "lowered by 7.0 dB" in writer.levels.sentence("a")
    with AmbixWriter(tmp_path / name, "pcm24", gain="auto") as writer:
        writer.write(0.4 * loud)
    np.testing.assert_allclose(read_ambix(tmp_path / name)[0], 0.4 * loud, atol=2.0**-23)
    assert writer.levels.sentence("a") == ""


def test_a_gain_is_one_for_all_and_floats_keep_their_peaks(tmp_path: Path) -> None:
    foa = field(level=1.0)
    with AmbixWriter(tmp_path / "a.wav", gain=-6.0) as writer:
        writer.write(foa)
    np.testing.assert_allclose(read_ambix(tmp_path / "a.wav")[0], 10 ** (-6.0 / 20.0) * foa, rtol=1e-6)
    with AmbixWriter(tmp_path / "a.wav", gain="auto") as writer:
        writer.write(foa)
    np.testing.assert_array_equal(read_ambix(tmp_path / "a.wav")[0], foa)
    assert writer.levels.sentence("a") == ""


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_a_failure_on_the_way_leaves_nothing(tmp_path: Path, name: str) -> None:
    def interrupted(gain: Gain) -> None:
        with AmbixWriter(tmp_path / name, "pcm24", gain=gain) as writer:
            writer.write(field())
            raise KeyboardInterrupt

    for gain in (0.0, "auto"):
        with pytest.raises(KeyboardInterrupt):
            interrupted(gain)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("subtype", ["float", "pcm24"])
def test_a_gain_that_no_number_can_hold_is_refused(tmp_path, subtype):
    with (
        pytest.raises(ExportError, match="too loud for a file"),
        AmbixWriter(tmp_path / "a.wav", subtype, gain=60.0) as w,
    ):
        w.write(np.full((4, 100), 1e37, np.float32))
    assert list(tmp_path.iterdir()) == []
