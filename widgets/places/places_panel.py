"""The panel of places: the map, what is under the pointer, a legend, and the form."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from widgets.parts.describe import describe
from widgets.parts.elided_label import ElidedLabel
from widgets.parts.panel import Panel
from widgets.parts.theme import COLOURS
from widgets.places.commands import PlaceCommands
from widgets.places.flat_map import FlatMap
from widgets.places.mark_pictures import MarkLook, MarkPictures, draw_centred
from widgets.places.place_form import PlaceForm
from widgets.places.place_hand import PlaceHand
from widgets.places.places_state import PlacesState

_COLOUR: Final = "#8fa3b8"
_ROW_PX: Final = 26
_MARK_PX: Final = 34
_HINT: Final = "Click to place the selected lane"


class PlacesPanel(Panel):
    """The map can be hidden; the form stays."""

    def __init__(
        self,
        state: PlacesState,
        hand: PlaceHand,
        commands: PlaceCommands,
        level_db: Callable[[NDArray[np.float64]], float | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", parent)
        self.map = FlatMap(state, hand, commands, level_db)
        self.form = PlaceForm(state, hand, commands)
        self.reading = ElidedLabel("muted")
        self.reading.set_whole_text(_HINT)
        self.legend = Legend()
        self.shown = QToolButton()
        self.shown.setText("Map")
        self.shown.setCheckable(True)
        self.shown.setChecked(True)
        self.shown.setProperty("role", "switch")
        describe(self.shown, "Show the map", "Show all lanes on a flat map of the film", "Alt+Shift+M")
        self._map_parts = QWidget()
        column = QVBoxLayout(self._map_parts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self.map, self.reading):
            column.addWidget(part)
        head = QHBoxLayout()
        head.addWidget(self.form.tool)
        head.addStretch(1)
        head.addWidget(self.shown)
        self.body.setContentsMargins(10, 10, 10, 10)
        self.body.addLayout(head)
        self.body.addWidget(self._map_parts)
        self.body.addWidget(self.form)
        self.body.addWidget(self.legend)
        self.body.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.shown.toggled.connect(self._map_parts.setVisible)
        self.map.read.connect(lambda text: self.reading.set_whole_text(text or _HINT))


class Legend(QWidget):
    """What the marks mean."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = MarkPictures()
        self._rows: tuple[tuple[str, Callable[[float], QPixmap]], ...] = (
            ("Sounds now", self._disc(sounds=True)),
            ("Silent now", self._disc(sounds=False)),
            ("Keyframe", lambda ratio: self._pictures.dot(_COLOUR, False, ratio)),
            ("Outside the view", lambda ratio: self._pictures.arrow(_COLOUR, 0.0, ratio)),
        )
        self.setAccessibleName("Legend")
        self.setAccessibleDescription(
            "A filled marker sounds now, a hollow one is silent. A square is a keyframe. "
            "An arrow points to a lane outside the view, with the degrees to turn."
        )
        self.setToolTip(self.accessibleDescription())

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(260, 2 * _ROW_PX)

    def minimumSizeHint(self) -> QSize:
        """Return the least size, in pixels."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint each mark with its words."""
        painter = QPainter(self)
        ratio, half = self.devicePixelRatioF(), self.width() // 2
        painter.setPen(QColor(COLOURS.muted))
        for index, (text, picture) in enumerate(self._rows):
            left, top = half * (index % 2), _ROW_PX * (index // 2)
            middle = QPointF(left + _MARK_PX / 2.0, top + _ROW_PX / 2.0)
            draw_centred(painter, picture(ratio), middle.x(), middle.y())
            room = QRect(left + _MARK_PX, top, half - _MARK_PX, _ROW_PX)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()

    def _disc(self, *, sounds: bool) -> Callable[[float], QPixmap]:
        return lambda ratio: self._pictures.disc(MarkLook(1, _COLOUR, sounds, False, ratio))
