"""Every gesture asks for the right edit; made by an owner, it gives the right scene."""

from functools import partial

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QMenu

from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.blocks import fade_block, move_block, trim_end, trim_start
from engine.contract.scene.edits.lanes import remove_lane, set_lane_gain
from engine.contract.scene.edits.whole import add_marker
from engine.contract.scene.lane import COLOURS
from engine.contract.scene.recipe import Cue, PromptSlot
from engine.contract.scene.scene import LoopRange
from tests.engine.contract.scene.scenes import S, whole_scene
from tests.widgets.timeline.timelines import SEED, Owner, click, double_click, drag, move, press, release
from widgets.timeline.geometry.hits import BLOCK_TOP_PX, HANDLE_TOP_PX, fade_handle_xs
from widgets.timeline.gestures.requests import EditRequest

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
DOG, FILM, RAIN, MUSIC = 10, 11, 12, 13
TOP = BLOCK_TOP_PX + HANDLE_TOP_PX + 5


@pytest.fixture
def owner(qtbot):
    made = Owner(whole_scene())
    qtbot.addWidget(made.view)
    made.view.resize(1100, 420)
    made.view.set_rate(25.0)
    with qtbot.waitActive(made.view):
        made.view.show()
    made.view.area.setFocus()
    made.view.state.fit(0, 30 * S)
    return made


def near(owner, samples):
    """What a pixel covers, and a frame that it snaps to."""
    return pytest.approx(samples, abs=1.5 * owner.view.state.scale.samples_per_px + S / 25)


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


def test_a_double_click_on_free_space_adds_a_block_with_the_typed_words(owner, qtbot):
    double_click(owner.view.area, owner.at(15 * S, 0))
    owner.type(qtbot, "an owl hoots")
    block = owner.scene.block(30)
    assert isinstance(block, GeneratedBlock)
    assert (block.recipe.words, block.start_sample, block.length_samples) == (
        "an owl hoots",
        near(owner, 15 * S),
        5 * S,
    )
    assert block.recipe.film_sample == block.start_sample
    assert owner.scene.lane_of(30).lane_id == 1
    assert owner.view.state.selection.blocks == {30}
    assert owner.view.area.hasFocus()


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


def test_esc_leaves_a_block_unadded_and_head_locked_lanes_refuse_words(owner, qtbot):
    double_click(owner.view.area, owner.at(15 * S, 0))
    owner.type(qtbot, "an owl", Qt.Key.Key_Escape)
    assert owner.requests == []
    double_click(owner.view.area, owner.at(15 * S, 3))
    owner.type(qtbot, "an owl")
    assert "head-locked" in owner.refused[-1]


def test_words_and_names_are_typed_in_place(owner, qtbot):
    double_click(owner.view.area, owner.at(4 * S, 0))
    owner.type(qtbot, "a puppy barks")
    slots = owner.scene.block(DOG).recipe.cues[0].slots
    assert [(slot.text, slot.weight) for slot in slots] == [("a puppy barks", 1.0), ("growling", 0.5)]
    owner.key(qtbot, Qt.Key.Key_F2)
    owner.type(qtbot, "puppy")
    assert owner.scene.block(DOG).name == "puppy"
    double_click(owner.view.area, owner.at(6 * S, 1))  # a recording has no words
    owner.type(qtbot, "drizzle")
    assert owner.scene.block(RAIN).name == "drizzle"
    header = owner.view.headers.header_of(2)
    double_click(header, QPointF(header.name_rect().center()))
    owner.type(qtbot, "Drizzle")
    assert owner.scene.lane(2).name == "Drizzle"


def test_what_is_typed_is_not_lost_by_a_click_elsewhere(owner, qtbot):
    owner.view.state.select(owner.view.state.selection.with_block(owner.scene, DOG))
    owner.key(qtbot, Qt.Key.Key_F2)
    owner.view.typing.field.setText("puppy")
    click(owner.view.area, owner.at(20 * S, 1))
    assert owner.scene.block(DOG).name == "puppy"


def test_words_change_from_the_playhead_on(owner, qtbot):
    click(owner.view.area, owner.at(4 * S, 0))
    owner.view.set_position(4.0)
    owner.key(qtbot, Qt.Key.Key_W)
    owner.type(qtbot, "it whines")
    cues = owner.scene.block(DOG).recipe.cues
    assert [cue.words for cue in cues] == ["a dog barks, growling", "a dog howls", "it whines"]
    assert (cues[2].after_samples, cues[2].ramp_samples) == (3 * S + 50, S // 2)
    owner.view.set_position(3.02)  # near the howling: that is edited
    owner.key(qtbot, Qt.Key.Key_W)
    assert owner.view.typing.field.text() == "a dog howls"
    owner.type(qtbot, "it howls")
    assert owner.scene.block(DOG).recipe.cues[1] == Cue((PromptSlot("it howls"),), 2 * S, S // 2)
    owner.key(qtbot, Qt.Key.Key_W)
    owner.type(qtbot, "")
    assert [cue.words for cue in owner.scene.block(DOG).recipe.cues][1:] == ["it whines"]
    owner.view.set_position(20.0)
    owner.key(qtbot, Qt.Key.Key_W)
    assert owner.refused[-1].startswith("The words change inside a block")


def test_keys_edit_the_selected_block(owner, qtbot):
    click(owner.view.area, owner.at(4 * S, 0))
    owner.view.set_position(2.0)
    steps = []
    for key, modifier in (
        (Qt.Key.Key_BracketLeft, None), (Qt.Key.Key_F, SHIFT), (Qt.Key.Key_S, None), (Qt.Key.Key_D, None),
        (Qt.Key.Key_Right, SHIFT), (Qt.Key.Key_Down, SHIFT), (Qt.Key.Key_Delete, None),
    ):  # fmt: skip
        owner.view.set_position(2.0 if key is Qt.Key.Key_BracketLeft else 3.0)
        owner.key(qtbot, key, modifier or Qt.KeyboardModifier.NoModifier)
        steps.append(owner.steps[-1].split()[0])
    assert steps == ["Trim", "Fade", "Split", "Duplicate", "Move", "Move", "Delete"]
    assert owner.refused == []
    first, second = owner.scene.block(DOG), owner.scene.block(30)
    assert (first.start_sample, first.end_sample, second.end_sample) == (2 * S, 3 * S, 5 * S)
    assert second.fade_out_samples == 2 * S - 100  # of 2 s, 0.1 s of fade-in were left
    assert len(owner.scene.lanes[0].blocks) == 3


def test_a_frame_and_a_second_by_key(owner, qtbot):
    click(owner.view.area, owner.at(4 * S, 0))
    owner.key(qtbot, Qt.Key.Key_Right, SHIFT)
    assert owner.scene.block(DOG).start_sample == S + S // 25
    owner.key(qtbot, Qt.Key.Key_Left, SHIFT | CONTROL)
    assert owner.scene.block(DOG).start_sample == S // 25
    owner.key(qtbot, Qt.Key.Key_Comma)
    assert owner.sought[-1] == 0.0
    owner.key(qtbot, Qt.Key.Key_Period)
    assert owner.sought[-1] == pytest.approx(0.04)
    owner.key(qtbot, Qt.Key.Key_End)
    assert owner.sought[-1] == 30.0


def test_without_a_selection_keys_act_at_the_playhead_or_say_why_not(owner, qtbot):
    owner.view.set_position(0.5)
    owner.key(qtbot, Qt.Key.Key_S)
    assert owner.steps == ["Split 2 blocks"]  # of 'Rain' and 'Music'
    owner.view.set_position(25.0)
    owner.view.state.select(owner.view.state.selection.__class__())
    owner.key(qtbot, Qt.Key.Key_S)
    assert "none is at the playhead" in owner.refused[-1]
    owner.key(qtbot, Qt.Key.Key_Delete)
    assert owner.refused[-1] == "No block is selected: select one to delete."
    owner.key(qtbot, Qt.Key.Key_Right, SHIFT)
    assert owner.refused[-1].startswith("Nothing is selected")


def test_blocks_are_selected_by_key(owner, qtbot):
    state = owner.view.state
    owner.key(qtbot, Qt.Key.Key_Down)
    assert state.selection.current == DOG
    owner.key(qtbot, Qt.Key.Key_Right)
    assert state.selection.current == FILM
    owner.key(qtbot, Qt.Key.Key_Right)
    assert state.selection.current == FILM
    owner.key(qtbot, Qt.Key.Key_Left)
    owner.key(qtbot, Qt.Key.Key_Down)
    assert state.selection.current == RAIN
    assert "rain on leaves in lane Rain" in owner.view.area.accessibleDescription()
    owner.key(qtbot, Qt.Key.Key_Down)
    assert (state.selection.current, state.selection.lane_id) == (None, 3)
    owner.key(qtbot, Qt.Key.Key_A, CONTROL)
    assert state.selection.blocks == {DOG, FILM, RAIN, MUSIC}
    owner.key(qtbot, Qt.Key.Key_Escape)
    assert state.selection.blocks == frozenset()
    with qtbot.waitSignal(owner.view.left):
        owner.key(qtbot, Qt.Key.Key_Escape)


def test_the_die_asks_for_another_seed(owner, qtbot):
    click(owner.view.area, owner.at(4 * S, 0))
    owner.key(qtbot, Qt.Key.Key_R, SHIFT)
    dog = owner.scene.block(DOG)
    assert (dog.recipe.seed, dog.current, len(dog.takes)) == (SEED, None, 2)
    owner.undo()
    owner.view.headers.header_of(1).die.click()
    assert owner.scene.block(DOG).recipe.seed == SEED
    owner.view.headers.header_of(2).die.click()
    assert owner.refused[-1].startswith("No block that the model makes")


def test_lanes_by_mouse_and_key(owner, qtbot):
    header = owner.view.headers.header_of(2)
    for button in (header.mute, header.solo, header.arm):
        button.click()
    rain = owner.scene.lane(2)
    assert (rain.mute, rain.solo, rain.armed) == (False, True, True)
    click(header, QPointF(header.name_rect().center()))
    assert owner.view.state.selection.lane_id == 2
    for key in (Qt.Key.Key_M, Qt.Key.Key_S, Qt.Key.Key_A):
        owner.key(qtbot, key, SHIFT)
    rain = owner.scene.lane(2)
    assert (rain.mute, rain.solo, rain.armed) == (True, False, False)
    owner.key(qtbot, Qt.Key.Key_Up, SHIFT | CONTROL)
    assert [lane.lane_id for lane in owner.scene.lanes] == [2, 1, 3, 4]
    owner.key(qtbot, Qt.Key.Key_A)
    owner.type(qtbot, "Owl")
    assert [lane.name for lane in owner.scene.lanes] == ["Rain", "Owl", "Dog", "Film", "Music"]
    owner.key(qtbot, Qt.Key.Key_Delete, SHIFT)
    assert [lane.name for lane in owner.scene.lanes] == ["Rain", "Dog", "Film", "Music"]


def test_the_gain_of_a_lane_is_one_step_while_it_is_turned(owner, qtbot):
    header = owner.view.headers.header_of(1)
    click(header, QPointF(header.name_rect().center()))
    owner.key(qtbot, Qt.Key.Key_G)
    assert header.gain.hasFocus()
    for _ in range(3):
        qtbot.keyClick(header.gain, Qt.Key.Key_Up)
    assert owner.scene.lane(1).gain_db == -4.5
    qtbot.keyClick(header.gain, Qt.Key.Key_Return)
    assert owner.view.area.hasFocus()
    assert owner.steps == ["Set gain of lane 'Dog'"]
    assert {request.edit.func for request in owner.requests} == {set_lane_gain}


def test_a_refused_switch_shows_again_what_is(owner):
    owner.view.edit_requested.disconnect(owner.edit)
    header = owner.view.headers.header_of(1)
    header.mute.click()
    assert not header.mute.isChecked()


def test_the_colour_of_a_lane_is_chosen_from_a_menu(owner, monkeypatch):
    monkeypatch.setattr(QMenu, "popup", lambda *_: None)
    owner.view.headers.header_of(1).swatch.click()
    (menu,) = owner.view.headers.findChildren(QMenu)
    menu.actions()[2].trigger()
    menu.close()
    assert owner.scene.lane(1).colour == COLOURS[2]


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
