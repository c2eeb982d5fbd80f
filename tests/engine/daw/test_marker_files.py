"""Markers go out and come back: CSV in seconds and in timecode, Reaper's list, MIDI; hostile files are refused."""

import io
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.errors import InvalidInputError
from engine.contract.frames import FrameGrid
from engine.contract.scene.checks import MOST_SAMPLES
from engine.contract.scene.scene import Marker
from engine.daw.marker_csv import read_csv, write_csv, write_reaper
from engine.daw.marker_file import format_of, read_markers, write_markers
from engine.daw.marker_list import FilmTimecode, MarkerFormat, NamedTime, plain_name
from engine.daw.marker_midi import read_midi, write_midi

RATE = 48_000
NAMES = st.text(max_size=40).map(plain_name)
MARKERS = st.lists(st.builds(NamedTime, st.integers(0, 3 * 3600 * RATE), NAMES), min_size=1, max_size=20).map(
    lambda each: sorted(each, key=lambda marker: marker.at_sample)
)
EXAMPLE = (NamedTime(0, "Start"), NamedTime(61 * RATE + 24, 'Tür, "zu"'), NamedTime(3700 * RATE, ""))


def test_csv_in_seconds_keeps_every_sample() -> None:
    text = write_csv(EXAMPLE)
    assert text.splitlines()[:3] == ["time_s,name", "0.000000,Start", '61.000500,"Tür, ""zu"""']
    assert read_csv(text).markers == EXAMPLE


@given(MARKERS)
def test_any_markers_come_back_to_their_precision(markers: list[NamedTime]) -> None:
    assert list(read_csv(write_csv(markers)).markers) == markers
    for written, within in ((read_csv(write_reaper(markers)), 24), (read_midi(write_midi(markers)), 13)):
        assert [marker.name for marker in written.markers] == [marker.name for marker in markers]
        assert all(abs(a.at_sample - b.at_sample) <= within for a, b in zip(written.markers, markers, strict=True))


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(30_000, 1001), Fraction(30), Fraction(60)])
def test_timecode_counts_from_that_of_the_film(rate: Fraction) -> None:
    grid = FrameGrid(rate)
    start = grid.sample_of(grid.frame_of("10:00:00:00") or 0)
    timecode = FilmTimecode(grid, start)
    markers = [NamedTime(grid.sample_of(frame), str(frame)) for frame in (0, 1, 1799, 1800, 17_982, 107_892)]
    text = write_csv(markers, timecode)
    assert text.splitlines()[1].startswith(grid.timecode(start))
    back = read_csv(text, timecode).markers
    assert all(abs(a.at_sample - b.at_sample) <= RATE / float(rate) for a, b in zip(back, markers, strict=True))
    with pytest.raises(InvalidInputError, match=r"line 2: '.*' is a timecode"):
        read_csv(text)


def test_a_list_as_reaper_exports_it_is_read() -> None:
    listed = (
        "#,Name,Start,End,Length,Color\r\n"
        'M1,"Door, slams",0:01.500,,,\r\n'
        "R1,Chase,0:10.000,1:02:03.250,1:01:53.250,FF8000\r\n"
        "M2,,2:00.000,,,\r\n"
    )
    found = read_csv(listed)
    assert found.markers == (
        NamedTime(round(1.5 * RATE), "Door, slams"),
        NamedTime(10 * RATE, "Chase"),
        NamedTime(120 * RATE, ""),
        NamedTime(round(3723.25 * RATE), "Chase (end)"),
    )
    assert found.remarks == ("1 region is read as markers at start and end.",)
    assert write_reaper(EXAMPLE).splitlines()[0] == "#,Name,Start,End,Length"
    assert write_reaper(EXAMPLE).splitlines()[3] == "M3,,1:01:40.000,,"


@pytest.mark.parametrize(("time", "why"), [("5.1.00", "bars and beats"), ("240000", "samples or frames")])
def test_a_list_in_another_unit_of_reaper_says_what_to_do(time: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=f"line 2: .*{why}.*minutes and seconds"):
        read_csv(f"#,Name,Start,End,Length\nM1,a,{time},,\n")


@pytest.mark.parametrize(
    ("text", "markers"),
    [
        ("1.5,a\n0:02.5,b", [(72_000, "a"), (120_000, "b")]),
        ("name;time\nx;1,25\n", [(60_000, "x")]),
        ("\ufeffTime (s)\tLabel\n3\tdrei\n", [(144_000, "drei")]),
        ("2\n1\n", [(48_000, ""), (96_000, "")]),
    ],
)
def test_other_lists_are_read(text: str, markers: list[tuple[int, str]]) -> None:
    assert [(m.at_sample, m.name) for m in read_csv(text.lstrip("\ufeff")).markers] == markers


def test_midi_follows_the_tempo_of_the_file_and_reads_every_track() -> None:
    tempo = mido.MidiTrack(
        [mido.MetaMessage("set_tempo", tempo=1_000_000, time=0), mido.MetaMessage("set_tempo", tempo=250_000, time=480)]
    )
    names = mido.MidiTrack(
        [
            mido.MetaMessage("marker", text="one", time=240),
            mido.Message("note_on", note=60, time=240),
            mido.MetaMessage("cue_marker", text="two", time=480),
        ]
    )
    content = io.BytesIO()
    mido.MidiFile(type=1, ticks_per_beat=480, tracks=[tempo, names]).save(file=content)
    found = read_midi(content.getvalue()).markers
    assert found == (NamedTime(RATE // 2, "one"), NamedTime(RATE + RATE // 4, "two"))


def test_midi_in_frames_is_read() -> None:
    data = write_midi([NamedTime(0, "a"), NamedTime(RATE, "b")])  # 1,920 ticks: a second at 120 beats per minute
    framed = data[:12] + bytes([0x100 - 24, 80]) + data[14:]  # 24 frames of 80 ticks
    assert [m.at_sample for m in read_midi(framed).markers] == [0, RATE]


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"MThd",
        b"MThd\xff\xff\xff\xff",
        write_midi(EXAMPLE)[:-3],
        write_midi(EXAMPLE)[:12] + b"\0\0" + write_midi(EXAMPLE)[14:],
        b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk\x7f\xff\xff\xff\0\xff\6\xff\xff\xff\x7f",
        b"\0\1\2\3\xff\xfe\xfd",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"name\n",
        b"time,name\n",
        b"time,name\nNaN,x\n",
        b"time,name\n-4,x\n",
        b"time,name\n1e30,x\n",
        b"time,name\n90000,x\n",
        b"time,name\n" + b"1,x\n" * 2_001,
        b"\n" * 1_000 + b'"' * 500_000,
        b"1,a\n" * 1_100_000,
        b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk\0\x10\0\0\0\xc0\1" + b"\0\1" * 2**19,  # half a million events
    ],
    ids=lambda damaged: repr(damaged[:16]),
)
def test_what_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, damaged: bytes) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(damaged)
    with pytest.raises(InvalidInputError) as told:
        read_markers(file)
    assert str(file) in str(told.value)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 300 + len(str(file))


def test_the_line_that_is_named_is_that_of_the_file() -> None:
    with pytest.raises(InvalidInputError, match="line 6: 'noon'"):
        read_csv('time_s,name\n\n1.0,"two\nlines"\n\nnoon,x\n')
    with pytest.raises(InvalidInputError, match="line 4: 'noon'"):
        read_csv("#,Name,Start,End,Length\n\nM1,a,0:01.000,,\nM2,b,noon,,\n")


def test_a_folder_a_pipe_and_no_file_are_refused(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("pipe.csv", "none.csv", "."):
        with pytest.raises(InvalidInputError, match="list of markers"):
            read_markers(tmp_path / name)


def test_files_are_written_whole_and_an_older_one_stays_if_there_is_nothing_to_write(tmp_path: Path) -> None:
    file = tmp_path / "m.mid"
    write_markers(file, [Marker(1, RATE, "x")], format_of(file))
    before = file.read_bytes()
    assert read_markers(file).markers == (NamedTime(RATE, "x"),)
    with pytest.raises(InvalidInputError, match="no markers"):
        write_markers(file, [], MarkerFormat.MIDI)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["m.mid"]
    with pytest.raises(InvalidInputError, match="let it end in"):
        format_of(tmp_path / "m.wav")


def test_the_latest_marker_fits_a_midi_file() -> None:
    markers = [NamedTime(MOST_SAMPLES, "late")]
    assert read_midi(write_midi(markers)).markers == tuple(markers)
