"""Typed words, keys and the controls of a lane ask for the right edit; made by an owner, it gives the right scene."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QMenu

from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.lanes import set_lane_gain
from engine.contract.scene.lane import COLOURS
from engine.contract.scene.recipe import Cue, PromptSlot
from tests.engine.contract.scene.scenes import S
from tests.widgets.timeline.timelines import CONTROL, DOG, FILM, MUSIC, RAIN, SEED, SHIFT, click, double_click, near


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
