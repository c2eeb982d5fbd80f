"""MIDI clock: what is sent is received at the same place, with jitter, other tempos, stops and places in the middle."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.daw.clock_reader import ClockPlace, ClockReader
from engine.daw.midi_clock import CLOCK, CONTINUE, MOST_SIXTEENTHS, START, STOP, MidiClock, clock_s, song_position

RATE = 48_000
NEAR_S = 0.005


def told(
    bpm: float, seconds: float, *, from_s: float = 0.0, jitter_s: float = 0.0, reader: ClockReader | None = None
) -> list[tuple[float, float]]:
    """Send a playback from a place; return when which place was read, less the true one. Jitter keeps the order."""
    clock, chance = MidiClock(bpm), random.Random(5)
    reader, found, last_s, now_s, report_s = reader or ClockReader(120.0), [], 0.0, 0.0, 0.0
    while now_s < seconds:
        if now_s >= report_s:
            report_s += 0.05
            clock.follow((from_s + now_s) * RATE, now_s)
        for message in clock.due(now_s):
            last_s = max(last_s, now_s + chance.uniform(-jitter_s, jitter_s))
            place = reader.take(message, last_s)
            if place is not None and place.position_s is not None and place.runs:
                found.append((now_s, place.position_s - from_s - now_s))
        now_s += clock.wait_s(now_s) + 1e-4  # a thread wakes a little late
    return found


def test_messages_are_those_of_the_standard() -> None:
    clock = MidiClock(120.0)
    clock.follow(0.0, 0.0)
    assert clock.due(0.0) == [bytes((START,)), bytes((CLOCK,))]
    assert clock.due(0.0209) == [bytes((CLOCK,))]
    assert clock.stop(RATE) == [bytes((STOP,)), song_position(8)]
    assert clock.stop(RATE) == []
    assert song_position(8) == bytes((0xF2, 8, 0))
    assert song_position(200) == bytes((0xF2, 0x48, 0x01))
    clock.follow(RATE * 10.0, 20.0)
    assert clock.due(20.0) == [song_position(81), bytes((CONTINUE,))]  # the next sixteenth note
    assert clock.wait_s(20.0) == pytest.approx(0.1)
    assert clock.due(20.1249) == []
    assert clock.due(20.1251) == [bytes((CLOCK,))]
    assert clock.end() == [bytes((STOP,))]
    assert clock.end() == []


def test_24_clocks_are_a_quarter_note() -> None:
    clock = MidiClock(90.0)
    clock.follow(0.0, 0.0)
    sent = sum(message == bytes((CLOCK,)) for k in range(60_000) for message in clock.due(k / 1_000))
    assert sent == 90 * 24


@pytest.mark.parametrize("bpm", [20.0, 59.94, 96.0, 120.0, 133.7, 174.0, 400.0])
@pytest.mark.parametrize("from_s", [0.0, 17.3, 400.0])
def test_what_is_sent_is_read_within_5_ms(bpm: float, from_s: float) -> None:
    """The tempo in the dialog is another one: it is measured."""
    found = told(bpm, 20.0, from_s=from_s)
    assert found[0][0] < 24 * clock_s(bpm) + 8 * clock_s(bpm) + 8.0
    assert max(abs(off) for at, off in found if at > 10.0) < NEAR_S
    assert max(abs(off) for at, off in found) < 0.045


@pytest.mark.parametrize("from_s", [0.0, 300.0])
def test_jitter_of_3_ms_changes_the_place_by_no_more(from_s: float) -> None:
    found = told(120.0, 60.0, from_s=from_s, jitter_s=0.003)
    assert max(abs(off) for _, off in found) < 0.003 + NEAR_S
    assert len(found) > 59 * 48 - 30


def test_the_typed_tempo_is_exact() -> None:
    found = told(118.37, 5.0, from_s=800.0, jitter_s=0.003, reader=ClockReader(118.37))
    assert max(abs(off) for _, off in found) < 0.003 + NEAR_S


def heard(reader: ClockReader, times: list[float]) -> list[float]:
    """Return the places that are read when clocks come at some times; the first comes from a Start."""
    reader.take(bytes((START,)), times[0])
    places = [reader.take(bytes((CLOCK,)), at) for at in times]
    return [float("nan") if place is None or place.position_s is None else place.position_s for place in places]


def clocks(tempo: Callable[[float], float], seconds: float) -> list[float]:
    times = [0.0]
    while times[-1] < seconds:
        times.append(times[-1] + clock_s(tempo(times[-1])))
    return times


@pytest.mark.parametrize("after", [90.0, 118.0, 121.0, 126.0, 180.0])
def test_a_change_of_tempo_leaves_the_place_where_it_is(after: float) -> None:
    times = clocks(lambda t: 120.0 if t < 300.0 else after, 330.0)
    reader = ClockReader(120.0)
    places = heard(reader, times)
    late = [abs(place - at) for at, place in zip(times, places, strict=True)]
    assert max(late) < 0.2  # while it is not yet noticed
    assert max(off for at, off in zip(times, late, strict=True) if at > 306.0) < 0.012
    assert reader.bpm == pytest.approx(after, abs=0.01)


def test_a_slow_change_of_tempo_is_followed() -> None:
    times = clocks(lambda t: 100.0 + min(40.0, max(0.0, 2.0 * (t - 30.0))), 70.0)
    reader = ClockReader(100.0)
    late = [abs(place - at) for at, place in zip(times, heard(reader, times), strict=True)]
    assert max(late) < 0.045
    assert reader.bpm == pytest.approx(140.0, abs=0.01)


def test_a_stall_moves_nothing_for_long() -> None:
    """Clocks that were held up for 80 ms come all at once: the place is right again with the next one."""
    times = clocks(lambda _t: 120.0, 30.0)
    times = [20.08 if 20.0 <= at < 20.08 else at for at in times]
    places = heard(ClockReader(120.0), times)
    assert max(abs(place - at) for at, place in zip(times, places, strict=True) if at > 20.09) < NEAR_S


def test_a_stop_stops_and_a_place_is_said_while_it_stands() -> None:
    reader = ClockReader(120.0)
    heard(reader, clocks(lambda _t: 96.0, 5.0))
    assert reader.take(bytes((STOP,)), 5.1) == ClockPlace(None, runs=False)
    assert reader.take(bytes((CLOCK,)), 5.1) is None
    place = reader.take(song_position(64), 5.2)
    assert place is not None
    assert not place.runs
    assert place.position_s == pytest.approx(64 / 4 * 60.0 / 96.0)
    assert reader.take(bytes((CONTINUE,)), 5.3) is None
    place = reader.take(bytes((CLOCK,)), 5.31)
    assert place is not None
    assert place.position_s == pytest.approx(10.0)


def test_a_place_at_a_new_tempo_is_told_anew() -> None:
    """After a stop the workstation has another tempo, and starts in the middle."""
    reader = ClockReader(120.0)
    heard(reader, clocks(lambda _t: 96.0, 5.0))
    reader.take(bytes((STOP,)), 5.1)
    found = told(140.0, 8.0, from_s=50.0, reader=reader)
    assert max(abs(off) for at, off in found if at > 1.0) < NEAR_S


def test_clock_that_stops_coming_is_said_once() -> None:
    reader = ClockReader(120.0)
    times = clocks(lambda _t: 120.0, 3.0)
    heard(reader, times)
    assert not reader.is_lost(times[-1] + 0.2)
    assert reader.is_lost(times[-1] + 0.3)
    assert not reader.runs
    assert not reader.is_lost(times[-1] + 0.4)
    slow = ClockReader(120.0)
    times = clocks(lambda _t: 20.0, 9.0)
    heard(slow, times)
    assert not slow.is_lost(times[-1] + 0.4)


def test_a_place_out_of_reach_sends_nothing_and_waits() -> None:
    clock = MidiClock(120.0)
    assert clock.reach_s == pytest.approx(2_047.875)
    clock.follow(1_000.0 * RATE, 0.0)
    clock.due(0.0)
    clock.follow(3_000.0 * RATE, 1.0)
    assert clock.due(1.0) == [bytes((STOP,))]
    assert clock.due(5.0) == []
    assert clock.wait_s(5.0) == 0.1
    clock.follow(10.0 * RATE, 6.0)
    assert clock.due(6.0)[-1] == bytes((CONTINUE,))
    assert song_position(MOST_SIXTEENTHS) == bytes((0xF2, 0x7F, 0x7F))


def test_a_sender_that_was_held_up_says_its_place_again() -> None:
    clock = MidiClock(120.0)
    clock.follow(0.0, 0.0)
    clock.due(0.0)
    sent = clock.due(9.0)
    assert sent[0] == bytes((STOP,))
    assert sent[2] == bytes((CONTINUE,))
    assert len(sent) == 3


@given(st.lists(st.tuples(st.binary(max_size=4), st.floats(0.0, 1.0)), max_size=80))
def test_no_message_raises(messages: list[tuple[bytes, float]]) -> None:
    reader, now_s = ClockReader(120.0), 0.0
    for message, wait_s in messages:
        now_s += wait_s
        reader.take(message, now_s)
        reader.is_lost(now_s)


@pytest.mark.parametrize("bpm", [90.0, 97.3, 120.0, 140.0])
@pytest.mark.parametrize("block", [256, 512, 1_024])
@pytest.mark.parametrize("sixteenth", [0, 4_000])
def test_a_driver_that_delivers_in_blocks_changes_nothing(bpm: float, block: int, sixteenth: int) -> None:
    """Messages come at the end of a block: the tempo stays, and the place is at most a block late.

    Far from the start, at a tempo that nobody typed, it is off by what the tempo is: at first by most.
    """
    block_s, chance = block / RATE, random.Random(1)
    true_s = clocks(lambda _t: bpm, 120.0)
    reader = ClockReader(120.0)
    reader.take(song_position(sixteenth), 0.0)
    reader.take(bytes((CONTINUE,)), 0.0)
    off, began_s = [], sixteenth * 15.0 / bpm
    for at_s in true_s:
        sent_s = at_s + chance.uniform(0.0, 0.001)
        place = reader.take(bytes((CLOCK,)), block_s * (sent_s // block_s + 1.0))
        if place is not None and place.position_s is not None:
            off.append((at_s, abs(place.position_s - began_s - at_s)))
    assert off[0][0] < 8.0
    sure = bpm == 120.0 or not sixteenth
    assert max(late for at_s, late in off if at_s > 20.0 or sure) < block_s + (2.0 if sure else 4.0) * NEAR_S
