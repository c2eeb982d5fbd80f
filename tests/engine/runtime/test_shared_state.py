import threading

from engine.contract.view import ViewOrientation
from engine.runtime.epochs import after_seek, first_epoch, is_first_lap, next_lap, take_of
from engine.runtime.shared_block import shared_names_of_this_process
from engine.runtime.shared_state import Clock, Phase, SharedState


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
            assert clock.epoch == clock.from_sample == clock.until_sample == clock.lap_start == clock.heard_at_s
    finally:
        stop.set()
        writer.join()
        state.close()


def test_epochs_grow_and_laps_stay_in_their_take():
    first = after_seek(first_epoch())
    lap = next_lap(first)
    second = after_seek(lap)
    assert first < lap < second
    assert take_of(first) == take_of(lap) != take_of(second)
    assert is_first_lap(first)
    assert not is_first_lap(lap)
