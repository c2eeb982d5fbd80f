"""What every control needs: an accessible name, a tooltip and a key."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QWidget

from widgets.parts.text_keys import TextKeys

SHORTCUT_PROPERTY = "shortcutText"


class _Key(QObject):
    """Presses a button, or puts the keyboard on another control.

    A button's own shortcut would act 100 ms later, after the press is shown; playback must not wait for that.
    """

    def __init__(self, control: QWidget) -> None:
        super().__init__(control)
        self._control = control
        self.shortcut = QShortcut(control)
        self.shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        self.shortcut.setAutoRepeat(False)
        self.shortcut.activated.connect(self._act)

    def _act(self) -> None:
        if isinstance(self._control, QAbstractButton):
            self._control.click()
            return
        self._control.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if isinstance(self._control, QLineEdit | QAbstractSpinBox):
            self._control.selectAll()
        elif isinstance(self._control, QComboBox):
            self._control.showPopup()


def describe(control: QWidget, name: str, tip: str, shortcut: str) -> None:
    """Give a control its accessible name, tooltip and key; may be called again when they change."""
    keys = QKeySequence(shortcut)
    text = keys.toString(QKeySequence.SequenceFormat.NativeText)
    control.setAccessibleName(name)
    control.setAccessibleDescription(tip)
    control.setToolTip(f"{tip} ({text})")
    control.setProperty(SHORTCUT_PROPERTY, text)
    if isinstance(control, QLineEdit | QAbstractSpinBox) and not control.findChild(TextKeys):
        TextKeys(control)
    key = control.findChild(_Key, options=Qt.FindChildOption.FindDirectChildrenOnly) or _Key(control)
    key.shortcut.setKey(keys)
