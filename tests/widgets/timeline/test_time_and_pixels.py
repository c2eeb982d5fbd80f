"""Time to pixels and back, frames and timecode, marks, snapping, the render bar: arithmetic without a widget."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.frames import FrameGrid
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.checks import MOST_SAMPLES
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene
from tests.engine.contract.scene.scenes import FILM, S
from widgets.timeline.geometry.coverage import Made, Stretch, coverage
from widgets.timeline.geometry.snapping import Snap
from widgets.timeline.geometry.ticks import RulerUnit, ticks
from widgets.timeline.geometry.time_scale import COARSEST_SAMPLES_PER_PX, FINEST_SAMPLES_PER_PX, TimeScale

ZOOMS = st.floats(FINEST_SAMPLES_PER_PX, COARSEST_SAMPLES_PER_PX)
RATES = (23.976, 24.0, 25.0, 29.97, 30.0, 48.0, 50.0, 59.94, 60.0, 119.88, 12.5)


@given(ZOOMS, st.integers(0, 10**8), st.integers(0, MOST_SAMPLES))
def test_a_sample_comes_back_from_its_x(zoom, scroll, sample):
    scale = TimeScale(zoom, scroll)
    assert scale.sample_at(scale.x_of(sample)) == sample


@given(ZOOMS, st.integers(0, 10**6), st.integers(-4000, 4000))
def test_an_x_comes_back_from_its_sample(zoom, scroll, x):
    scale = TimeScale(zoom, scroll)
    assert scale.x_of(scale.sample_at(x)) == pytest.approx(x, abs=0.5 / FINEST_SAMPLES_PER_PX + 1e-6)


@given(ZOOMS, st.integers(0, 10**5), st.floats(1.0, 40.0), st.integers(0, 4000))
def test_zooming_in_keeps_what_is_under_the_pointer(zoom, scroll, factor, x):
    scale = TimeScale(zoom, scroll)
    assert scale.zoomed(factor, x).x_of(scale.sample_at(x)) == pytest.approx(x, abs=0.6 + factor * 0.06)


@given(st.integers(0, 10**8), st.integers(1, 10**9), st.integers(100, 4000))
def test_a_range_that_is_fitted_is_seen(start, length, width):
    scale = TimeScale.fitted(start, start + length, width)
    assert scale.x_of(start) == pytest.approx(0.0, abs=0.5)
    assert scale.x_of(start + length) <= width


@given(st.sampled_from(RATES), st.integers(0, 10**7))
def test_a_frame_comes_back_from_its_first_sample(fps, frame):
    grid = FrameGrid.of(fps)
    first = grid.sample_of(frame)
    assert grid.frame_at(first) == frame
    assert first == 0 or grid.frame_at(first - 1) == frame - 1


@given(st.sampled_from(RATES), st.integers(0, MOST_SAMPLES))
def test_the_nearest_frame_is_at_most_half_a_frame_away(fps, sample):
    grid = FrameGrid.of(fps)
    assert abs(grid.nearest(sample) - sample) <= S / fps / 2 + 1


@given(st.sampled_from((29.97, 59.94)), st.integers(0, MOST_SAMPLES))
def test_drop_frame_timecode_stays_with_the_clock(fps, sample):
    hours, minutes, rest = FrameGrid.of(fps).timecode(sample).split(":")
    seconds, frame = rest.split(";")
    shown = int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(frame) / round(fps)
    assert abs(shown - sample / S) < 0.2


@pytest.mark.parametrize(
    ("fps", "frame", "text"),
    [
        (29.97, 1799, "00:00:59;29"),
        (29.97, 1800, "00:01:00;02"),  # SMPTE ST 12-1: ;00 and ;01 are left out
        (29.97, 17982, "00:10:00;00"),
        (29.97002997, 107892, "01:00:00;00"),
        (59.94, 3600, "00:01:00;04"),
        (25.0, 1500, "00:01:00:00"),
        (23.976, 1440, "00:01:00:00"),
        (119.88, 0, "00:00:00;000"),
    ],
)
def test_timecode(fps, frame, text):
    grid = FrameGrid.of(fps)
    assert grid.timecode(grid.sample_of(frame)) == text


@given(st.sampled_from(RATES), st.integers(0, 24 * 3600 - 1))
def test_a_second_of_timecode_is_where_its_label_begins(fps, second):
    grid = FrameGrid.of(fps)
    frame = grid.second_of_timecode(second)
    label = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    assert grid.timecode(grid.sample_of(frame)).startswith(label)
    assert frame == 0 or not grid.timecode(grid.sample_of(frame - 1)).startswith(label)


@given(ZOOMS, st.integers(0, 10**5), st.sampled_from((None, *RATES)), st.sampled_from(RulerUnit))
def test_marks_are_never_too_close_and_never_too_far(zoom, scroll, fps, unit):
    scale = TimeScale(zoom, scroll)
    marks = ticks(scale, 1500, None if fps is None else FrameGrid.of(fps), unit)
    assert len(marks) < 24
    gaps = [scale.width_of(b.at_sample - a.at_sample) for a, b in itertools.pairwise(marks)]
    assert all(gap > 80.0 for gap in gaps)
    assert len({mark.label for mark in marks}) == len(marks)
    if zoom < 1e5:
        assert max(gaps, default=0.0) < 700.0


@given(st.lists(st.integers(0, 10**7), max_size=9), st.integers(0, 10**7), st.floats(0, 10**5))
def test_a_time_snaps_to_the_nearest_target_in_reach(targets, sample, reach):
    snapped = Snap(sorted(targets), reach).snapped(sample)
    near = min((abs(target - sample) for target in targets), default=10**9)
    assert abs(snapped - sample) == (near if near <= reach else 0)


def test_either_end_of_a_block_snaps_and_frames_do_elsewhere():
    snap = Snap([10 * S], 0.1 * S, FrameGrid.of(25.0))
    assert snap.shift(int(0.95 * S), (9 * S, 12 * S)) == S
    assert snap.shift(int(-2.05 * S), (9 * S, 12 * S)) == -2 * S
    assert snap.shift(int(3.01 * S), (9 * S, 12 * S)) == 3 * S


def block(number, start_s, end_s, made=False):
    recipe = Recipe.of("rain")
    takes = (SceneTake("t", recipe),) if made else ()
    return GeneratedBlock(
        block_id=number, start_sample=int(start_s * S), length_samples=int((end_s - start_s) * S), recipe=recipe,
        takes=takes, current="t" if made else None,
    )  # fmt: skip


def stretches(*parts):
    return [Stretch(int(a * S), int(b * S), made) for a, b, made in parts]


def test_the_render_bar_shows_what_is_made_what_is_not_and_holes():
    one = Lane(lane_id=1, name="a", blocks=(block(10, 1, 4, made=True), block(11, 8, 12)))
    two = Lane(lane_id=2, name="b", blocks=(block(12, 3, 5),))
    scene = Scene(length_samples=10 * S, lanes=(one, two), next_id=99)
    shown = stretches(
        (0, 1, Made.HOLE), (1, 3, Made.READY), (3, 5, Made.MISSING), (5, 8, Made.HOLE), (8, 10, Made.MISSING)
    )
    assert coverage(scene, {}) == shown
    half = coverage(scene, {12: S})
    assert half[1:3] == stretches((1, 4, Made.READY), (4, 5, Made.MISSING))
    muted = replace(scene, lanes=(one, replace(two, mute=True)))
    assert coverage(muted, {})[:2] == stretches((0, 1, Made.HOLE), (1, 4, Made.READY))


def test_where_the_films_own_sound_is_heard_is_no_hole():
    sound = Lane(lane_id=1, kind=LaneKind.FILM_SOUND, name="film")
    scene = Scene(film=FILM, length_samples=30 * S, lanes=(sound,), next_id=9)
    assert coverage(scene, {}) == stretches((0, 30, Made.READY))
    assert coverage(replace(scene, lanes=(replace(sound, mute=True),)), {}) == stretches((0, 30, Made.HOLE))
