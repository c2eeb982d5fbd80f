import pytest

from engine.contract.scene.scene import LoopRange, Scene
from engine.runtime.session.program import Program
from engine.runtime.shared.laps import Lap, is_made_for, lap_at, scene_lap_at
from engine.runtime.shared.state import SharedState

END = 100_000
RANGE = (20_000, 50_000)


def test_a_range_repeats_until_the_playhead_is_behind_it():
    assert lap_at(0, RANGE, END) == Lap(50_000, 20_000)
    assert lap_at(49_999, RANGE, END) == Lap(50_000, 20_000)
    assert lap_at(50_000, RANGE, END) == Lap(END, 0)
    assert lap_at(0, None, END) == Lap(END, 0)


@pytest.mark.parametrize(
    ("before", "now", "made", "fits"),
    [
        (None, RANGE, 30_000, True),
        (None, RANGE, 45_000, False),  # a patch that is under way reaches beyond the new end
        (None, RANGE, 60_000, False),
        (RANGE, None, 30_000, True),
        (RANGE, None, 50_000, False),  # what lies ready ends with the old range
        (RANGE, (10_000, 50_000), 50_000, True),
        (RANGE, (20_000, 90_000), 30_000, True),
    ],
)
def test_what_is_made_ahead_fits_another_range_or_not(before, now, made, fits):
    assert is_made_for(now, before, (5, 25_000), (5, made), END, 7680) is fits


def test_a_lap_that_was_made_ahead_fits_the_same_range_alone():
    assert is_made_for(RANGE, RANGE, (5, 25_000), (6, 30_000), END, 7680)
    assert not is_made_for((10_000, 50_000), RANGE, (5, 25_000), (6, 30_000), END, 7680)
    assert not is_made_for(None, RANGE, (5, 25_000), (6, 30_000), END, 7680)


def test_the_shared_range_is_read_as_it_was_written():
    state = SharedState()
    other = SharedState(state.name)
    try:
        assert other.loop_range is None
        assert not other.goes_on_after(END)
        state.loop_range = RANGE
        assert other.loop_range == RANGE
        assert other.goes_on_after(50_000)
        assert not other.goes_on_after(END)
        state.loop = True
        assert other.goes_on_after(END)
        state.loop_range = None
        assert other.loop_range is None
    finally:
        other.close()
        state.close()


@pytest.mark.parametrize("film_loops", [True, False])
def test_a_range_behind_the_end_of_a_shorter_film_repeats_nothing(film_loops):
    scene = Scene(length_samples=48_000, loop=LoopRange(96_000, 144_000))
    whole = Scene(length_samples=48_000)
    assert scene_lap_at(0, scene, film_loops=film_loops) == scene_lap_at(0, whole, film_loops=film_loops)
    program = Program()
    program.scene = scene
    assert program.live_range is None
    assert not program.video_loop(0, False).is_on


def test_a_range_that_reaches_behind_the_end_repeats_up_to_it():
    scene = Scene(length_samples=48_000, loop=LoopRange(24_000, 144_000))
    assert scene_lap_at(0, scene, film_loops=False) == (48_000, 24_000)
    assert scene_lap_at(48_000, scene, film_loops=False) == (48_000, None)
