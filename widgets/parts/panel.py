"""The frame that holds a group of controls under a small title."""

from PySide6.QtWidgets import QFrame, QLabel, QLayout, QVBoxLayout, QWidget


def role_label(text: str, role: str) -> QLabel:
    """Return a label styled by the theme: title, muted, value or hero."""
    label = QLabel(text)
    label.setProperty("role", role)
    return label


def keep_room_while_hidden(part: QWidget) -> None:
    """Let a layout keep the room of a part that is shown now and then, so that nothing beside it moves."""
    policy = part.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    part.setSizePolicy(policy)


def fill_column(part: QWidget, controls: QLayout, hint: str, width_px: int, button: QWidget) -> None:
    """Fill a dialog's part with controls, a hint of a width below them, and a button."""
    label = role_label(hint, "muted")
    label.setWordWrap(True)
    label.setFixedWidth(width_px)
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(12)
    column.addLayout(controls)
    column.addWidget(label)
    column.addWidget(button)


class Panel(QFrame):
    """A titled frame; its `body` takes the content."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(14, 10, 14, 12)
        self.body.setSpacing(8)
        if title:
            self.body.addWidget(role_label(title.upper(), "title"))
