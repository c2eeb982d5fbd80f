"""The same places on the map, as curves and as numbers; everything with the keyboard, too."""

import math
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget

from engine.ambisonics.binaural import BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.rotation import rotation_matrix
from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction
from engine.contract.scene.blocks import Convention, FileReference
from engine.contract.scene.edits.blocks import add_recording
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.edits.places import place_lane
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.scene import Scene
from engine.contract.view import ViewOrientation
from tests.engine.contract.scene.scenes import S
from tests.engine.rendering.mix.mixing import mixed, noise, recorded, recording
from tests.widgets.places.placing import GREY, Placing, wheel
from tests.widgets.timeline.timelines import click, double_click, drag, move, press, release
from widgets.places.curve_hand import CurveHand
from widgets.places.places_panel import PlacesPanel
from widgets.places.strips import Value
from widgets.timeline.gestures.requests import EditRequest

SHIFT = Qt.KeyboardModifier.ShiftModifier
GREAT = PathInterpolation.GREAT_CIRCLE


class Parts(Placing):
    """Adds the panel and the curves."""

    def __init__(self, qtbot, path: LanePath | None = None) -> None:
        super().__init__(qtbot, add_lane(Scene(), "Dog", path=path).scene)
        self.panel = PlacesPanel(self.state, self.hand, self.commands, self.film.level_db_at)
        self.curves = CurveHand(self.state, self.hand, self.commands)
        for widget, width, height in ((self.panel, 318, 560), (self.curves, 1000, 260)):
            qtbot.addWidget(widget)
            widget.resize(width, height)
            widget.show()
        self.map, self.form = self.panel.map, self.panel.form
        self.owner.view.state.resize(1000 - 270, 200)
        self.owner.view.state.fit(0, 20 * S)

    def take_keyboard(self, qtbot, widget: QWidget) -> None:
        with qtbot.waitActive(widget.window()):
            widget.window().activateWindow()
        widget.setFocus()

    def on_map(self, azimuth_share: float, elevation_share: float) -> QPointF:
        return QPointF(azimuth_share * self.map.width(), elevation_share * self.map.height())

    def on_curve(self, number: int, value: Value) -> QPointF:
        frame = self.lane().path.keyframes[number]
        strip = next(strip for strip in self.curves.strips if strip.value is value)
        return QPointF(self.curves.x_of(frame.at_sample), strip.y_of(strip.of(frame)))

    def frame(self, number: int) -> Keyframe:
        return self.lane().path.keyframes[number]


@pytest.fixture
def free(qtbot) -> Parts:
    return Parts(qtbot)


@pytest.fixture
def moving(qtbot) -> Parts:
    frames = (Keyframe(0, Direction(0.0)), Keyframe(5 * S, Direction(60.0, 20.0)), Keyframe(10 * S, Direction(170.0)))
    return Parts(qtbot, LanePath(frames, GREAT))


def test_a_click_at_a_quarter_of_the_map_is_ninety_degrees_left(free: Parts) -> None:
    click(free.map, free.on_map(0.25, 0.5))
    assert free.place() == pytest.approx((90.0, 0.0), abs=1e-6)
    assert free.owner.steps == ["Place lane 'Dog'"]
    click(free.map, free.on_map(0.5, 0.25))
    assert free.place() == pytest.approx((0.0, 45.0), abs=1e-6)


@pytest.mark.slow
def test_what_is_placed_left_on_the_map_is_louder_in_the_left_ear_until_the_view_turns_round(free: Parts) -> None:
    click(free.map, free.on_map(0.25, 0.5))
    scene = replace(
        free.owner.scene, length_samples=S, next_id=1_000, lanes=(replace(free.lane(), blocks=(recording(10, 1.0),)),)
    )
    foa = mixed(scene, {10: recorded(noise(S)[None])}).field
    louder_db = []
    for yaw_deg in (0.0, 180.0):
        turned = (rotation_matrix(ViewOrientation(yaw_rad=math.radians(yaw_deg))) @ foa).astype(np.float32)
        left, right = (float(np.sqrt(np.mean(ear**2))) for ear in BinauralRenderer(load_filters()).process(turned))
        louder_db.append(20.0 * math.log10(left / right))
    assert louder_db[0] > 6.0
    assert louder_db[1] < -6.0


def test_a_marker_is_dragged_across_the_back_without_a_jump(free: Parts) -> None:
    click(free.map, free.on_map(0.02, 0.5))
    near_back = free.place()[0]
    drag(free.map, free.on_map(0.02, 0.5), free.on_map(-0.03, 0.5))
    assert near_back == pytest.approx(172.8)
    assert free.place()[0] == pytest.approx(-169.2, abs=0.1)


def test_a_drag_on_the_map_records_while_the_film_plays(free: Parts) -> None:
    free.play(1.0)
    press(free.map, free.on_map(0.5, 0.5))
    for step in range(50):
        free.wait(0.02)
        move(free.map, free.on_map(0.5 - 0.004 * step, 0.5))
    release(free.map, free.on_map(0.3, 0.5))
    assert free.place(seconds=1.0)[0] == pytest.approx(0.0, abs=1.0)
    assert free.place(seconds=1.5)[0] == pytest.approx(36.0, abs=3.0)
    assert free.owner.steps == ["Record path of lane 'Dog'"]


def test_the_map_shows_the_view_and_reads_the_pointer(moving: Parts, qtbot) -> None:
    moving.map.set_frame(GREY)
    before = moving.map.grab().toImage()
    moving.map.set_view(moving.film.flat_view())
    outlined = moving.map.grab().toImage()
    moving.film.set_view(ViewOrientation(yaw_rad=1.0))
    moving.map.set_view(moving.film.flat_view())
    assert before != outlined != moving.map.grab().toImage()
    with qtbot.waitSignal(moving.map.read) as read:
        move(moving.map, moving.on_map(0.75, 0.25))
    assert read.args == [f"Azimuth {chr(0x2212)}90°, elevation 45°"]
    wheel(moving.map, moving.on_map(0.5, 0.5), 1.0, SHIFT)
    assert moving.frame(0).distance_m == pytest.approx(2.2)


def test_arrows_on_the_map_nudge_by_1_and_10_degrees(free: Parts, qtbot) -> None:
    qtbot.keyClick(free.map, Qt.Key.Key_Left)
    assert "Shift+click" in free.owner.refused[0]
    click(free.map, free.on_map(0.5, 0.5))
    qtbot.keyClick(free.map, Qt.Key.Key_Left, SHIFT)
    qtbot.keyClick(free.map, Qt.Key.Key_Down)
    assert free.place() == pytest.approx((10.0, -1.0), abs=1e-6)
    free.take_keyboard(qtbot, free.map)
    qtbot.keyClick(free.map, Qt.Key.Key_P, SHIFT)
    assert free.lane().path is None


def test_a_map_that_was_hidden_shows_the_newest_picture(free: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    free.map.set_frame(GREY)
    before = free.map.grab().toImage()
    free.panel.shown.click()
    later_s = time.monotonic() + 1.0
    monkeypatch.setattr(time, "monotonic", lambda: later_s)
    free.map.set_frame(GREY // 2)
    free.panel.shown.click()
    assert free.map.grab().toImage() != before


def test_the_map_can_be_hidden(free: Parts) -> None:
    free.panel.shown.click()
    assert not free.map.isVisible()
    assert free.form.isVisible()


def test_the_form_places_the_lane_with_the_keyboard_alone(free: Parts, qtbot) -> None:
    assert free.form.free.isChecked()
    free.form.free.click()
    assert free.place() == (0.0, 0.0)
    for box, text in ((free.form.azimuth, "95"), (free.form.elevation, "-12.5"), (free.form.distance, "6")):
        box.setFocus()
        box.selectAll()
        qtbot.keyClicks(box, text)
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert free.frame(0) == Keyframe(0, Direction(95.0, -12.5), 6.0)
    free.form.width_box.setValue(120.0)
    assert free.lane().width_deg == 120.0
    free.form.width_box.setValue(free.form.width_box.minimum())
    assert free.lane().width_deg is None
    free.form.free.click()
    assert free.lane().path is None
    free.owner.undo()
    assert free.frame(0) == Keyframe(0, Direction(95.0, -12.5), 6.0)
    assert free.form.azimuth.value() == 95.0


def test_the_form_shows_and_edits_the_chosen_keyframe(moving: Parts, qtbot) -> None:
    moving.state.choose(1, 1)
    assert (moving.form.azimuth.value(), moving.form.elevation.value()) == (60.0, 20.0)
    assert "keyframe 2 of 3" in moving.form.title.toolTip()
    moving.form.azimuth.setValue(70.0)
    assert moving.frame(1).direction == Direction(70.0, 20.0)
    moving.form.kind.setCurrentIndex(1)
    moving.form.kind.activated.emit(1)
    assert moving.lane().path.interpolation is PathInterpolation.AZIMUTH_ELEVATION


def test_a_value_that_is_not_typed_keeps_what_the_box_rounds(free: Parts) -> None:
    free.state.request(partial(place_lane, lane_id=1, direction=Direction(10.123, 5.678)))
    free.form.azimuth.setValue(20.0)
    assert free.frame(0).direction == Direction(20.0, 5.678)


def test_keyframes_are_added_stepped_through_and_deleted_by_keys(moving: Parts, qtbot) -> None:
    moving.owner.view.set_position(2.0)
    moving.take_keyboard(qtbot, moving.curves)
    qtbot.keyClick(moving.curves, Qt.Key.Key_K, SHIFT)
    assert [frame.at_sample // S for frame in moving.lane().path.keyframes] == [0, 2, 5, 10]
    assert moving.state.keyframe == 1
    qtbot.keyClick(moving.curves, Qt.Key.Key_PageDown)
    assert (moving.state.keyframe, moving.owner.sought[-1]) == (2, 5.0)
    qtbot.keyClick(moving.curves, Qt.Key.Key_PageUp)
    qtbot.keyClick(moving.curves, Qt.Key.Key_Delete)
    assert [frame.at_sample // S for frame in moving.lane().path.keyframes] == [0, 5, 10]
    qtbot.keyClick(moving.curves, Qt.Key.Key_H)
    assert moving.frame(1).direction != Direction(60.0, 20.0)
    assert moving.owner.steps[-1] == "Smooth path of lane 'Dog'"


def test_a_keyframe_is_dragged_in_time_and_value(moving: Parts) -> None:
    start = moving.on_curve(1, Value.AZIMUTH)
    end = QPointF(moving.curves.x_of(7 * S), moving.curves.strips[0].y_of(-90.0))
    drag(moving.curves, start, end)
    assert moving.frame(1).at_sample == pytest.approx(7 * S, abs=S // 10)
    assert moving.frame(1).direction.azimuth_deg == pytest.approx(-90.0, abs=2.0)
    assert moving.frame(1).direction.elevation_deg == 20.0
    assert moving.owner.steps == ["Move keyframe of lane 'Dog'"]
    drag(moving.curves, moving.on_curve(1, Value.DISTANCE), moving.on_curve(1, Value.DISTANCE) + QPointF(0, -25))
    assert moving.frame(1).distance_m > 3.0
    drag(moving.curves, moving.on_curve(1, Value.ELEVATION), moving.on_curve(1, Value.ELEVATION) + QPointF(400, 0))
    assert moving.frame(1).at_sample == 10 * S  # not beyond the next


def test_azimuth_dragged_beyond_180_comes_in_from_the_other_side(moving: Parts) -> None:
    start = moving.on_curve(2, Value.AZIMUTH)
    drag(moving.curves, start, start + QPointF(0, -20))
    assert -180.0 <= moving.frame(2).direction.azimuth_deg < -90.0


def test_a_double_click_adds_a_keyframe_on_a_curve(moving: Parts) -> None:
    double_click(moving.curves, QPointF(moving.curves.x_of(3 * S), moving.curves.strips[1].y_of(45.0)))
    added = moving.frame(1)
    assert added.at_sample == pytest.approx(3 * S, abs=S // 10)
    assert added.direction.elevation_deg == pytest.approx(45.0, abs=2.0)
    assert moving.state.keyframe == 1


def test_a_click_beside_the_keyframes_goes_there(moving: Parts) -> None:
    click(moving.curves, QPointF(moving.curves.x_of(4 * S), moving.curves.strips[0].y_of(-120.0)))
    assert moving.owner.sought[-1] == pytest.approx(4.0, abs=0.1)
    assert moving.owner.steps == []


def test_arrows_on_the_curves_move_value_and_time(moving: Parts, qtbot) -> None:
    click(moving.curves, moving.on_curve(1, Value.AZIMUTH))
    qtbot.keyClick(moving.curves, Qt.Key.Key_Up)
    qtbot.keyClick(moving.curves, Qt.Key.Key_Up, SHIFT)
    assert moving.frame(1).direction.azimuth_deg == pytest.approx(71.0)
    qtbot.keyClick(moving.curves, Qt.Key.Key_V)
    qtbot.keyClick(moving.curves, Qt.Key.Key_Down)
    assert moving.frame(1).direction.elevation_deg == pytest.approx(19.0)
    qtbot.keyClick(moving.curves, Qt.Key.Key_V)
    qtbot.keyClick(moving.curves, Qt.Key.Key_Up)
    assert moving.frame(1).distance_m == pytest.approx(2.2)
    moving.owner.view.set_rate(25.0)
    qtbot.keyClick(moving.curves, Qt.Key.Key_Right)
    assert moving.frame(1).at_sample == 5 * S + S // 25
    qtbot.keyClick(moving.curves, Qt.Key.Key_Left, SHIFT)
    assert moving.frame(1).at_sample == 5 * S - 9 * S // 25
    assert moving.state.keyframe == 1


def columns(picture, colour: tuple[int, int, int], rows: range) -> set[int]:
    """Return the columns of a picture that have a colour in a range of rows."""
    return {
        x
        for x in range(270, picture.width())
        for y in rows
        if np.abs(np.array(picture.pixelColor(x, y).getRgb()[:3]) - colour).max() < 40
    }


def test_azimuth_runs_across_the_back_without_a_jump(qtbot) -> None:
    parts = Parts(qtbot, LanePath((Keyframe(0, Direction(150.0)), Keyframe(10 * S, Direction(-150.0))), GREAT))
    strip = parts.curves.strips[0]
    picture = parts.curves.grab().toImage()
    middle = range(round(strip.y_of(100.0)), round(strip.y_of(-100.0)))
    assert columns(picture, (0x76, 0x9D, 0xFF), middle) == set()  # no line from the upper to the lower edge
    above = columns(picture, (0x76, 0x9D, 0xFF), range(round(strip.y_of(180.0)), round(strip.y_of(150.0))))
    assert above


def test_without_a_path_the_curves_say_what_to_do(free: Parts) -> None:
    assert "This lane has no path" in free.curves.accessibleDescription()
    double_click(free.curves, QPointF(free.curves.x_of(3 * S), free.curves.strips[1].y_of(45.0)))
    assert free.lane().path is None
    assert "Shift+click" in free.owner.refused[-1]


def test_everything_has_a_name_and_a_tip(moving: Parts) -> None:
    form = moving.form
    controls = [moving.map, moving.curves, moving.panel.shown, moving.panel.legend, form.free, form.azimuth]
    controls += [form.elevation, form.distance, form.width_box, form.kind, form.tool, *form.buttons]
    for control in controls:
        assert control.accessibleName()
        assert control.toolTip()
    assert moving.curves.accessibleDescription().startswith("Dog, keyframe 1: Azimuth 0°")


def test_a_lane_behind_is_whole_on_the_map_and_is_dragged_by_either_half(qtbot) -> None:
    parts = Parts(qtbot, LanePath.fixed(Direction(180.0)))
    shot = parts.map.grab().toImage()
    ratio, width, middle = shot.devicePixelRatio(), parts.map.width(), parts.map.height() / 2
    for x in (9, width - 9):
        on_the_mark, below = (shot.pixelColor(round(x * ratio), round(y * ratio)) for y in (middle, middle + 30))
        assert on_the_mark != below
    for x in (3.0, width - 3.0):
        drag(parts.map, QPointF(x, middle), QPointF(x, middle - parts.map.height() / 4.0))
        azimuth, elevation = parts.place()
        assert abs(azimuth) > 179.0
        assert elevation == pytest.approx(45.0, abs=2.0)
        parts.owner.undo()


def test_a_recording_is_left_as_it_was_recorded_and_not_to_the_model(qtbot) -> None:
    parts = Parts(qtbot)
    assert parts.form.free.text() == "Let the model place it"
    add = partial(
        add_recording,
        lane_id=1,
        file=FileReference("/bell.wav"),
        file_samples=S,
        convention=Convention.MONO,
        start_sample=0,
    )
    parts.owner.edit(EditRequest(add))
    assert parts.form.free.text() == "Leave it as it was recorded"
