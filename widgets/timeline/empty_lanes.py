"""What the lanes show while there are none: the way to the first one."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from widgets.parts.panel import role_label

_INVITATION = "A lane keeps the words, over the whole film. Then place, trim and mix it."


class EmptyLanes(QWidget):
    """Lies over `area` while the scene has no lane. Its button is the action's."""

    def __init__(self, add_lane: QAction, area: QWidget) -> None:
        super().__init__(area)
        self.button = QPushButton("Add a lane")
        self.button.setAccessibleName("Add a lane")
        self.button.setAccessibleDescription(add_lane.statusTip())
        self.button.setToolTip(add_lane.toolTip())
        self.button.clicked.connect(add_lane.trigger)
        text: QLabel = role_label(_INVITATION, "muted")
        text.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(14)
        row.addWidget(self.button)
        row.addWidget(text, 1)
        area.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep to the top of the lanes."""
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(0, 0, watched.width(), min(watched.height(), max(56, self.sizeHint().height())))
        return super().eventFilter(watched, event)
