"""Frames of a film and their timecode, against the numbers of SMPTE ST 12-1."""

from fractions import Fraction

import pytest

from engine.contract.frames import FrameGrid

RATE = 48_000
NTSC = FrameGrid(Fraction(30_000, 1001))


@pytest.mark.parametrize(
    ("fps", "rate"),
    [(25.0, Fraction(25)), (23.976, Fraction(24_000, 1001)), (29.97, Fraction(30_000, 1001)), (12.5, Fraction(25, 2))],
)
def test_a_rate_as_it_is_written_is_the_exact_one(fps: float, rate: Fraction) -> None:
    assert FrameGrid.of(fps).rate == rate


@pytest.mark.parametrize("fps", [24.0, 25.0, 23.976, 29.97, 30.0, 59.94])
def test_a_frame_begins_at_its_first_sample(fps: float) -> None:
    grid = FrameGrid.of(fps)
    for frame in (0, 1, 1_799, 1_800, 107_892):
        first = grid.sample_of(frame)
        assert grid.frame_at(first) == frame
        assert frame == 0 or grid.frame_at(first - 1) == frame - 1
        assert grid.nearest(first + 3) == first
        assert grid.nearest(grid.sample_of(frame + 1) - 3) == grid.sample_of(frame + 1)


@pytest.mark.parametrize(
    ("frame", "timecode"),
    [
        (0, "00:00:00;00"),
        (1_799, "00:00:59;29"),
        (1_800, "00:01:00;02"),
        (17_982, "00:10:00;00"),
        (107_892, "01:00:00;00"),
    ],
)
def test_drop_frame_leaves_out_numbers_and_no_frames(frame: int, timecode: str) -> None:
    assert NTSC.timecode(NTSC.sample_of(frame)) == timecode
    assert NTSC.frame_of(timecode) == frame


def test_an_hour_at_23_976_counts_all_its_frames() -> None:
    grid = FrameGrid.of(23.976)
    assert grid.timecode(grid.sample_of(24 * 3_600)) == "01:00:00:00"
    assert grid.sample_of(24 * 3_600) == 3_603_600 * RATE // 1_000


@pytest.mark.parametrize("second", [0, 1, 59, 60, 61, 600, 3_600])
def test_a_second_of_timecode_begins_with_its_first_number(second: int) -> None:
    frame = NTSC.second_of_timecode(second)
    hours, minutes, seconds = second // 3_600, second // 60 % 60, second % 60
    assert NTSC.timecode(NTSC.sample_of(frame)).startswith(f"{hours:02d}:{minutes:02d}:{seconds:02d}")
    if frame:
        assert not NTSC.timecode(NTSC.sample_of(frame - 1)).startswith(f"{hours:02d}:{minutes:02d}:{seconds:02d}")


@pytest.mark.parametrize("text", ["", "1:2", "24:00:00:00", "00:60:00:00", "00:00:60:00", "00:00:00:30", "a:b:c:d"])
def test_what_is_no_timecode_names_no_frame(text: str) -> None:
    assert NTSC.frame_of(text) is None
