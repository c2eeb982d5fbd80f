"""The timeline's keys and undo beside the window's: Qt does nothing on a key that has two meanings."""

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from app.editing.scene_editor import SceneEditor
from app.editing.undo_actions import UndoActions
from app.project.open_project import OpenProject
from app.project.recovery import RecoveryStore
from app.window.shortcut_list import shortcut_rows
from tests.engine.contract.scene.scenes import whole_scene
from widgets.timeline.timeline_view import TimelineView


def keys_of(actions: list[QAction]) -> list[str]:
    return [keys.toString() for action in actions for keys in action.shortcuts()]


@pytest.mark.slow
def test_no_key_of_the_timeline_is_one_of_the_windows(app, qtbot, tmp_path):
    editor = SceneEditor(OpenProject.new(whole_scene(), RecoveryStore(tmp_path), pytest.fail))
    parent = QWidget()
    qtbot.addWidget(parent)
    undo = UndoActions(editor, parent)
    view = TimelineView(editor.begin_gesture, parent)
    used = {key for keys, _ in shortcut_rows(app.window) for key in keys.split(" or ")}
    mine = [*keys_of(list(view.actions_by_name.values())), *keys_of([undo.undo, undo.redo])]
    assert len(used) > 20
    assert len(set(mine)) == len(mine)
    assert not used & (set(mine) - {"Esc"})  # Esc reaches the window when the timeline has nothing to give up
    editor.close()
