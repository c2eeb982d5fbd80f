"""What is under the pointer, zoom and paging, and the controls' names, keys, words and colours."""

from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QDoubleSpinBox, QWidget

from engine.contract.directions import Direction
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.blocks import set_block_gain
from engine.contract.scene.edits.lanes import mute_lane, set_lane_gain
from engine.contract.scene.edits.takes import add_take
from engine.contract.scene.lane import COLOURS as LANE_COLOURS
from engine.contract.scene.lane import Lane
from engine.contract.scene.place import LanePath
from engine.contract.scene.recipe import SceneTake
from tests.engine.contract.scene.scenes import HOWL, S, large_scene, whole_scene
from tests.widgets.parts.test_theme import contrast
from tests.widgets.timeline.timelines import DOG, FILM, Owner, colours_in, shown
from widgets.parts.theme import COLOURS, LIGHT, apply_theme
from widgets.timeline.block_painter import gain_mark, take_count
from widgets.timeline.geometry.block_index import BlockIndex
from widgets.timeline.geometry.hits import BLOCK_TOP_PX, HANDLE_TOP_PX, ROW_PX, Part, block_hit
from widgets.timeline.geometry.places import place_text
from widgets.timeline.geometry.time_scale import COARSEST_SAMPLES_PER_PX, FINEST_SAMPLES_PER_PX, TimeScale
from widgets.timeline.gestures.requests import EditRequest
from widgets.timeline.looks import block_fill, readable_on
from widgets.timeline.selection import Selection

MANY = large_scene(4, 160, 2.0, keyframes=2)


def test_the_view_follows_the_playhead_by_pages_and_lets_the_user_look_elsewhere(owner):
    state = owner.view.state
    state.set_scale(TimeScale(S / 100, 0))
    end_s = state.view_width / 100
    for position_s in (end_s - 2.0, end_s - 0.02):
        owner.view.set_position(position_s)
        assert state.scale.scroll_px == 0
    owner.view.set_position(end_s + 0.02)
    assert state.scale.scroll_px > state.view_width - 100
    assert 0 <= state.scale.x_of(state.playhead) < 100
    state.set_scale(state.scale.scrolled_to(0))
    owner.view.set_position(end_s + 0.1)
    assert state.scale.scroll_px == 0


ZOOMS = st.floats(np.log(FINEST_SAMPLES_PER_PX), np.log(COARSEST_SAMPLES_PER_PX)).map(np.exp)


@given(ZOOMS, st.integers(0, 40), st.floats(0.0, 1.0), st.integers(BLOCK_TOP_PX, ROW_PX - BLOCK_TOP_PX - 1))
def test_what_is_drawn_under_a_point_is_hit_at_every_zoom(zoom, number, share, y):
    lane = MANY.lanes[1]
    block = lane.blocks[number % len(lane.blocks)]
    x = TimeScale(zoom).x_of(block.start_sample + share * (block.length_samples - 1))
    scale = TimeScale(zoom, int(x))
    hit = block_hit(BlockIndex(), scale, lane, x - int(x), y)
    assert hit is not None
    at = (x - int(x) + scale.scroll_px) * zoom
    if scale.width_of(block.length_samples) > 8:
        assert hit.block.start_sample - 0.01 * zoom <= at < hit.block.end_sample + 0.01 * zoom
    else:
        assert hit.block.start_sample - 4 * zoom <= at <= hit.block.end_sample + 4 * zoom


@given(ZOOMS)
def test_every_part_of_a_block_can_be_hit_if_it_is_wide_enough(zoom):
    lane = whole_scene().lanes[1]
    block = lane.blocks[0]
    scale = TimeScale(zoom)
    left, right = scale.x_of(block.start_sample), scale.x_of(block.end_sample)
    if right - left > 60:
        found = [block_hit(BlockIndex(), scale, lane, x, 40) for x in (left + 1, (left + right) / 2, right - 1)]
        assert [hit.part for hit in found] == [Part.START, Part.BODY, Part.END]
        top = [block_hit(BlockIndex(), scale, lane, x, BLOCK_TOP_PX + HANDLE_TOP_PX + 5) for x in (left + 6, right - 6)]
        assert {hit.part for hit in top} == {Part.FADE_IN, Part.FADE_OUT}
    assert block_hit(BlockIndex(), scale, lane, right + 5, 30) is None
    assert block_hit(BlockIndex(), scale, lane, (left + right) / 2, 1) is None


def test_what_is_selected_is_hit_before_what_lies_over_it(owner):
    area = owner.view.area
    inside_both = owner.at(int(2.5 * S), 0)
    assert area.hit_at(inside_both).block.block_id == FILM
    owner.view.state.select(owner.view.state.selection.with_block(owner.scene, DOG))
    assert area.hit_at(inside_both).block.block_id == DOG


def wheel(widget, at, steps, modifiers):
    event = QWheelEvent(
        at, widget.mapToGlobal(at), QPointF(0, 0).toPoint(), QPointF(0, 120 * steps).toPoint(),
        Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def test_the_wheel_zooms_with_ctrl_and_scrolls_without(qtbot):
    owner = shown(qtbot, Owner(large_scene(32, 60, 0.1)))
    state, area, at = owner.view.state, owner.view.area, QPointF(500, 50)
    under, before = state.scale.sample_at(500), state.scale
    wheel(area, at, 3, Qt.KeyboardModifier.ControlModifier)
    assert state.scale.samples_per_px < before.samples_per_px / 1.9
    assert state.scale.x_of(under) == pytest.approx(500, abs=1)
    wheel(area, at, -2, Qt.KeyboardModifier.NoModifier)
    assert state.scroll_y == 2 * ROW_PX
    assert owner.view.down.value() == 2 * ROW_PX
    scroll = state.scale.scroll_px
    wheel(area, at, -2, Qt.KeyboardModifier.ShiftModifier)
    assert owner.view.across.value() == state.scale.scroll_px > scroll


def test_zoom_keys_and_the_whole_film(owner, qtbot):
    state = owner.view.state
    owner.view.set_position(15.0)
    for key, factor in ((Qt.Key.Key_Plus, 2.0), (Qt.Key.Key_Minus, 0.5)):
        before, x = state.scale.samples_per_px, state.scale.x_of(state.playhead)
        owner.key(qtbot, key)
        assert state.scale.samples_per_px == pytest.approx(before / factor)
        assert state.scale.x_of(state.playhead) == pytest.approx(x, abs=1)
    state.select(state.selection.with_block(owner.scene, DOG))
    owner.key(qtbot, Qt.Key.Key_Z)
    assert state.scale.x_of(S) == pytest.approx(0, abs=1)
    assert 0.9 * state.view_width < state.scale.x_of(5 * S) < state.view_width
    owner.key(qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ShiftModifier)
    whole = state.scale
    assert whole.x_of(30 * S) <= state.view_width
    owner.view.resize(900, 420)  # what shows the whole film still does
    assert 0.9 * state.view_width < state.scale.x_of(30 * S) <= state.view_width


def test_another_film_is_shown_as_a_whole_if_the_one_before_was(owner):
    state = owner.view.state
    longer = replace(owner.scene, film=replace(owner.scene.film, length_samples=900 * S), length_samples=900 * S)
    owner.view.set_scene(longer)
    assert 0.9 * state.view_width < state.scale.x_of(900 * S) <= state.view_width
    state.zoom(4.0)
    zoomed = state.scale
    owner.view.set_scene(owner.scene)
    assert state.scale.samples_per_px == zoomed.samples_per_px


def test_every_control_has_a_name_a_tooltip_and_a_key(owner):
    controls = [w for w in owner.view.findChildren(QWidget) if isinstance(w, QAbstractButton | QDoubleSpinBox)]
    assert len(controls) > 30
    for control in controls:
        assert control.accessibleName()
        assert control.toolTip().rstrip(")").split("(")[-1]
    for action in owner.view.actions_by_name.values():
        assert action.shortcut().toString()
        assert action.toolTip().startswith(action.statusTip())


def test_no_key_does_two_things(owner):
    keys = Counter(key.toString() for action in owner.view.actions_by_name.values() for key in action.shortcuts())
    assert not [key for key, count in keys.items() if count > 1]


def test_timecode_and_frames(owner, qtbot):
    owner.view.set_position(12.2)
    assert owner.view.time.text() == "00:00:12:05  frame 305"
    owner.view.set_rate(None)
    assert owner.view.time.text() == "0:12.200"


def test_lane_heads_show_the_lane(owner):
    header = owner.view.headers.header_of(2)
    assert (header.gain.value(), header.mute.isChecked(), header.arm.isChecked()) == (0.0, True, False)
    assert header.accessibleName() == "Lane Rain"
    assert header.accessibleDescription() == "rain on leaves"
    dog = owner.view.headers.header_of(1)
    owner.view.set_position(4.5)
    assert dog.accessibleDescription() == "dog. 90° right, 45° up"  # 135° along the arc over the head
    owner.edit(EditRequest(partial(set_lane_gain, lane_id=2, gain_db=-7.5)))
    assert header.gain.value() == -7.5
    assert len(owner.requests) == 1  # showing a gain asks for nothing


@pytest.mark.parametrize(
    ("azimuth", "elevation", "words"),
    [
        (0, 0, "front"), (90, 0, "90° left"), (-90, 20, "90° right, 20° up"), (180, 0, "behind"),
        (-179, -30, "behind, 30° down"),
        (40, 89, "above"), (40, -89, "below"), (-4, 3, "front"),
    ],
)  # fmt: skip
def test_a_place_is_said_in_words(azimuth, elevation, words):
    lane = Lane(lane_id=1, name="a", path=LanePath.fixed(Direction(float(azimuth), float(elevation))))
    assert place_text(lane, 5 * S) == words
    assert place_text(replace(lane, path=None), 5 * S) == ""


def test_many_markers_leave_the_blocks_visible(qtbot):
    owner = shown(qtbot, Owner(large_scene(2, 20, 2.0, keyframes=2)), (1280, 300))
    owner.view.set_position(7000.0)
    owner.view.state.fit(0, owner.scene.length_samples)  # its 100 markers lie within 14 pixels
    found = colours_in(owner.view.area, QRect(2, 2 * ROW_PX + 2, 12, 20))
    assert 0 < found[COLOURS.warning] <= 3 * 20
    owner.view.state.fit(0, 99 * S)
    lines = colours_in(owner.view.area, QRect(0, 2 * ROW_PX + 2, owner.view.area.width(), 2))
    assert lines[COLOURS.warning] > 90


def test_a_muted_lane_is_paler(owner):
    area = owner.view.area
    rect = area.block_rect(owner.scene.block(DOG)).adjusted(8, 22, -40, -8)
    before = colours_in(area, rect).most_common(1)
    owner.edit(EditRequest(partial(mute_lane, lane_id=1, mute=True)))
    assert colours_in(area, rect).most_common(1) != before


def test_takes_are_counted(owner):
    dog = owner.scene.block(DOG)
    assert isinstance(dog, GeneratedBlock)
    assert take_count(dog) == "2/2"
    assert take_count(replace(dog, current=None)) == "2 takes"
    assert take_count(replace(dog, takes=dog.takes[1:])) == ""
    owner.history = owner.history.amended(lambda scene: add_take(scene, DOG, SceneTake("cc", HOWL)))
    assert take_count(owner.scene.block(DOG)) == "2/3"


def test_the_gain_of_a_block_is_painted_on_it_and_told_to_screen_readers(owner):
    owner.edit(EditRequest(partial(set_block_gain, block_id=DOG, gain_db=0.0)))
    owner.view.state.select(Selection().with_block(owner.scene, DOG))
    owner.view.state.fit(owner.scene.block(DOG).start_sample, owner.scene.block(DOG).end_sample)
    area = owner.view.area
    right = area.block_rect(owner.scene.block(DOG))
    right = QRect(right.right() - 120, right.top() + 6, 110, 14)
    before = colours_in(area, right)[COLOURS.text]
    assert (gain_mark(owner.scene.block(DOG)), "gain" in area.accessibleDescription()) == ("", False)
    owner.edit(EditRequest(partial(set_block_gain, block_id=DOG, gain_db=-6.0)))
    assert gain_mark(owner.scene.block(DOG)) == "-6.0 dB"
    assert "gain -6.0 dB" in area.accessibleDescription()
    assert colours_in(area, right)[COLOURS.text] > 2 * before


@pytest.mark.parametrize("colours", [COLOURS, LIGHT])
@pytest.mark.parametrize("lane", LANE_COLOURS)
def test_words_on_blocks_and_numbers_on_colours_can_be_read(colours, lane):
    assert contrast(colours.text, block_fill(lane, colours, True).name()) >= 4.5
    assert contrast(colours.muted, block_fill(lane, colours, False).name()) >= 4.5
    assert contrast(readable_on(lane).name(), lane) >= 4.5


@given(st.integers(0, 0xFFFFFF))
def test_a_number_can_be_read_on_any_colour(rgb):
    assert contrast(readable_on(f"#{rgb:06x}").name(), f"#{rgb:06x}") >= 4.5


def test_the_block_has_its_lanes_colour(owner):
    left = round(owner.view.state.scale.x_of(S)) + 30
    image = owner.view.area.grab(QRect(left, owner.view.area.row_top(0) + BLOCK_TOP_PX, 4, 2)).toImage()
    assert image.pixelColor(1, 1) == QColor("#010203")


@pytest.mark.parametrize("size", [(640, 260), (1280, 400), (3840, 1200)])
def test_it_fits_small_windows_and_large_ones(qtbot, qapp, size):
    apply_theme(qapp, LIGHT)
    owner = shown(qtbot, Owner(large_scene(32, 500, 2.0), colours=LIGHT), size)
    assert owner.view.size().toTuple() == size
    names = [owner.view.headers.header_of(k).name_rect() for k in (1, 2)]
    assert all(name.width() > 80 for name in names)
    assert owner.view.area.width() > 300
    corner = owner.view.grab(QRect(size[0] - 3, size[1] - 3, 1, 1)).toImage().pixelColor(0, 0).name()
    assert corner == LIGHT.window
