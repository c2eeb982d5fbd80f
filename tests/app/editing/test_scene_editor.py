"""The timeline and the open project together: requests become edits with undo, refusals become notices."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from functools import partial

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget

from app.editing.scene_editor import SceneEditor
from app.editing.undo_actions import UndoActions
from app.project.open_project import OpenProject
from app.project.recovery import RecoveryStore
from engine.contract.scene.edits.blocks import trim_end, trim_start
from engine.contract.scene.edits.lanes import rename_lane
from engine.contract.scene.edits.takes import add_take
from engine.contract.scene.recipe import SceneTake
from tests.engine.contract.scene.scenes import DOG, S, whole_scene
from tests.widgets.timeline.timelines import drag, move, press, release
from widgets.parts.theme import apply_theme
from widgets.timeline.gestures.requests import EditRequest
from widgets.timeline.timeline_view import TimelineView


@pytest.fixture
def editor(qtbot, tmp_path):
    made = SceneEditor(OpenProject.new(whole_scene(), RecoveryStore(tmp_path), pytest.fail))
    yield made
    made.close()


@pytest.fixture
def view(qtbot, qapp, editor):
    apply_theme(qapp)
    made = TimelineView(editor.begin_gesture)
    qtbot.addWidget(made)
    made.resize(1100, 420)
    with qtbot.waitActive(made):
        made.show()
    editor.show_in(made)
    made.state.fit(0, 30 * S)
    return made


def point(view, sample, row=0):
    return QPointF(view.state.scale.x_of(sample), view.area.row_top(row) + 30)


def test_an_edit_is_heard_before_it_is_drawn(view, editor):
    told = []
    view.state.scene_changed.connect(lambda *_: told.append("drawn"))
    editor.scene_sounds.connect(lambda scene: told.append(scene))
    editor.make(EditRequest(partial(rename_lane, lane_id=1, name="hound")))
    assert told[0] is editor.project.scene
    assert "drawn" in told[1:]


def test_a_drag_in_the_timeline_is_one_step_of_undo(view, editor, qtbot):
    before = editor.project.scene
    drag(view.area, point(view, 4 * S), point(view, 14 * S, 1))
    assert editor.project.scene.lane_of(10).lane_id == 2
    assert view.state.scene is editor.project.scene
    assert editor.undo_name == "Move block 'dog'"
    editor.undo()
    assert (editor.project.scene, editor.undo_name, editor.redo_name) == (before, "", "Move block 'dog'")
    assert view.state.scene is editor.project.scene
    editor.redo()
    assert editor.project.scene.lane_of(10).lane_id == 2


def test_each_edit_of_a_drag_replaces_the_one_before(editor):
    whole = editor.project.scene
    gesture = editor.begin_gesture()
    for end in (int(1.2 * S), 9 * S):  # trimmed until its fades are gone, and out again
        editor.make(EditRequest(partial(trim_end, block_id=12, end_sample=end), gesture))
    assert editor.project.scene == whole
    assert editor.undo_name == ""


def test_two_values_of_one_drag_are_both_kept(editor):
    gesture = editor.begin_gesture()
    editor.make(EditRequest(partial(trim_end, block_id=10, end_sample=4 * S), gesture))
    editor.make(EditRequest(partial(trim_start, block_id=10, start_sample=2 * S), gesture))
    block = editor.project.scene.block(10)
    assert (block.start_sample, block.end_sample) == (2 * S, 4 * S)


def test_a_take_that_arrives_during_a_drag_is_not_lost(view, editor):
    press(view.area, point(view, 4 * S))
    move(view.area, point(view, 9 * S))
    editor.project.amend(lambda scene: add_take(scene, 10, SceneTake("cc33", DOG)))
    move(view.area, point(view, 12 * S))
    release(view.area, point(view, 12 * S))
    assert editor.project.scene.block(10).take("cc33") is not None
    assert editor.project.scene.block(10).start_sample > 8 * S
    assert len(editor.project.history.past) == 1


def test_a_refusal_is_a_notice_that_the_next_edit_takes_away(view, editor):
    notices = []
    editor.noticed.connect(lambda notice: notices.append((notice.topic, notice.message)))
    before = editor.project.scene
    editor.make(EditRequest(partial(rename_lane, lane_id=1, name="")))
    editor.make(EditRequest(partial(rename_lane, lane_id=1, name="Puppy")))
    editor.make(EditRequest(partial(rename_lane, lane_id=1, name="Pup")))
    assert notices == [("edit", "The name of a lane is empty: write at least one character."), ("edit", "")]
    assert before.lane(1).name == "Dog"
    view.refused.emit("No block is selected.")
    assert notices[-1] == ("edit", "No block is selected.")


def test_a_project_that_can_only_be_read_says_so(editor):
    notices = []
    editor.noticed.connect(lambda notice: notices.append(notice.message))
    editor.project.read_only = "This project comes from a newer version."
    editor.make(EditRequest(partial(rename_lane, lane_id=1, name="Puppy")))
    assert notices == ["This project comes from a newer version."]
    assert editor.project.scene.lane(1).name == "Dog"


def test_undo_says_what_it_takes_back(editor, qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    actions = UndoActions(editor, parent)
    assert not actions.undo.isEnabled()
    editor.make(EditRequest(partial(rename_lane, lane_id=1, name="Cat & Dog")))
    assert actions.undo.text() == "Undo Rename lane 'Dog' to 'Cat && Dog'"
    assert actions.undo.toolTip() == "Undo Rename lane 'Dog' to 'Cat & Dog' (Ctrl+Z)"
    assert actions.undo.isEnabled()
    assert not actions.redo.isEnabled()
    actions.undo.trigger()
    assert editor.project.scene.lane(1).name == "Dog"
    assert (actions.undo.isEnabled(), actions.redo.text()) == (False, "Redo Rename lane 'Dog' to 'Cat && Dog'")
    actions.redo.trigger()
    assert editor.project.scene.lane(1).name == "Cat & Dog"


def test_another_project_is_shown_and_the_first_is_closed(view, editor, tmp_path, qtbot):
    first, scene = editor.project, whole_scene()
    editor.make(EditRequest(partial(rename_lane, lane_id=1, name="Puppy")))
    with qtbot.waitSignal(editor.undo_changed):
        editor.open(OpenProject.new(scene, RecoveryStore(tmp_path), pytest.fail))
    assert view.state.scene is scene
    assert first._autosave is None
    assert editor.undo_name == ""


def test_esc_during_a_drag_leaves_no_step(view, editor, qtbot):
    before = editor.project.scene
    press(view.area, point(view, 4 * S))
    move(view.area, point(view, 9 * S))
    qtbot.keyClick(view.area, Qt.Key.Key_Escape)
    release(view.area, point(view, 9 * S))
    assert (editor.project.scene, editor.undo_name) == (before, "")
