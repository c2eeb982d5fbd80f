"""Keys of the window that work while a text field has the focus, unless they mean something to the text."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit

_Standard = QKeySequence.StandardKey
# The standard keys of every text field. Qt has more, for example Ctrl+E for "end of the line" on Linux, and keeps
# all of them from the window.
_EDITING: Final = (
    _Standard.Copy, _Standard.Cut, _Standard.Paste, _Standard.Undo, _Standard.Redo, _Standard.SelectAll,
    _Standard.Delete, _Standard.DeleteStartOfWord, _Standard.DeleteEndOfWord,
    _Standard.MoveToNextWord, _Standard.MoveToPreviousWord, _Standard.SelectNextWord, _Standard.SelectPreviousWord,
)  # fmt: skip
_COMMAND: Final = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class TextKeys(QObject):
    """Lets a field keep the keys that type or edit, and passes all others to the window."""

    def __init__(self, field: QLineEdit | QAbstractSpinBox) -> None:
        super().__init__(field)
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give keys that are for text to the field and not to a shortcut of the window."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if not _is_for_text(watched, event):
                event.ignore()  # if the window does not use it, the field gets it after all
                return True
        return super().eventFilter(watched, event)


def _is_for_text(field: QObject, event: QKeyEvent) -> bool:
    if event.modifiers() & _COMMAND:
        text = field.text() if isinstance(field, QLineEdit | QAbstractSpinBox) else ""
        return bool(text) and any(event.matches(key) for key in _EDITING)
    typed = event.text()
    return not (isinstance(field, QAbstractSpinBox) and (typed.isalpha() or typed == " "))  # not part of a number
