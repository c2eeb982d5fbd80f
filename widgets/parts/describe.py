"""What every control needs: an accessible name, a tooltip and a key."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QPushButton, QWidget

from widgets.parts.text_keys import TextKeys

SHORTCUT_PROPERTY = "shortcutText"


class _Key(QObject):
    """Presses a button, or puts the keyboard on another control.

    A button's own shortcut would act 100 ms later, after the press is shown; playback must not wait for that.
    """

    def __init__(self, control: QWidget) -> None:
        super().__init__(control)
        self._control = control
        self._reveal: Callable[[], None] | None = None
        self.shortcut = QShortcut(control)
        self.shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        self.shortcut.setAutoRepeat(False)
        self.shortcut.activated.connect(self._act)

    def act_in(self, window: QWidget, reveal: Callable[[], None]) -> None:
        """Act as long as a window is seen, even if the control is not; `reveal` shows what gets the keyboard."""
        self.shortcut.setParent(window)
        self._reveal = reveal

    def _act(self) -> None:
        if isinstance(self._control, QAbstractButton):
            self._control.click()  # does nothing if it is disabled
            return
        if self._reveal is not None and self._control.isEnabled():
            self._reveal()
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


def dialog_button(text: str, tip: str, shortcut: str) -> QPushButton:
    """Return a button of a dialog; Enter does not press it just because it comes first."""
    button = QPushButton(text)
    button.setAutoDefault(False)
    describe(button, text, tip, shortcut)
    return button


def let_keys_act(panel: QWidget, window: QWidget, reveal: Callable[[], None]) -> None:
    """Let the keys of the controls in a panel act while the panel is hidden; `reveal` brings it to the front."""
    for key in panel.findChildren(_Key):
        key.act_in(window, reveal)
