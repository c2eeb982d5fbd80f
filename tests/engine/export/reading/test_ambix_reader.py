"""One reader for every command: conventions, channels, rates, four mono files, and the doubt about FuMa."""

import json
import os
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.normalisation import ambix_to_fuma, sn3d_to_n3d
from engine.contract.directions import Direction
from engine.contract.errors import MediaError
from engine.export.ambix_wav import AmbixWriter
from engine.export.reading.ambix_reader import AmbixReader, read_ambix
from engine.export.reading.describe import describe_sound
from engine.export.reading.stems import one_take_each
from tests.engine.export.reading.recordings import RATE_HZ, field, heard

TRUE = pytest.approx((60.0, 20.0), abs=0.1)


def put(path: Path, sound: NDArray[np.float32], rate_hz: int = RATE_HZ, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, sound.T, rate_hz, subtype)
    return path


def test_each_convention_lands_in_the_same_place(tmp_path: Path) -> None:
    foa = field()
    w, y, z, x = foa
    capsules = 0.5 * np.stack([w + x + y + z, w + x - y - z, w - x + y - z, w - x - y + z])
    for convention, sound in {
        "ambix": foa,
        "fuma": ambix_to_fuma(foa),
        "n3d": sn3d_to_n3d(foa),
        "a-format": capsules,
    }.items():
        loaded, _ = read_ambix(put(tmp_path / "a.wav", sound), convention)
        np.testing.assert_allclose(loaded, foa, atol=1e-6)


@pytest.mark.parametrize("channels", [5, 6, 16])
def test_of_more_channels_the_first_four_are_taken_and_that_is_said(tmp_path: Path, channels: int) -> None:
    more = 0.1 * np.random.default_rng(1).standard_normal((channels - 4, RATE_HZ))
    path = put(tmp_path / "a.wav", np.concatenate([field(), more]))
    for convention in (None, "ambix"):
        frames, *direction, notices = heard(path, convention)
        assert frames == RATE_HZ
        assert tuple(direction) == TRUE
        assert f"{channels} channels: the first four" in notices


@pytest.mark.slow
@pytest.mark.parametrize("rate_hz", [44_100, 96_000, 32_000, 47_999])
def test_another_rate_is_converted_without_drift(tmp_path: Path, rate_hz: int) -> None:
    seconds = 3.0
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    sound = encode_point(0.3 * np.sin(2 * np.pi * 1_000.0 * t), Direction(60, 20)).astype(np.float32)
    with AmbixReader(put(tmp_path / "a.wav", sound, rate_hz), rate_hz=RATE_HZ) as reader:
        blocks = list(reader.blocks(1_000))
        assert {block.shape[1] for block in blocks[:-1]} == {1_000}
        assert f"{rate_hz} Hz" in reader.notices[0]
        assert reader.frames == round(sound.shape[1] * RATE_HZ / rate_hz)
    loaded = np.concatenate(blocks, axis=1)
    assert loaded.shape[1] == round(sound.shape[1] * RATE_HZ / rate_hz)
    inside = slice(1_000, -1_000)
    expected = 0.3 * np.sin(2 * np.pi * 1_000.0 * np.arange(loaded.shape[1]) / RATE_HZ)
    np.testing.assert_allclose(loaded[0][inside], expected[inside], atol=1e-4)


def test_reading_in_pieces_equals_reading_at_once(tmp_path: Path) -> None:
    path = put(tmp_path / "a.wav", field(1.0, 44_100), 44_100)
    whole, _ = read_ambix(path, rate_hz=RATE_HZ)
    with AmbixReader(path, rate_hz=RATE_HZ) as reader:
        for size in (777, 48_000):  # the second time from the start again
            np.testing.assert_array_equal(np.concatenate(list(reader.blocks(size)), axis=1), whole)


@pytest.mark.slow
@pytest.mark.parametrize("given", ["take_W.wav", "take_X.wav", "take_?.wav", "take_*.wav"])
def test_four_mono_files_are_one_take(tmp_path: Path, given: str) -> None:
    foa = field()
    for letter, channel in zip("WYZX", foa, strict=True):
        put(tmp_path / f"take_{letter}.wav", channel[None])
    frames, *direction, notices = heard(tmp_path / given)
    assert frames == RATE_HZ
    assert tuple(direction) == TRUE
    assert "read as one take: take_W.wav, take_Y.wav, take_Z.wav, take_X.wav" in notices
    fuma = ambix_to_fuma(foa)
    for letter, channel in zip("WXYZ", fuma, strict=True):
        put(tmp_path / f"take_{letter}.wav", channel[None])
    np.testing.assert_allclose(read_ambix(tmp_path / given, "fuma")[0], foa, atol=1e-6)


def test_mono_files_that_are_no_take_are_told_apart(tmp_path: Path) -> None:
    for letter in "WYX":
        put(tmp_path / f"take_{letter}.wav", field()[:1])
    with pytest.raises(MediaError, match="end in Z are missing"):
        AmbixReader(tmp_path / "take_W.wav")
    assert describe_sound(tmp_path / "take_W.wav")["channels"] == 1
    put(tmp_path / "take_Z.wav", field(1.0)[:1], 44_100)
    with pytest.raises(MediaError, match="the same rate"):
        AmbixReader(tmp_path / "take_W.wav")
    for pattern in ("other_*.wav", "u**.wav", "take_[.wav"):
        with pytest.raises(MediaError, match="no sound file"):
            AmbixReader(tmp_path / pattern)
    put(tmp_path / "take_Z.wav", field(0.5)[:1])
    frames, *_, notices = heard(tmp_path / "take_W.wav")
    assert frames == RATE_HZ
    assert "padded with silence" in notices
    # A field of four channels may be called so, too.
    put(tmp_path / "take_W.wav", field())
    assert heard(tmp_path / "take_W.wav")[3] == ""


def test_four_files_of_a_take_are_one_of_a_list(tmp_path: Path) -> None:
    stems = [put(tmp_path / f"take_{letter}.wav", field(0.1)[:1]) for letter in "WXYZ"]
    other = put(tmp_path / "other.wav", field(0.1))
    assert one_take_each([*stems, other]) == [stems[0], other]
    assert one_take_each([stems[2], other]) == [stems[2], other]
    assert one_take_each([tmp_path / "take_?.wav"]) == stems[:1]
    assert one_take_each(stems[:3]) == stems[:3]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.mov", "a.mkv", "a.m4a"])
def test_the_sound_of_a_film_is_read_and_times_are_the_films(tmp_path: Path, name: str) -> None:
    foa = field(1.0)
    path = film_with_sound(tmp_path / name, foa, starts_s=0.0)
    frames, *direction, notices = heard(path)
    assert frames == pytest.approx(RATE_HZ, abs=2_100)  # a frame of AAC more at most
    assert tuple(direction) == pytest.approx((60.0, 20.0), abs=3.0)
    assert notices == ""
    if name == "a.mkv":
        late = film_with_sound(tmp_path / "late.mkv", foa, starts_s=0.5)
        frames, *direction, notices = heard(late)
        assert frames == RATE_HZ * 3 // 2
        assert "0.50 s" in notices
        assert not read_ambix(late)[0][:, : RATE_HZ // 2 - 10].any()
        with AmbixReader(late) as reader:  # once more from the start
            assert sum(block.shape[1] for block in reader.blocks()) == frames
            assert sum(block.shape[1] for block in reader.blocks()) == frames


def film_with_sound(path: Path, foa: NDArray[np.float32], starts_s: float) -> Path:
    """Write first-order sound, in a film that has pictures from 0 on if the sound starts late."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac" if path.suffix == ".m4a" else "pcm_s16le", rate=RATE_HZ)
        sound.layout = "4.0"
        picture = container.add_stream("mpeg4", rate=10) if starts_s else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 32, "yuv420p"
            for index in range(15):
                shown = av.VideoFrame.from_ndarray(np.zeros((32, 64, 3), np.uint8), "rgb24")
                shown.pts, shown.time_base = index, Fraction(1, 10)
                container.mux(picture.encode(shown))
            container.mux(picture.encode())
        is_planar = sound.format.name == "fltp"
        values = foa if is_planar else np.round(foa.T * 32_767).astype(np.int16).reshape(1, -1)
        block = av.AudioFrame.from_ndarray(np.ascontiguousarray(values), sound.format.name, "4.0")
        block.rate, block.pts, block.time_base = RATE_HZ, round(starts_s * RATE_HZ), Fraction(1, RATE_HZ)
        for piece in [block, None]:
            container.mux(sound.encode(piece))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("channels", [8, 9, 16])
def test_more_than_eight_channels_of_a_film_are_read(tmp_path: Path, channels: int) -> None:
    """PyAV's own way to an array reads beyond the frame and crashes there."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    source = f"aevalsrc={'|'.join(f'{0.02 * n}*sin(3000*t)' for n in range(1, channels + 1))}:d=0.5:s=48000"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-c:a", "libopus", "-mapping_family", "255"]
    subprocess.run([*command, str(tmp_path / "a.mkv")], check=True)
    foa, _ = read_ambix(tmp_path / "a.mkv")
    assert foa.shape[1] == pytest.approx(RATE_HZ / 2, abs=2_000)
    level = np.sqrt(np.mean(foa[:, 5_000:20_000] ** 2, axis=1))
    np.testing.assert_allclose(level / level[0], [1.0, 2.0, 3.0, 4.0], rtol=0.1)


def test_a_film_without_sound_is_told(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        picture = container.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 64, 32, "yuv420p"
        container.mux(picture.encode(av.VideoFrame.from_ndarray(np.zeros((32, 64, 3), np.uint8), "rgb24")))
        container.mux(picture.encode())
    with pytest.raises(MediaError, match="has no sound"):
        AmbixReader(tmp_path / "a.mp4")


def mixture(seed: int) -> NDArray[np.float64]:
    """Up to three sounds that start and stop, with echoes from all over: AmbiX."""
    rng = np.random.default_rng(seed)
    mixed = np.zeros((4, 4 * RATE_HZ))
    for _ in range(rng.integers(1, 4)):
        gate = np.repeat(rng.random(16) > 0.4, RATE_HZ // 4)
        mono = rng.standard_normal(4 * RATE_HZ) * gate * 10 ** rng.uniform(-1.0, -0.3)
        where = Direction(rng.uniform(-180, 180), float(np.clip(rng.normal(5, 15), -80, 80)))
        mixed += encode_point(mono, where)
        for _ in range(rng.integers(0, 20)):
            later = np.roll(mono, int(rng.integers(200, 9_000))) * 10 ** rng.uniform(-1.5, -0.5)
            mixed += encode_point(later, Direction(rng.uniform(-180, 180), float(rng.uniform(-45, 45))))
    return mixed


@pytest.mark.slow
def test_fuma_that_nobody_named_is_doubted_and_ambix_is_not(tmp_path: Path) -> None:
    doubted = {"ambix": 0, "fuma": 0}
    for seed in range(12):
        foa = mixture(seed)
        for name, sound in (("ambix", foa), ("fuma", ambix_to_fuma(foa))):
            doubted[name] += "sounds like FuMa" in heard(put(tmp_path / "a.wav", sound))[3]
    assert doubted["ambix"] == 0
    assert doubted["fuma"] >= 11


def test_the_doubt_changes_nothing_and_ends_when_somebody_says_what_it_is(tmp_path: Path) -> None:
    fuma = ambix_to_fuma(field(2.0))
    path = put(tmp_path / "a.wav", fuma)
    np.testing.assert_array_equal(read_ambix(path)[0], fuma)
    assert "--convention fuma" in heard(path)[3]
    assert heard(path, "ambix")[3] == ""
    assert heard(path, "fuma")[3] == ""
    assert heard(put(tmp_path / "silence.wav", 0.0 * fuma))[3] == ""


def test_how_a_convention_is_known(tmp_path: Path) -> None:
    with AmbixWriter(tmp_path / "ours.wav") as writer:
        writer.write(field(0.1))
    put(tmp_path / "plain.wav", field(0.1))
    for name, asked, source in (("ours.wav", None, "file"), ("plain.wav", None, "guess"), ("plain.wav", "n3d", "user")):
        with AmbixReader(tmp_path / name, asked) as reader:
            assert reader.convention_source == source


def test_a_sound_is_described(tmp_path: Path) -> None:
    put(tmp_path / "six.wav", np.concatenate([field(0.5), field(0.5)[:2]]), 44_100, "PCM_24")
    told = describe_sound(tmp_path / "six.wav", "n3d")
    assert (told["kind"], told["channels"], told["rate"], told["duration_s"]) == (
        "sound",
        6,
        44_100,
        pytest.approx(24_000 / 44_100),
    )
    assert (told["subtype"], told["convention"], told["convention_source"]) == ("24-bit PCM", "n3d", "user")
    assert "first four" in str(told["notices"])
    put(tmp_path / "fuma.wav", ambix_to_fuma(field(2.0)))
    told = describe_sound(tmp_path / "fuma.wav")
    assert (told["convention"], told["convention_source"]) == ("ambix", "guess")
    assert "sounds like FuMa" in str(told["notices"])
    put(tmp_path / "mono.wav", field(0.5)[:1])
    told = describe_sound(tmp_path / "mono.wav")
    assert (told["channels"], told["convention"], told["convention_source"]) == (1, None, None)
    json.dumps(told)


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for place in (tmp_path / "pipe.wav", tmp_path):
        with pytest.raises(MediaError, match=r"named pipe|folder"):
            AmbixReader(place)
