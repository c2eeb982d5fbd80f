import json
import os
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract.errors import ExportError, InvalidInputError, MediaError
from engine.export.ambix_wav import AmbixWriter
from engine.export.reading.ambix_reader import AmbixReader, read_ambix
from engine.export.sound_writer import SoundLayout
from engine.export.wav_writer import WavWriter, frame_bytes, wav_header

PLAIN_GUID_TAIL = bytes.fromhex("00001000800000aa00389b71")


def field(samples, seed=0, level=0.2):
    return (level * np.random.default_rng(seed).standard_normal((4, samples))).astype(np.float32)


def write(path, foa, subtype="float", **options):
    with AmbixWriter(path, subtype, **options) as writer:
        writer.write(foa)
    return path


def chunks(content):
    """An own reading of the RIFF structure: {name: content}, in order."""
    assert content[:4] == b"RIFF"
    assert content[8:12] == b"WAVE"
    assert struct.unpack("<I", content[4:8])[0] == len(content) - 8
    found, at = {}, 12
    while at < len(content):
        name, size = struct.unpack("<4sI", content[at : at + 8])
        found[name] = content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert at == len(content)
    return found


@pytest.mark.parametrize(("subtype", "tag", "bits"), [("float", 3, 32), ("pcm24", 1, 24)])
def test_the_header_says_four_channels_and_no_loudspeakers(tmp_path, subtype, tag, bits):
    found = chunks(write(tmp_path / "a.wav", field(1001), subtype, time_reference_samples=2**33 + 5).read_bytes())
    fmt = struct.unpack("<HHIIHHHHI", found[b"fmt "][:24])
    assert fmt == (0xFFFE, 4, 48_000, 48_000 * 4 * bits // 8, 4 * bits // 8, bits, 22, bits, 0)
    assert found[b"fmt "][24:] == struct.pack("<I", tag) + PLAIN_GUID_TAIL
    assert struct.unpack("<I", found[b"fact"]) == (1001,)
    assert len(found[b"data"]) == 1001 * 4 * bits // 8
    assert len(found[b"bext"]) == 602
    assert struct.unpack("<QH", found[b"bext"][338:348]) == (2**33 + 5, 1)
    assert found[b"bext"].startswith(b"AmbiX")
    assert found[b"iXML"].count(b"-FOA</FUNCTION>") == 4
    assert list(found).index(b"iXML") > list(found).index(b"data")


@pytest.mark.slow
@pytest.mark.parametrize(("subtype", "codec"), [("float", "pcm_f32le"), ("pcm24", "pcm_s24le")])
def test_ffprobe_sees_four_channels_without_a_layout(tmp_path, subtype, codec):
    path = write(tmp_path / "a.wav", field(4800), subtype, time_reference_samples=96_000)
    stream, tags = ffprobe(path)
    assert (stream["codec_name"], stream["channels"], stream["sample_rate"]) == (codec, 4, "48000")
    assert stream.get("channel_layout", "") in ("", "unknown")
    assert float(stream["duration"]) == pytest.approx(0.1)
    assert tags["time_reference"] == "96000"


def test_pyav_sees_the_same_samples(tmp_path):
    import av

    foa = field(5000)
    with av.open(str(write(tmp_path / "a.wav", foa))) as container:
        decoded = [frame.to_ndarray() for frame in container.decode(audio=0)]
    np.testing.assert_array_equal(np.concatenate(decoded, axis=1).reshape(-1, 4).T, foa)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=6), st.sampled_from(["float", "pcm24"]))
def test_any_cutting_reads_back_as_the_whole(tmp_path_factory, sizes, subtype):
    foa = field(sum(sizes))
    path = tmp_path_factory.mktemp("ambix") / "a.wav"
    with AmbixWriter(path, subtype) as writer:
        for piece in np.split(foa, np.cumsum(sizes)[:-1], axis=1) if sizes else []:
            writer.write(piece)
    loaded, rate_hz = read_ambix(path)
    assert rate_hz == 48_000
    np.testing.assert_allclose(loaded, foa, atol=0.0 if subtype == "float" else 2.0**-24)


def test_24_bit_clips_and_counts_where_float_keeps(tmp_path):
    foa = np.array([[1.5, -1.5, 0.5]] * 4, np.float32)
    with AmbixWriter(tmp_path / "a.wav", "pcm24") as writer:
        writer.write(foa)
    assert writer.levels.clipped_samples == 8
    assert writer.levels.peak == 1.5
    np.testing.assert_allclose(read_ambix(tmp_path / "a.wav")[0][0], [1.0, -1.0, 0.5], atol=2.0**-22)
    np.testing.assert_array_equal(read_ambix(write(tmp_path / "b.wav", foa))[0], foa)


def test_the_same_sound_is_the_same_bytes(tmp_path):
    one, other = (write(tmp_path / name, field(500)).read_bytes() for name in ("a.wav", "b.wav"))
    assert one == other


def test_beyond_4_gib_it_becomes_rf64_that_ffmpeg_reads(tmp_path):
    layout = SoundLayout(channels=4, channel_mask=0)
    frames = 5 * 2**30 // frame_bytes(layout)
    header, short = wav_header(layout, frames), wav_header(layout, 0)
    assert len(header) == len(short)  # so that it can be written over the first one
    assert (header[:4], short[:4]) == (b"RF64", b"RIFF")
    path = tmp_path / "long.wav"
    path.write_bytes(header)
    os.truncate(path, len(header) + 5 * 2**30)  # sparse: takes no room on the disk
    stream, _ = ffprobe(path)
    assert stream["channels"] == 4
    assert float(stream["duration"]) == pytest.approx(frames / 48_000)
    assert soundfile.info(path).frames == frames


def test_the_file_has_its_name_only_when_it_is_whole(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"older")
    with AmbixWriter(path) as writer:
        writer.write(field(100))
        assert path.read_bytes() == b"older"
    assert read_ambix(path)[0].shape == (4, 100)
    assert os.listdir(tmp_path) == ["a.wav"]


@pytest.mark.parametrize("how", ["exception", "nan", "discard"])
def test_after_a_failure_nothing_is_left_and_the_older_file_stays(tmp_path, how):
    path = tmp_path / "a.wav"
    path.write_bytes(b"older")

    def fail():
        with AmbixWriter(path) as writer:
            writer.write(field(100))
            if how == "nan":
                writer.write(np.full((4, 1), np.nan, np.float32))
            if how == "discard":
                writer.discard()
            raise KeyboardInterrupt

    with pytest.raises(ExportError if how == "nan" else KeyboardInterrupt):
        fail()
    assert path.read_bytes() == b"older"
    assert os.listdir(tmp_path) == ["a.wav"]


def test_a_full_disk_is_a_clear_error_and_leaves_nothing(tmp_path):
    writer = AmbixWriter(tmp_path / "a.wav")
    writer.file._file.close()
    writer.file._file = open("/dev/full", "wb", buffering=0)  # every write fails with "no space left"
    with pytest.raises(ExportError, match="disk is full"), writer:
        writer.write(field(100))
    assert os.listdir(tmp_path) == []


def test_places_that_cannot_be_written_are_refused_before_any_work(tmp_path):
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "missing" / "a.wav", tmp_path / "folder", Path("/dev/null")):
        with pytest.raises(ExportError, match=r"[Cc]hoose|does not exist|is a folder"):
            AmbixWriter(place)
    assert os.listdir(tmp_path) == ["folder"]
    with pytest.raises(InvalidInputError, match="pcm24"):
        AmbixWriter(tmp_path / "a.wav", "pcm20")


def test_a_link_is_followed_rather_than_replaced(tmp_path):
    (tmp_path / "real.wav").write_bytes(b"")
    (tmp_path / "link.wav").symlink_to(tmp_path / "real.wav")
    write(tmp_path / "link.wav", field(10))
    assert (tmp_path / "link.wav").is_symlink()
    assert read_ambix(tmp_path / "real.wav")[0].shape == (4, 10)


def test_writing_the_wrong_shape_or_after_the_end_is_refused(tmp_path):
    with AmbixWriter(tmp_path / "a.wav") as writer:
        with pytest.raises(ValueError, match=r"\(4, n\)"):
            writer.write(np.zeros((3, 5), np.float32))
    with pytest.raises(ExportError, match="finished"):
        writer.write(field(5))


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_another_number_of_channels_is_one_clear_sentence(tmp_path, channels):
    soundfile.write(tmp_path / "a.wav", np.zeros((10, channels)), 48_000)
    with pytest.raises(MediaError, match=rf"a\.wav has {channels} channels?: .* four"):
        read_ambix(tmp_path / "a.wav")


def test_missing_and_damaged_files_are_clear_errors(tmp_path):
    with pytest.raises(MediaError, match="no sound file"):
        read_ambix(tmp_path / "a.wav")
    (tmp_path / "b.wav").write_bytes(b"RIFF\0\0\0\0WAVEgarbage")
    with pytest.raises(MediaError, match=r"b\.wav cannot be read"):
        read_ambix(tmp_path / "b.wav")
    with WavWriter(tmp_path / "c.wav", SoundLayout(4, 0)) as writer:
        writer.write(field(8))
    content = bytearray((tmp_path / "c.wav").read_bytes())
    content[-4:] = struct.pack("<f", np.nan)
    (tmp_path / "c.wav").write_bytes(content)
    with pytest.raises(MediaError, match="not numbers"):
        read_ambix(tmp_path / "c.wav")


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 900), st.binary(min_size=1, max_size=8))
def test_damaged_bytes_never_raise_anything_but_media_errors(tmp_path_factory, place, junk):
    path = tmp_path_factory.getbasetemp() / "damaged.wav"
    content = bytearray(write(path, field(50)).read_bytes())
    content[place : place + len(junk)] = junk
    path.write_bytes(content)
    try:
        foa, _ = read_ambix(path)
    except MediaError:
        return
    assert foa.shape[0] == 4


def test_files_of_other_tools_are_read(tmp_path):
    foa = field(1000)
    for name, subtype in (("a.wav", "PCM_16"), ("b.flac", "PCM_24"), ("c.w64", "FLOAT"), ("d.caf", "FLOAT")):
        soundfile.write(tmp_path / name, foa.T, 44_100, subtype)
        loaded, rate_hz = read_ambix(tmp_path / name)
        assert rate_hz == 44_100
        np.testing.assert_allclose(loaded, foa, atol=1e-4)


def test_blocks_come_in_order_and_no_longer_than_asked(tmp_path):
    foa = field(2500)
    with AmbixReader(write(tmp_path / "a.wav", foa)) as reader:
        blocks = list(reader.blocks(1000))
    assert [b.shape[1] for b in blocks] == [1000, 1000, 500]
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), foa)


def ffprobe(path):
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", str(path)]
    try:
        answer = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    except FileNotFoundError:
        pytest.skip("ffprobe is not installed")
    return answer["streams"][0], answer["format"].get("tags", {})
