"""What every control owes a person: a name for screen readers, a tooltip, a key that reaches it."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QWidget

SHORTCUT_PROPERTY = "shortcutText"


class _Reach(QObject):
    """Puts the keyboard on a control when its key is pressed."""

    def __init__(self, control: QWidget, keys: QKeySequence) -> None:
        super().__init__(control)
        self._control = control
        shortcut = QShortcut(keys, control)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self.reach)

    def reach(self) -> None:
        self._control.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if isinstance(self._control, QLineEdit | QAbstractSpinBox):
            self._control.selectAll()
        elif isinstance(self._control, QComboBox):
            self._control.showPopup()


def describe(control: QWidget, name: str, tip: str, shortcut: str) -> None:
    """Give a control its accessible name, tooltip and key.

    The key presses a button and puts the keyboard on anything else. Call it after the button has its text.
    """
    keys = QKeySequence(shortcut)
    text = keys.toString(QKeySequence.SequenceFormat.NativeText)
    control.setAccessibleName(name)
    control.setAccessibleDescription(tip)
    control.setToolTip(f"{tip} ({text})")
    control.setProperty(SHORTCUT_PROPERTY, text)
    if isinstance(control, QAbstractButton):
        control.setShortcut(keys)
    else:
        _Reach(control, keys)
