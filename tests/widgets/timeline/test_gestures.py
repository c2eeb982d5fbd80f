"""Every drag asks for the right edit; made by an owner, it gives the right scene."""

from functools import partial

import pytest
from PySide6.QtCore import QPointF, Qt

from engine.contract.scene.edits.blocks import fade_block, move_block, trim_end, trim_start
from engine.contract.scene.edits.lanes import remove_lane
from engine.contract.scene.edits.whole import add_marker
from engine.contract.scene.scene import LoopRange
from tests.engine.contract.scene.scenes import S, whole_scene
from tests.widgets.timeline.timelines import (
    ALT,
    CONTROL,
    DOG,
    RAIN,
    SHIFT,
    click,
    drag,
    move,
    near,
    press,
    release,
)
from widgets.timeline.geometry.hits import BLOCK_TOP_PX, HANDLE_TOP_PX, fade_handle_xs
from widgets.timeline.gestures.requests import EditRequest

TOP = BLOCK_TOP_PX + HANDLE_TOP_PX + 5


def test_a_block_is_dragged_in_one_step_of_undo(owner):
    before = owner.scene
    drag(owner.view.area, owner.at(4 * S, 0), owner.at(11 * S, 0))
    assert owner.scene.block(DOG).start_sample == near(owner, 8 * S)
    assert owner.steps == ["Move block 'dog'"]
    assert len(owner.requests) > 1
    assert {(r.edit.func, r.gesture) for r in owner.requests} == {(move_block, 1)}
    owner.undo()
    assert owner.scene == before


def test_a_block_is_dragged_to_another_lane(owner):
    drag(owner.view.area, owner.at(4 * S, 0), owner.at(4 * S, 1))
    assert owner.scene.lane_of(DOG).lane_id == 2
    assert owner.view.state.selection.lane_id == 2
    assert owner.steps == ["Move block 'dog'"]


def test_a_drag_back_to_where_it_began_leaves_no_step(owner):
    before, area = owner.scene, owner.view.area
    press(area, owner.at(4 * S, 0))
    move(area, owner.at(9 * S, 0))
    move(area, owner.at(4 * S, 0))
    release(area, owner.at(4 * S, 0))
    assert (owner.scene, owner.steps) == (before, [])


def test_esc_gives_a_drag_up(owner, qtbot):
    before, area = owner.scene, owner.view.area
    press(area, owner.at(4 * S, 0))
    move(area, owner.at(9 * S, 1))
    assert owner.scene != before
    owner.key(qtbot, Qt.Key.Key_Escape)
    move(area, owner.at(12 * S, 0))
    release(area, owner.at(12 * S, 0))
    assert (owner.scene, owner.steps) == (before, [])


def test_a_shaking_click_moves_nothing(owner):
    at = owner.at(4 * S, 0)
    drag(owner.view.area, at, at + QPointF(2, 1))
    assert owner.requests == []
    assert owner.view.state.selection.blocks == {DOG}


def test_several_blocks_keep_their_distance_and_stop_at_the_start(owner):
    click(owner.view.area, owner.at(6 * S, 1))
    click(owner.view.area, owner.at(4 * S, 0), CONTROL)
    assert owner.view.state.selection.blocks == {RAIN, DOG}
    drag(owner.view.area, owner.at(4 * S, 0), owner.at(1 * S, 0))
    assert (owner.scene.block(RAIN).start_sample, owner.scene.block(DOG).start_sample) == (0, S)
    drag(owner.view.area, owner.at(4 * S, 0), owner.at(6 * S, 0))
    assert owner.scene.block(DOG).start_sample - owner.scene.block(RAIN).start_sample == S
    assert owner.steps == ["Move 2 blocks"]


def test_both_ends_are_trimmed(owner):
    drag(owner.view.area, owner.at(5 * S, 0) - QPointF(2, 0), owner.at(8 * S, 0) - QPointF(2, 0))
    dog = owner.scene.block(DOG)
    assert (dog.start_sample, dog.end_sample) == (S, near(owner, 8 * S))
    drag(owner.view.area, owner.at(S, 0) + QPointF(2, 0), owner.at(1.5 * S, 0) + QPointF(2, 0))
    assert owner.scene.block(DOG).start_sample == near(owner, 1.5 * S)
    assert {request.edit.func for request in owner.requests} == {trim_start, trim_end}
    assert owner.steps == ["Trim block 'dog'"] * 2


def test_a_block_that_is_trimmed_in_and_out_in_one_drag_keeps_its_fades(owner):
    area, end = owner.view.area, owner.at(9 * S, 1) - QPointF(2, 0)
    press(area, end)
    move(area, owner.at(S // 10, 1))
    assert owner.scene.block(RAIN).length_samples < 2 * S
    move(area, end + QPointF(6, 0))
    move(area, end)
    release(area, end)
    assert owner.scene == whole_scene()
    assert owner.steps == []


def test_what_cannot_be_is_refused_with_a_sentence(owner):
    before = owner.scene
    drag(owner.view.area, owner.at(9 * S, 1) - QPointF(2, 0), owner.at(28 * S, 1))
    assert (
        owner.refused[-1]
        == "'rain on leaves' cannot end so late: its file is shorter. To make it longer, fill it as a bed."
    )
    drag(owner.view.area, owner.at(1.5 * S, 0), owner.at(1.5 * S, 2))
    assert "film's own sound holds no blocks" in owner.refused[-1]
    assert owner.scene.block(DOG) == before.block(DOG)


def test_fade_handles(owner):
    click(owner.view.area, owner.at(1.5 * S, 0))
    scale, dog = owner.view.state.scale, owner.scene.block(DOG)
    fade_in, fade_out = (QPointF(x + 5, owner.view.area.row_top(0) + TOP) for x in fade_handle_xs(scale, dog))
    second = QPointF(scale.width_of(S), 0)
    drag(owner.view.area, fade_in, fade_in + second)
    assert owner.scene.block(DOG).fade_in_samples == near(owner, S)
    drag(owner.view.area, fade_out, fade_out - second)
    assert owner.scene.block(DOG).fade_out_samples == near(owner, S)
    drag(owner.view.area, owner.at(2 * S, 0, TOP) + QPointF(5, 0), owner.at(20 * S, 0, TOP))
    dog = owner.scene.block(DOG)
    assert dog.fade_in_samples + dog.fade_out_samples == dog.length_samples
    assert {request.edit.func for request in owner.requests} == {fade_block}


def test_edges_snap_to_blocks_and_shift_turns_it_off(owner):
    scale = owner.view.state.scale
    grab = owner.at(4 * S, 0)
    drag(owner.view.area, grab, grab + QPointF(scale.width_of(8 * S) + 5, 0))  # the start of 'dog' to the end of 'rain'
    assert owner.scene.block(DOG).start_sample == 9 * S
    owner.undo()
    drag(owner.view.area, grab, grab + QPointF(scale.width_of(8 * S) + 5, 0), SHIFT)
    assert owner.scene.block(DOG).start_sample == pytest.approx(
        9 * S + 5 * scale.samples_per_px, abs=scale.samples_per_px
    )


def test_edges_snap_to_markers_the_playhead_and_frames(owner, qtbot):
    owner.view.set_position(13.37)
    owner.edit(EditRequest(partial(add_marker, at_sample=17 * S + 13)))
    scale, grab = owner.view.state.scale, owner.at(4 * S, 0)
    for target in (round(13.37 * S), 17 * S + 13):
        drag(owner.view.area, grab, grab + QPointF(scale.width_of(target - S) + 4, 0))
        assert owner.scene.block(DOG).start_sample == target
        owner.undo()
    drag(owner.view.area, grab, grab + QPointF(200, 0))
    start = owner.scene.block(DOG).start_sample
    assert start == near(owner, S + 200 * scale.samples_per_px)
    assert start % (S // 25) == 0
    owner.undo()
    owner.key(qtbot, Qt.Key.Key_N)
    assert not owner.view.state.snaps
    drag(owner.view.area, grab, grab + QPointF(200, 0))
    assert owner.scene.block(DOG).start_sample % (S // 25) != 0


def test_a_block_is_drawn_as_long_as_it_is_dragged(owner, qtbot):
    drag(owner.view.area, owner.at(20 * S, 0), owner.at(12 * S, 0))
    owner.type(qtbot, "an owl hoots")
    assert owner.scene.block(30).start_sample == near(owner, 12 * S)
    assert owner.scene.block(30).end_sample == near(owner, 20 * S)


def test_a_lane_that_goes_while_a_block_is_drawn_in_it_gets_none(owner):
    area, last = owner.view.area, len(owner.scene.lanes) - 1
    press(area, owner.at(20 * S, last))
    move(area, owner.at(14 * S, last))
    lane_id = owner.scene.lanes[last].lane_id
    owner.history = owner.history.done(remove_lane(owner.scene, lane_id))
    owner.view.set_scene(owner.scene)
    move(area, owner.at(12 * S, last))
    release(area, owner.at(12 * S, last))
    assert owner.view.typing.field is None
    assert owner.requests == []


def test_markers(owner, qtbot):
    owner.view.set_position(7.0)
    owner.key(qtbot, Qt.Key.Key_M)
    assert [marker.at_sample for marker in owner.scene.markers] == [S, 2 * S, 7 * S]
    assert owner.view.state.selection.marker_id == 30
    owner.key(qtbot, Qt.Key.Key_F2)
    owner.type(qtbot, "tram")
    owner.key(qtbot, Qt.Key.Key_Right, SHIFT)
    marker = owner.scene.markers[-1]
    assert (marker.name, marker.at_sample) == ("tram", 7 * S + S // 25)
    ruler = owner.view.ruler
    grab = QPointF(ruler.marker_rect(marker).topLeft()) + QPointF(5, 5)
    drag(ruler, grab, QPointF(owner.view.state.scale.x_of(12 * S), grab.y()))
    assert owner.scene.markers[-1].at_sample == near(owner, 12 * S)
    assert owner.steps[-1] == "Move marker 'tram'"
    assert owner.sought == []
    owner.key(qtbot, Qt.Key.Key_Delete)
    assert len(owner.scene.markers) == 2
    owner.key(qtbot, Qt.Key.Key_Comma, ALT)
    assert (owner.view.state.selection.marker_id, owner.sought) == (21, [2.0])


def test_the_loop(owner, qtbot):
    owner.view.set_position(3.0)
    owner.key(qtbot, Qt.Key.Key_I)
    assert owner.scene.loop == LoopRange(3 * S, 5 * S)
    owner.view.set_position(8.0)
    owner.key(qtbot, Qt.Key.Key_O)
    assert owner.scene.loop == LoopRange(3 * S, 8 * S)
    owner.key(qtbot, Qt.Key.Key_L, SHIFT)
    assert owner.scene.loop == LoopRange(3 * S, 8 * S, False)
    ruler = owner.view.ruler
    x = owner.view.state.scale.x_of
    drag(ruler, QPointF(x(8 * S), 5), QPointF(x(10 * S), 5))
    assert owner.scene.loop.end_sample == near(owner, 10 * S)
    drag(ruler, QPointF(x(10 * S), 5), QPointF(x(1 * S), 5))
    assert (owner.scene.loop.start_sample, owner.scene.loop.end_sample) == (S, 3 * S)
    owner.key(qtbot, Qt.Key.Key_O, SHIFT)
    assert owner.scene.loop is None
    owner.view.set_position(30.0)
    owner.key(qtbot, Qt.Key.Key_I)
    assert "The loop ends before it starts" in owner.refused[-1]


def test_the_loop_is_drawn_with_ctrl(owner):
    x, ruler = owner.view.state.scale.x_of, owner.view.ruler
    press(ruler, QPointF(x(12 * S), 5), CONTROL)
    for at in (13 * S, 16 * S):
        move(ruler, QPointF(x(at), 5), CONTROL)
    release(ruler, QPointF(x(16 * S), 5), CONTROL)
    loop = owner.scene.loop
    assert (loop.start_sample, loop.end_sample) == (near(owner, 12 * S), near(owner, 16 * S))
    assert owner.steps == ["Set loop"]


def test_the_ruler_previews_while_dragged_and_seeks_on_release(owner, qtbot):
    previews = []
    owner.view.previewed.connect(previews.append)
    x, ruler = owner.view.state.scale.x_of, owner.view.ruler
    press(ruler, QPointF(x(12 * S), 5))
    owner.view.set_position(3.0)  # the film does not pull the playhead out of the hand
    move(ruler, QPointF(x(15 * S), 5))
    assert owner.sought == []
    release(ruler, QPointF(x(15 * S), 5))
    assert owner.sought == [pytest.approx(15.0, abs=0.05)]
    assert len(previews) == 2
    owner.view.set_position(3.0)
    assert owner.view.state.playhead == 3 * S
