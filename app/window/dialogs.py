"""Questions and short texts in dialogs: never cut off, with the safe answer as the default."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QStyle, QVBoxLayout, QWidget

from widgets.parts.describe import describe
from widgets.parts.panel import role_label

_TEXT_WIDTH: Final = 440
_ICON_PX: Final = 40
_LONGEST_NAME: Final = 50
_YES: Final = QDialogButtonBox.ButtonRole.AcceptRole


def ask(parent: QWidget, question: str, text: str, yes: str) -> bool:
    """Return whether the user chose `yes`, the label of the button. Enter and Esc both mean no."""
    dialog = question_box(parent, question, text, yes)
    try:
        return dialog.exec() == QDialog.DialogCode.Accepted
    finally:
        dialog.deleteLater()


def question_box(parent: QWidget, question: str, text: str, yes: str) -> QDialog:
    """Return the dialog of `ask`."""
    dialog, buttons = _dialog(parent, question, text, QStyle.StandardPixmap.SP_MessageBoxQuestion)
    cancel = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
    does_it = buttons.addButton(yes, QDialogButtonBox.ButtonRole.AcceptRole)
    does_it.setAutoDefault(False)
    cancel.setDefault(True)
    cancel.setFocus()
    return dialog


@dataclass(frozen=True)
class Answer:
    """An answer to a question: the text of its button. Enter gives the usual one; a destructive one is set apart."""

    text: str
    is_usual: bool = False
    is_destructive: bool = False


def choose(
    parent: QWidget, question: str, text: str, answers: Mapping[Answer, Callable[[], None]], cancel: str = "Cancel"
) -> QDialog:
    """Open a question and call what belongs to the answer; Esc and `cancel` do nothing. Does not wait."""
    dialog, buttons = _dialog(parent, question, text, QStyle.StandardPixmap.SP_MessageBoxQuestion)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for answer, act in answers.items():
        role = QDialogButtonBox.ButtonRole.DestructiveRole if answer.is_destructive else _YES
        button = buttons.addButton(answer.text, role)
        button.setAutoDefault(answer.is_usual)
        button.setDefault(answer.is_usual)
        if answer.is_usual:
            button.setFocus()
        button.clicked.connect(partial(_answered, dialog, act))
    buttons.addButton(cancel, QDialogButtonBox.ButtonRole.RejectRole).setAutoDefault(False)
    dialog.open()
    return dialog


def _answered(dialog: QDialog, act: Callable[[], None], _checked: bool = False) -> None:
    dialog.accept()
    act()


def tell(parent: QWidget, title: str, text: str) -> QDialog:
    """Open a text with a Close button; the window stays usable."""
    dialog, buttons = _dialog(parent, title, text, QStyle.StandardPixmap.SP_MessageBoxInformation)
    buttons.addButton(QDialogButtonBox.StandardButton.Close).setDefault(True)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def panel_dialog(parent: QWidget, title: str, panel: QWidget, close_tip: str) -> QDialog:
    """Return a dialog, not yet open, that holds a panel and a Close button. It may be opened again and again."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    describe(buttons.buttons()[0], "Close", close_tip, "Alt+C")
    buttons.rejected.connect(dialog.reject)
    layout = _layout(dialog)
    layout.addWidget(panel)
    layout.addWidget(buttons)
    return dialog


def short_name(name: str) -> str:
    """Return a name that fits on a line, without its middle if it is long."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME // 2]} … {name[-_LONGEST_NAME // 2 :]}"


def _dialog(parent: QWidget, title: str, text: str, picture: QStyle.StandardPixmap) -> tuple[QDialog, QDialogButtonBox]:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    icon = QLabel()
    icon.setPixmap(dialog.style().standardIcon(picture).pixmap(_ICON_PX, _ICON_PX))
    head, body = role_label(title, "hero"), QLabel(text)
    for label in (head, body):
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setFixedWidth(_TEXT_WIDTH)  # a text of known width has a known height, so that nothing is cut off
    body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    buttons = QDialogButtonBox()
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    texts = QVBoxLayout()
    texts.setSpacing(8)
    texts.addWidget(head)
    texts.addWidget(body)
    row = QHBoxLayout()
    row.setSpacing(16)
    row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
    row.addLayout(texts)
    layout = _layout(dialog)
    layout.addLayout(row)
    layout.addWidget(buttons)
    return dialog, buttons


def _layout(dialog: QDialog) -> QVBoxLayout:
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(20, 18, 20, 16)
    layout.setSpacing(14)
    layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
    return layout
