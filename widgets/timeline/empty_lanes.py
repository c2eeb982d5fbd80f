"""What the lanes show while there are none: the way to the first one."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from engine.contract.camera import NO_TIMELINE
from engine.contract.scene.scene import Scene
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
        self.text: QLabel = role_label(_INVITATION, "muted")
        self.text.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(14)
        row.addWidget(self.button)
        row.addWidget(self.text, 1)
        area.installEventFilter(self)

    def show_for(self, scene: Scene) -> None:
        """Invite if the scene has no lane; a live camera takes no blocks, and says so."""
        is_live = scene.film is not None and scene.film.is_live
        self.button.setVisible(not is_live)
        self.text.setText(NO_TIMELINE if is_live else _INVITATION)
        self.setVisible(scene.lanes == ())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep to the top of the lanes."""
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(0, 0, watched.width(), min(watched.height(), max(56, self.sizeHint().height())))
        return super().eventFilter(watched, event)
