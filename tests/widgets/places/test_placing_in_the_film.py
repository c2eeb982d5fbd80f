"""A lane is placed, moved and recorded by the mouse on the film."""

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from engine.contract.directions import Direction, angle_between
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.path_shape import PathShape
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.scene import Scene
from engine.contract.view import ViewOrientation
from tests.engine.contract.scene.scenes import S, one_lane
from tests.fakes import field_levels
from tests.widgets.places.placing import Placing, wheel
from tests.widgets.timeline.timelines import NONE, click, drag, move, press, release
from widgets.timeline.selection import Selection

SHIFT = Qt.KeyboardModifier.ShiftModifier
MOVING = LanePath((Keyframe(0, Direction(0.0)), Keyframe(10 * S, Direction(40.0))))


@pytest.fixture
def free(qtbot) -> Placing:
    return Placing(qtbot, one_lane())


@pytest.fixture
def fixed(qtbot) -> Placing:
    return Placing(qtbot, one_lane(LanePath.fixed(Direction(10.0, 5.0), 4.0)))


@pytest.fixture
def moving(qtbot) -> Placing:
    return Placing(qtbot, one_lane(MOVING))


def test_shift_click_places_the_lane_that_the_model_placed_and_undo_frees_it(free: Placing) -> None:
    free.film.set_view(ViewOrientation(yaw_rad=math.radians(60)))
    click(free.film, QPointF(320, 180), SHIFT)
    assert free.place() == pytest.approx((60.0, 0.0), abs=0.5)
    assert free.owner.steps == ["Place lane 'Dog'"]
    free.owner.undo()
    assert free.lane().path is None


def test_a_plain_click_turns_the_view_unless_the_tool_is_taken(free: Placing) -> None:
    click(free.film, QPointF(400, 180))
    assert free.lane().path is None
    free.state.set_tool(True)
    assert free.film.cursor().shape() is Qt.CursorShape.CrossCursor
    click(free.film, QPointF(320, 180))
    assert free.place() == pytest.approx((0.0, 0.0), abs=0.5)


def test_dragging_a_marker_moves_it_as_one_step_and_keeps_its_distance(fixed: Placing) -> None:
    view = fixed.film.view
    start = fixed.point()
    drag(fixed.film, start + QPointF(4, -3), start + QPointF(84, 37))
    moved = fixed.film.flat_view().to_direction(*(start + QPointF(80, 40)).toTuple())
    azimuth, elevation = fixed.place()
    assert angle_between(Direction(azimuth, elevation).unit_vector(), moved) < 1e-6
    assert fixed.lane().path.keyframes[0].distance_m == 4.0
    assert fixed.owner.steps == ["Place lane 'Dog'"]
    assert fixed.film.view == view


def test_a_click_on_a_marker_chooses_its_lane_and_moves_nothing(qtbot) -> None:
    scene = add_lane(one_lane(LanePath.fixed(Direction(10.0))), "Cat", path=LanePath.fixed(Direction(-20.0))).scene
    placing = Placing(qtbot, scene)
    click(placing.film, placing.point(2))
    assert placing.owner.view.state.selection.lane_id == 2
    assert placing.owner.steps == []


def test_on_a_path_a_drag_of_the_marker_sets_a_keyframe_at_the_playhead(moving: Placing) -> None:
    moving.owner.view.set_position(4.0)
    start = moving.point()
    drag(moving.film, start, start + QPointF(0, -60))
    assert [frame.at_sample for frame in moving.lane().path.keyframes] == [0, 4 * S, 10 * S]
    assert moving.place(seconds=4.0)[1] > 10.0
    assert moving.owner.steps == ["Set keyframe of lane 'Dog'"]


def test_a_keyframe_is_dragged_on_its_path(moving: Placing) -> None:
    moving.owner.view.set_position(5.0)
    x, y, _ = moving.film.flat_view().to_pixels(Direction(40.0).unit_vector())
    drag(moving.film, QPointF(x, y), QPointF(x, y - 50))
    first, last = moving.lane().path.keyframes
    assert first == MOVING.keyframes[0]
    assert (last.at_sample, last.direction.elevation_deg > 5.0) == (10 * S, True)
    assert moving.state.keyframe == 1
    assert len(moving.owner.steps) == 1


def test_esc_during_a_drag_puts_the_lane_back(fixed: Placing, qtbot) -> None:
    before, start = fixed.owner.scene, fixed.point()
    press(fixed.film, start)
    move(fixed.film, start + QPointF(90, 0))
    assert fixed.owner.scene != before
    qtbot.keyClick(fixed.film, Qt.Key.Key_Escape)
    release(fixed.film, start + QPointF(90, 0))
    assert (fixed.owner.scene, fixed.owner.steps) == (before, [])


def test_shift_and_the_wheel_set_the_distance_in_one_step(fixed: Placing) -> None:
    fov = fixed.film.fov_rad
    for _ in range(3):
        wheel(fixed.film, QPointF(320, 180), 1.0, SHIFT)
    assert fixed.lane().path.keyframes[0].distance_m == pytest.approx(4.0 * 1.1**3)
    assert len(fixed.owner.steps) == 1
    assert fixed.film.fov_rad == fov
    wheel(fixed.film, QPointF(320, 180), 1.0, NONE)
    assert fixed.film.fov_rad < fov


def test_with_the_tool_arrow_keys_nudge_by_1_and_10_degrees(fixed: Placing, qtbot) -> None:
    qtbot.keyClick(fixed.film, Qt.Key.Key_Left)
    assert fixed.film.view.yaw_rad > 0.0
    fixed.state.set_tool(True)
    qtbot.keyClick(fixed.film, Qt.Key.Key_Left)
    qtbot.keyClick(fixed.film, Qt.Key.Key_Up, SHIFT)
    assert fixed.place() == pytest.approx((11.0, 15.0))
    for _ in range(18):
        qtbot.keyClick(fixed.film, Qt.Key.Key_Left, SHIFT)
    assert fixed.place()[0] == pytest.approx(-169.0)  # past the back
    qtbot.keyClick(fixed.film, Qt.Key.Key_Escape)
    assert not fixed.state.has_tool


def recorded(placing: Placing, seconds: float, *, with_shift: bool = False) -> list[tuple[int, np.ndarray]]:
    """Drag the marker in a curve while the film plays; returns the times and directions of the hand."""
    start = QPointF(500, 180) if with_shift else placing.point()
    press(placing.film, start, SHIFT if with_shift else NONE)
    hand = []
    for step in range(1, round(seconds / 0.02) + 1):
        placing.wait(0.02)
        turn = 2.0 * math.pi * step * 0.02 / 3.0
        at = start + QPointF(-120.0 * math.sin(turn), 60.0 * (1.0 - math.cos(turn)))
        move(placing.film, at)
        hand.append((placing.state.now, placing.film.flat_view().to_direction(at.x(), at.y())))
    release(placing.film, at)
    return hand


def test_a_drag_while_the_film_plays_records_a_path_within_a_degree_of_the_hand(fixed: Placing) -> None:
    fixed.play(2.0)
    hand = recorded(fixed, 3.0)
    path = fixed.lane().path
    times = np.array([at for at, _ in hand])
    off = angle_between(PathShape(path).vectors_at(times), np.array([vector for _, vector in hand]))
    assert math.degrees(off.max()) <= 1.0
    assert 4 < len(path.keyframes) < len(hand) / 3
    assert (times[0] - 2 * S, times[-1]) == (pytest.approx(960, abs=2), pytest.approx(5 * S, abs=2))
    assert fixed.owner.steps == ["Record path of lane 'Dog'"]
    assert fixed.place(seconds=1.9) == pytest.approx((10.0, 5.0), abs=0.01)  # before: as it was
    assert {round(frame.distance_m, 6) for frame in path.keyframes} == {4.0}
    fixed.owner.undo()
    assert fixed.lane().path == LanePath.fixed(Direction(10.0, 5.0), 4.0)


def test_a_path_is_recorded_from_a_shift_click_for_a_lane_that_the_model_placed(free: Placing) -> None:
    free.play(0.0)
    hand = recorded(free, 1.0, with_shift=True)
    assert len(free.lane().path.keyframes) > 2
    assert angle_between(free.lane().path.directions.at(1.0), hand[-1][1]) < math.radians(1.0)
    assert len(free.owner.steps) == 1


@pytest.mark.parametrize("ending", ["pause", "seek"])
def test_a_pause_or_a_seek_ends_the_recording_with_what_is_drawn(fixed: Placing, ending: str) -> None:
    fixed.play(2.0)
    start = fixed.point()
    press(fixed.film, start)
    for step in range(25):
        fixed.wait(0.02)
        move(fixed.film, start + QPointF(4.0 * step, 0.0))
    if ending == "pause":
        fixed.state.set_playing(False)
    else:
        fixed.state.set_position(40.0)
    drawn = fixed.lane().path
    assert drawn.keyframes[-1].at_sample == pytest.approx(2.5 * S, abs=2)
    move(fixed.film, start + QPointF(-200.0, 0.0))
    release(fixed.film, start)
    assert fixed.lane().path == drawn
    assert len(fixed.owner.steps) == 1


def test_the_wheel_during_a_recording_draws_the_distance(fixed: Placing) -> None:
    fixed.play(0.0)
    start = fixed.point()
    press(fixed.film, start)
    for step in range(50):
        fixed.wait(0.02)
        move(fixed.film, start + QPointF(step, 0.0))
        if step == 25:
            wheel(fixed.film, start, 4.0, SHIFT)
    release(fixed.film, start)
    path = fixed.lane().path
    assert path.distance_m_at(0.4 * S) == pytest.approx(4.0)
    assert path.distance_m_at(0.9 * S) == pytest.approx(4.0 * 1.1**4)


def test_a_lane_that_is_deleted_under_the_hand_ends_the_drag(fixed: Placing) -> None:
    start = fixed.point()
    press(fixed.film, start)
    fixed.owner.history = fixed.owner.history.__class__(Scene())
    fixed.owner.view.set_scene(Scene())
    move(fixed.film, start + QPointF(50, 0))
    assert not fixed.hand.holds
    assert fixed.owner.refused == []


def test_without_a_lane_to_place_there_is_a_sentence_and_a_number_selects_one(qtbot) -> None:
    two = Placing(qtbot, add_lane(one_lane(), "Cat").scene)
    click(two.film, QPointF(320, 180), SHIFT)
    assert "No lane is selected" in two.owner.refused[0]
    qtbot.keyClick(two.film, Qt.Key.Key_2)
    click(two.film, QPointF(320, 180), SHIFT)
    assert two.lane(2).path is not None
    assert two.lane(1).path is None


def test_the_pointer_reads_azimuth_elevation_and_the_level_of_the_field(fixed: Placing) -> None:
    flat = fixed.film.flat_view()
    middle = QPointF(320, 180)
    assert fixed.over.layer.reading(flat, middle) == "Azimuth 0°, elevation 0°"
    levels = field_levels(0.0, (1.0, 0.0, 0.0), 0.01, 0.0, rms=np.full(4, 0.1), duration_s=0.16)
    fixed.film.set_field(levels)
    assert fixed.over.layer.reading(flat, middle).endswith(f"{chr(0x2212)}20 dB")
    fixed.film.set_view(ViewOrientation(yaw_rad=math.pi))
    behind = fixed.over.layer.reading(fixed.film.flat_view(), middle)
    assert "dB" not in behind  # a cardioid hears nothing from its back


def test_marks_of_a_scene_that_lies_where_a_freed_one_lay(fixed: Placing) -> None:
    """Edits may come faster than pictures: the scene that was drawn last is freed before the next one is drawn."""
    timeline, lane = fixed.state.timeline, fixed.lane()
    drawn = 0
    for azimuth in range(90):
        direction = Direction(float(azimuth))
        timeline.set_scene(replace(timeline.scene, lanes=(replace(lane, path=LanePath.fixed(direction)),)))
        if azimuth == 0:
            fixed.state.marks()
            drawn = id(timeline.scene)
        elif id(timeline.scene) == drawn:
            break
    assert fixed.state.marks()[0].vector == pytest.approx(direction.unit_vector(), abs=1e-9)


def test_the_name_of_a_lane_lies_below_the_mark_beside_it(qtbot) -> None:
    scene = add_lane(one_lane(LanePath.fixed(Direction(-6.0))), "Cat", path=LanePath.fixed(Direction(0.0))).scene
    placing = Placing(qtbot, scene)

    def beside_the_cat() -> str:
        at = placing.point(1)
        return placing.film.grab().toImage().pixelColor(round(at.x()) + 9, round(at.y())).name()

    placing.owner.view.state.select(Selection())
    alone = beside_the_cat()
    placing.owner.view.state.select(Selection(lane_id=2))
    assert beside_the_cat() == alone
