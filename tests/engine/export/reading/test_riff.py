"""Chunks are walked and no size is believed: what a crashed recorder, a pipe or a mischief-maker leaves."""

import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.ambisonics.normalisation import sn3d_to_n3d
from engine.contract.errors import MediaError
from engine.export.caf_writer import CafWriter
from engine.export.layouts import field_layout
from engine.export.reading.ambix_reader import AmbixReader, read_ambix
from engine.export.reading.riff import wave_facts
from tests.engine.export.reading.recordings import (
    AMB_GUID,
    BIG_GUID,
    FLOAT_GUID,
    RATE_HZ,
    chunk,
    field,
    fmt,
    heard,
    pcm16,
    riff,
)

TRUE = pytest.approx((60.0, 20.0), abs=0.1)


def data(content: bytes, size: int) -> bytes:
    return b"data" + struct.pack("<I", size) + content


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stated", "says"),
    [
        (0, "empty"),
        (0xFFFFFFFF, "its length"),
        (0xFFFFFF00, "its length"),
        (1_000, "continues after"),
        (10**8, "cut off"),
    ],
)
def test_a_wrong_length_is_not_believed_and_told(tmp_path: Path, stated: int, says: str) -> None:
    content = pcm16(field())
    frames, *direction, notices = heard(riff(tmp_path / "a.wav", fmt(), data(content, stated), size=36))
    assert frames == RATE_HZ
    assert tuple(direction) == TRUE
    assert says in notices
    assert "a.wav" in notices


def test_a_right_length_is_believed_whatever_follows(tmp_path: Path) -> None:
    content = pcm16(field())
    for number, behind in enumerate(
        (b"", b"\0", b"\0" * 300, chunk(b"iXML", b"<BWFXML/>"), chunk(b"zzzz", b"own"), b"TAG" + b"song" * 31, b"ID3\3")
    ):
        frames, *_, notices = heard(riff(tmp_path / f"{number}.wav", fmt(), chunk(b"data", content), behind))
        assert (frames, notices) == (RATE_HZ, ""), behind[:8]


def test_an_empty_file_stays_empty(tmp_path: Path) -> None:
    assert heard(riff(tmp_path / "a.wav", fmt(), data(b"", 0), chunk(b"LIST", b"INFO")))[0] == 0
    assert heard(riff(tmp_path / "b.wav", fmt(), data(b"", 0)))[0] == 0


def test_a_format_behind_a_long_chunk_is_found_and_letters_in_a_text_are_not(tmp_path: Path) -> None:
    foa = field()
    fuma = np.stack([foa[0] / np.sqrt(2.0), foa[3], foa[1], foa[2]])
    trap = b"a note with fmt " + fmt(2, 8_000) + b"data\x04\0\0\0"
    late = riff(
        tmp_path / "late.amb",
        chunk(b"JUNK", bytes(100_000)),
        chunk(b"LIST", trap),
        fmt(guid=AMB_GUID),
        chunk(b"data", pcm16(fuma)),
    )
    frames, *direction, notices = heard(late)
    assert frames == RATE_HZ
    assert tuple(direction) == TRUE
    assert notices == ""
    with AmbixReader(late) as reader:
        assert (reader.convention, reader.convention_source) == ("fuma", "file")


def test_the_guid_of_fuma_in_a_text_means_nothing(tmp_path: Path) -> None:
    path = riff(tmp_path / "a.wav", chunk(b"bext", fmt(guid=AMB_GUID)), fmt(), chunk(b"data", pcm16(field())))
    with AmbixReader(path) as reader:
        assert reader.convention == "ambix"


def test_rf64_takes_its_length_from_ds64_unless_that_is_wrong_too(tmp_path: Path) -> None:
    content = pcm16(field())
    for said, frames, notice in ((len(content), RATE_HZ, ""), (0, RATE_HZ, "empty"), (2**60, RATE_HZ, "cut off")):
        ds64 = chunk(b"ds64", struct.pack("<QQQI", 0, said, 0, 0))
        path = riff(tmp_path / "a.wav", ds64, fmt(), data(content, 0xFFFFFFFF), size=0xFFFFFFFF, name=b"RF64")
        found, *_, notices = heard(path)
        assert found == frames
        assert notice in notices


def test_wave64_and_big_endian_files_are_walked_too(tmp_path: Path) -> None:
    foa = field()
    soundfile.write(tmp_path / "a.w64", foa.T, RATE_HZ, "FLOAT", format="W64")
    np.testing.assert_array_equal(read_ambix(tmp_path / "a.w64")[0], foa)
    content = bytearray((tmp_path / "a.w64").read_bytes())
    at = content.index(b"data\xf3\xac\xd3\x11") + 16
    content[at : at + 8] = struct.pack("<Q", 24)  # nothing: the recorder crashed
    (tmp_path / "crashed.w64").write_bytes(content)
    assert heard(tmp_path / "crashed.w64")[0] == RATE_HZ
    rifx = riff(tmp_path / "b.wav", fmt(guid=BIG_GUID, order=">"), chunk(b"data", pcm16(foa, ">"), ">"), name=b"RIFX")
    np.testing.assert_allclose(read_ambix(rifx)[0], foa, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_samples_are_those_that_libsndfile_reads(tmp_path: Path, subtype: str) -> None:
    soundfile.write(tmp_path / "a.wav", field().T, RATE_HZ, subtype)
    facts = wave_facts(tmp_path / "a.wav")
    assert facts is not None
    assert facts.is_plain
    expected, _ = soundfile.read(tmp_path / "a.wav", dtype="float32")
    np.testing.assert_array_equal(read_ambix(tmp_path / "a.wav")[0], expected.T)


def test_compressed_wav_goes_to_libsndfile(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", field().T, RATE_HZ, "ULAW")
    frames, *direction, _ = heard(tmp_path / "a.wav")
    assert frames == RATE_HZ
    assert tuple(direction) == pytest.approx((60.0, 20.0), abs=1.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("header", "says"),
    [
        (fmt(channels=65_535), "65535 channels"),
        (fmt(rate_hz=2**32 - 1), "4294967295 Hz"),
        (fmt(rate_hz=1), "1 Hz"),
        (fmt(channels=0), "cannot be read"),
        (chunk(b"fmt ", b"\1\0"), "cannot be read"),
        (b"fmt " + struct.pack("<I", 0xFFFFFFF0), "cannot be read"),
    ],
)
def test_headers_of_what_no_recording_is_are_one_sentence_and_take_no_memory(
    tmp_path: Path, header: bytes, says: str
) -> None:
    path = riff(tmp_path / "a.wav", header, data(bytes(64), 0xFFFFFFF0))
    tracemalloc.start()
    try:
        with pytest.raises(MediaError, match=says):
            read_ambix(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_file_of_chunks_alone_does_not_keep_the_reader_busy(tmp_path: Path) -> None:
    path = riff(tmp_path / "a.wav", chunk(b"JUNK", b"") * 200_000, fmt(), chunk(b"data", pcm16(field())))
    assert wave_facts(path) is None


def test_floats_beyond_single_precision_are_damage(tmp_path: Path) -> None:
    content = np.full((100, 4), 1e300).astype("<f8").tobytes()
    path = riff(tmp_path / "a.wav", fmt(bits=64, guid=FLOAT_GUID), chunk(b"data", content))
    with pytest.raises(MediaError, match="not numbers"):
        read_ambix(path)


def chna(pack: str) -> bytes:
    rows = (
        struct.pack("<H12s14s11sx", n, f"ATU_{n:08d}".encode(), f"AT_00040{n:03d}_01".encode(), pack.encode())
        for n in range(1, 5)
    )
    return chunk(b"chna", struct.pack("<HH", 4, 4) + b"".join(rows))


@pytest.mark.slow
@pytest.mark.parametrize(
    "notes",
    [
        chna("AP_00040011"),
        chna("AP_00040013") + chunk(b"axml", b"<x>SN3D N3D</x>"),
        chna("AP_00041001") + chunk(b"axml", b"<normalization>N3D</normalization>"),
        chunk(b"axml", b"<audioBlockFormat><normalization>N3D</normalization></audioBlockFormat>"),
        chunk(b"iXML", b"<BWFXML><NOTE>Ambisonics, ACN/N3D</NOTE></BWFXML>"),
    ],
)
@pytest.mark.parametrize("is_behind", [False, True])
def test_n3d_is_read_where_the_tags_name_it(tmp_path: Path, notes: bytes, is_behind: bool) -> None:
    sound = chunk(b"data", pcm16(sn3d_to_n3d(0.3 * field())))
    around = (sound, notes) if is_behind else (notes, sound)
    file = riff(tmp_path / "a.wav", fmt(), *around)
    with AmbixReader(file) as reader:
        assert (reader.convention, reader.convention_source, reader.is_doubtful) == ("n3d", "file", False)
        heard_field = np.concatenate(list(reader.blocks()), axis=1)
    np.testing.assert_allclose(heard_field, 0.3 * field(), atol=1e-3)


@pytest.mark.parametrize(
    ("notes", "says"),
    [
        (chna("AP_00040001"), "ambix"),
        (chna("AP_00040021"), None),
        (chunk(b"iXML", b"<NOTE>converted from N3D to SN3D</NOTE>"), None),
        (chunk(b"iXML", b"<NOTE>MN3DX</NOTE>"), None),
        (b"", None),
    ],
)
def test_other_tags_are_not_n3d(tmp_path: Path, notes: bytes, says: str | None) -> None:
    facts = wave_facts(riff(tmp_path / "a.wav", fmt(), notes, chunk(b"data", pcm16(field()))))
    assert facts is not None
    assert not facts.says_n3d
    assert facts.says_ambix == (says == "ambix")


@pytest.mark.slow
def test_a_caf_names_n3d_by_its_layout(tmp_path: Path) -> None:
    with CafWriter(tmp_path / "a.caf", field_layout("float")) as writer:
        writer.write(sn3d_to_n3d(0.3 * field()))
    data = (tmp_path / "a.caf").read_bytes()
    (tmp_path / "n3d.caf").write_bytes(data.replace(struct.pack(">I", 190 << 16 | 4), struct.pack(">I", 191 << 16 | 4)))
    for name, convention in (("a.caf", "ambix"), ("n3d.caf", "n3d")):
        with AmbixReader(tmp_path / name) as reader:
            assert (reader.convention, reader.convention_source) == (convention, "file")
