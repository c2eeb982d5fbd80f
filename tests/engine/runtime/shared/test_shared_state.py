import threading
import time

import numpy as np
import pytest

from engine.contract.view import ViewOrientation
from engine.runtime.shared.block import shared_names_of_this_process
from engine.runtime.shared.epochs import after_seek, first_epoch, is_first_iteration, next_iteration, take_of
from engine.runtime.shared.numbers import Whole
from engine.runtime.shared.played import Clock, Dropouts
from engine.runtime.shared.state import Phase, SharedState


def test_both_ends_see_the_same_and_the_memory_is_given_back():
    ours = SharedState()
    theirs = SharedState(ours.name)
    try:
        ours.view = ViewOrientation(1.0, -0.5, 0.25)
        ours.want_take(after_seek(first_epoch()), 77)
        theirs.phase = Phase.REBUFFERING
        assert theirs.view == ViewOrientation(1.0, -0.5, 0.25)
        assert theirs.wanted_start == 77
        assert theirs.volume == 1.0
        assert ours.phase is Phase.REBUFFERING
        assert ours.produced_until == 77
        theirs.publish_produced(ours.wanted_epoch, 9000)
        assert ours.produced_until == 9000
        assert any(ours.name in name for name in shared_names_of_this_process())
    finally:
        theirs.close()
        ours.close()
        ours.close()
    assert not shared_names_of_this_process()


@pytest.mark.slow
def test_the_clock_is_never_read_half_written():
    state = SharedState()
    stop = threading.Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            state.publish_clock(Clock(n, n, n, n, float(n)))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3000):
            clock = state.clock
            assert clock.epoch == clock.from_sample == clock.until_sample == clock.iteration_start == clock.heard_at_s
    finally:
        stop.set()
        writer.join()
        state.close()


def test_a_clock_that_is_written_half_way_does_not_move_anything():
    writer = SharedState()
    reader = SharedState(writer.name)
    try:
        assert reader.clock == Clock(0, 0, 0, 0, 0.0)
        whole = Clock(7, 100, 612, 0, 1.5)
        writer.publish_clock(whole)
        assert reader.clock == whole
        # The writer is stopped between its two marks, with the next iteration's epoch beside the last iteration's end.
        ints = writer._ints
        ints[Whole.CLOCK_SEQUENCE] += 1
        ints[Whole.CLOCK_EPOCH] = 8
        ints[Whole.CLOCK_UNTIL] = 96_000
        began = time.perf_counter()
        assert reader.clock == whole
        assert time.perf_counter() - began < 0.05
        ints[Whole.CLOCK_FROM], ints[Whole.CLOCK_UNTIL] = 0, 512
        ints[Whole.CLOCK_SEQUENCE] += 1
        assert reader.clock == Clock(8, 0, 512, 0, 1.5)
    finally:
        reader.close()
        writer.close()


def test_dropouts_are_counted_from_a_moment_on():
    before, after = Dropouts(3, 4_800, 1), Dropouts(5, 9_600, 1)
    assert after.since(before) == Dropouts(2, 4_800, 0)


def test_epochs_have_room_for_years():
    year_s = 366 * 24 * 3600
    first = after_seek(first_epoch())
    shortest_lap_s = 0.04  # a film of one picture
    for _ in range(3):
        last = first + round(20 * year_s / shortest_lap_s)  # twenty years round and round
        assert take_of(last) == take_of(first)
        assert not is_first_iteration(last)
        assert after_seek(last) > next_iteration(last)
        assert after_seek(last) == after_seek(first)
        first = after_seek(last)
    seeks = 2 * year_s  # one a second for two years
    assert (after_seek(first_epoch()) + 1) * seeks < np.iinfo(np.int64).max


def test_epochs_grow_and_laps_stay_in_their_take():
    first = after_seek(first_epoch())
    iteration = next_iteration(first)
    second = after_seek(iteration)
    assert first < iteration < second
    assert take_of(first) == take_of(iteration) != take_of(second)
    assert is_first_iteration(first)
    assert not is_first_iteration(iteration)
