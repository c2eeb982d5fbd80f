"""Undo and redo for a menu: "Undo Move block 'dog'"."""

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.editing.scene_editor import SceneEditor


class UndoActions:
    """Two actions that say what they would take back or make again; disabled if there is nothing."""

    def __init__(self, editor: SceneEditor, parent: QWidget) -> None:
        self._editor = editor
        self.undo = QAction(parent)
        self.undo.setShortcut(QKeySequence("Ctrl+Z"))
        self.redo = QAction(parent)
        self.redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.undo.triggered.connect(editor.undo)
        self.redo.triggered.connect(editor.redo)
        editor.undo_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        _name(self.undo, "Undo", self._editor.undo_name)
        _name(self.redo, "Redo", self._editor.redo_name)


def _name(action: QAction, does: str, edit: str) -> None:
    text = f"{does} {edit}".strip()
    action.setText(text.replace("&", "&&"))  # a single one would underline the next letter
    action.setToolTip(f"{text} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
    action.setStatusTip(text)
    action.setEnabled(bool(edit))
