"""MIDI time code as bytes: as the specification writes them, read again, and in time."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.daw.mtc_clock import MtcClock
from engine.daw.time_code import MtcRate, MtcReader, MtcTime, full_frame, quarter_frame

RATE = 48_000
DAY_FRAMES = {
    MtcRate.FPS_23_976: 23,
    MtcRate.FPS_24: 24,
    MtcRate.FPS_25: 25,
    MtcRate.FPS_29_97_DROP: 29,
    MtcRate.FPS_30: 30,
}


def test_messages_are_those_of_the_specification() -> None:
    # 01:37:52:16 at 30 frames per second, without drop.
    frame = ((1 * 60 + 37) * 60 + 52) * 30 + 16
    assert full_frame(MtcRate.FPS_30, frame) == bytes.fromhex("f0 7f 7f 01 01 61 25 34 10 f7")
    pieces = b"".join(quarter_frame(MtcRate.FPS_30, frame, piece) for piece in range(8))
    assert pieces == bytes.fromhex("f1 00 f1 11 f1 24 f1 33 f1 45 f1 52 f1 61 f1 76")
    assert full_frame(MtcRate.FPS_24, 0)[5] == 0x00
    assert full_frame(MtcRate.FPS_25, 0)[5] == 0x20
    assert full_frame(MtcRate.FPS_29_97_DROP, 0)[5] == 0x40


def test_an_hour_of_a_film_at_23_976_counts_its_frames_and_lasts_longer() -> None:
    rate = MtcRate.of(23.976)
    assert full_frame(rate, 86_400) == full_frame(MtcRate.FPS_24, 86_400)
    assert rate.grid.sample_of(86_400) == 3_603_600 * RATE // 1_000
    time = MtcReader(slow=True).take(full_frame(MtcRate.FPS_24, 86_400))
    assert time is not None
    assert time.at_sample == rate.grid.sample_of(86_400)


def test_drop_frame_leaves_out_numbers() -> None:
    assert full_frame(MtcRate.FPS_29_97_DROP, 1_799)[6:9] == bytes((0, 59, 29))
    assert full_frame(MtcRate.FPS_29_97_DROP, 1_800)[6:9] == bytes((1, 0, 2))
    assert full_frame(MtcRate.FPS_29_97_DROP, 17_982)[6:9] == bytes((10, 0, 0))


@given(st.sampled_from(list(MtcRate)), st.floats(0.0, 1.0))
def test_any_time_of_day_is_read_again(rate: MtcRate, share: float) -> None:
    frame = int(share * (DAY_FRAMES[rate] * 86_400 - 1))
    reader = MtcReader(slow=rate is MtcRate.FPS_23_976)
    at = rate.grid.sample_of(frame)
    assert reader.take(full_frame(rate, frame)) == MtcTime(rate, at, is_running=False)
    found = [reader.take(quarter_frame(rate, frame, piece)) for piece in range(8)]
    assert found[:7] == [None] * 7
    now = round(at + Fraction(7, 4) * RATE / rate.grid.rate)
    assert found[7] == MtcTime(rate, now, is_running=True)


@pytest.mark.parametrize(
    "messages",
    [
        [quarter_frame(MtcRate.FPS_25, 100, piece) for piece in range(7, -1, -1)],  # backwards
        [quarter_frame(MtcRate.FPS_25, 100, piece) for piece in (0, 1, 2, 4, 5, 6, 7)],  # a gap
        [quarter_frame(MtcRate.FPS_25, 100, piece) for piece in range(3, 8)],
        [bytes.fromhex("f0 7f 7f 01 01 00 3c 00 00 f7")],  # 60 minutes
        [bytes.fromhex("f0 7f 7f 01 01 20 00 00 19 f7")],  # frame 25 of 25
        [bytes.fromhex("f0 7f 7f 01 01 1f 00 00 00 f7")],  # 31 hours
        [bytes.fromhex("f0 7f 7f 06 01 f7"), b"\xf8", b"\x90\x40\x7f", b"", b"\xf1", b"\xf1\xff"],
    ],
)
def test_what_is_no_time_is_nothing(messages: list[bytes]) -> None:
    reader = MtcReader()
    assert [reader.take(message) for message in messages] == [None] * len(messages)


@given(st.lists(st.binary(max_size=12), max_size=30))
def test_no_message_raises(messages: list[bytes]) -> None:
    reader = MtcReader()
    for message in messages:
        reader.take(message)


@pytest.mark.parametrize("rate", list(MtcRate))
@pytest.mark.parametrize("jitter_s", [0.0, 0.02])
def test_a_receiver_knows_where_playback_is(rate: MtcRate, jitter_s: float) -> None:
    """The clock is asked every 2 ms; the position comes every 60 ms, with jitter. The receiver is within a frame."""
    clock, reader = MtcClock(rate), MtcReader(slow=rate is MtcRate.FPS_23_976)
    start_s, found, quarters = 3_599.0, [], 0
    for tick in range(5_000):
        now_s = 0.002 * tick
        if tick % 30 == 0:
            clock.follow((start_s + now_s + jitter_s * ((tick // 30) % 2)) * RATE, now_s)
        for message in clock.due(now_s):
            quarters += message[0] == 0xF1
            time = reader.take(message)
            if time is not None and time.is_running:
                found.append(time.at_sample / RATE - start_s - now_s)
    assert quarters == pytest.approx(4 * float(rate.grid.rate) * 10.0, abs=12)
    assert len(found) > 100
    assert max(map(abs, found)) < 1.0 / float(rate.grid.rate)


def test_a_jump_is_located_and_standing_is_told_once() -> None:
    clock = MtcClock(MtcRate.FPS_25)
    clock.follow(0.0, 0.0)
    assert clock.due(0.0) == [full_frame(MtcRate.FPS_25, 0)]
    assert clock.wait_s(0.0) == pytest.approx(0.08)
    clock.follow(60.0 * RATE, 0.01)
    assert clock.due(0.01) == [full_frame(MtcRate.FPS_25, 1_500)]
    assert clock.stop(61.0 * RATE) == [full_frame(MtcRate.FPS_25, 1_525)]
    assert clock.stop(61.0 * RATE) == []
    assert clock.due(5.0) == []
    clock.follow(61.0 * RATE, 6.0)
    assert clock.due(6.0) == [full_frame(MtcRate.FPS_25, 1_525)]
    assert clock.due(9.0) == [full_frame(MtcRate.FPS_25, 1_600)]  # the sender was held up: no flood


@pytest.mark.parametrize(
    ("fps", "rate"),
    [(23.976, MtcRate.FPS_23_976), (24000 / 1001, MtcRate.FPS_23_976), (47.952, MtcRate.FPS_23_976),
     (24, MtcRate.FPS_24), (25, MtcRate.FPS_25), (50, MtcRate.FPS_25), (29.97, MtcRate.FPS_29_97_DROP),
     (59.94, MtcRate.FPS_29_97_DROP), (60, MtcRate.FPS_30), (15, MtcRate.FPS_30)],
)  # fmt: skip
def test_the_rate_fits_the_film(fps: float, rate: MtcRate) -> None:
    assert MtcRate.of(fps) is rate
