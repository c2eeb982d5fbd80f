"""The whole sphere as a flat map: all lanes, the path, and what the film shows of it."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.contract.video import Pose
from widgets.film.view_geometry import FlatView
from widgets.parts.focus_ring import paint_focus_ring
from widgets.parts.theme import COLOURS
from widgets.places.commands import PlaceCommands
from widgets.places.film_hand import TURNS, WHEEL_STEP
from widgets.places.film_layer import reading_of
from widgets.places.map_picture import MapPicture
from widgets.places.marks import Marks
from widgets.places.place_hand import PlaceHand
from widgets.places.places_state import PlacesState
from widgets.places.projections import MapProjection

_SHADE: Final = 0.45
_FINER: Final = 2.0
"""The picture is drawn at a part of its size, smoothly: the film is sampled without a filter."""
_LINES_DEG: Final = 30
_BORDER_POINTS: Final = 12
_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
_SIDES: Final = ((0.25, "90° left"), (0.5, "front"), (0.75, "90° right"))


class FlatMap(QWidget):
    """A click or a drag places the chosen lane; a drag of a marker moves it. `read` sends what is under the pointer.

    `level_db` returns the level of the field in a direction, a unit vector (3,), in dB, or None.
    """

    read = Signal(str)

    def __init__(
        self,
        state: PlacesState,
        hand: PlaceHand,
        commands: PlaceCommands,
        level_db: Callable[[NDArray[np.float64]], float | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._hand, self._commands, self._level_db = hand, commands, level_db
        commands.serve(self)
        self._marks = Marks(state)
        self._seen: NDArray[np.float64] | None = None
        self._picture = MapPicture()
        self._off = QPointF()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Map of places")
        self.setAccessibleDescription("Arrow keys move the selected lane by 1 degree, with Shift by 10.")
        self.setToolTip(
            "Click: place the selected lane. Drag a marker: move it; while the film plays, record a path.\n"
            "Arrow keys: 1 degree, with Shift 10. Shift+wheel: distance. Number keys: select a lane."
        )
        state.changed.connect(self.update)
        state.moved.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(288, 144)

    def hasHeightForWidth(self) -> bool:
        """Return that the height follows from the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return half the width."""
        return width // 2

    def set_frame(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show an equirectangular picture (H, W, 4) uint8, blue, green, red, 255; a few per second are drawn."""
        if self._picture.set_frame(pixels):
            self.update()

    def set_horizon(self, horizon: Pose) -> None:
        """Turn every picture by a pose; lines and lanes stay."""
        if self._picture.set_horizon(horizon):
            self.update()

    def set_view(self, flat: FlatView) -> None:
        """Show what the film shows."""
        self._seen = _border(flat)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, the lines, the view and the lanes."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(COLOURS.window))
        picture = self._picture.image(_FINER * self.width() * self.devicePixelRatioF())
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.rect(), picture)
            shade = QColor(COLOURS.window)
            shade.setAlphaF(_SHADE)
            painter.fillRect(self.rect(), shade)
        self._paint_lines(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._seen is not None:
            self._paint_view(painter, self._seen)
        self._marks.paint(painter, self._projection())
        if self.hasFocus():
            paint_focus_ring(painter, self.rect())
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Place the chosen lane, or take hold of a lane or a keyframe."""
        if event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        at = event.position()
        hit = None if event.modifiers() & _SHIFT else self._marks.hit(self._projection(), at.x(), at.y())
        self._off = QPointF() if hit is None else QPointF(hit.x, hit.y) - at
        if hit is None:
            self._hand.place(self._projection().direction(at.x(), at.y()))
        elif hit.keyframe is None:
            self._hand.take_lane(hit.lane_id)
        else:
            self._hand.take_keyframe(hit.lane_id, hit.keyframe)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held; read the direction under the pointer."""
        at = event.position()
        if self._hand.holds:
            held = at + self._off
            self._hand.move(self._projection().direction(held.x() % max(1, self.width()), held.y()))
        else:
            hit = self._marks.hit(self._projection(), at.x(), at.y())
            hovered = None if hit is None else hit.lane_id
            if hovered != self._marks.hovered:
                self._marks.hovered = hovered
                self.setCursor(Qt.CursorShape.CrossCursor if hit is None else Qt.CursorShape.SizeAllCursor)
                self.update()
        vector = self._projection().direction(at.x(), at.y())
        self.read.emit(reading_of(vector, self._level_db(vector)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() is Qt.MouseButton.LeftButton and self._hand.holds:
            self._hand.release()

    def leaveEvent(self, event: QEvent) -> None:
        """Read nothing."""
        self.read.emit("")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Shift, set the distance."""
        if event.modifiers() & _SHIFT:
            turned = event.angleDelta()
            self._hand.step_distance((turned.y() or turned.x()) / WHEEL_STEP)
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge with the arrow keys; Esc gives up a drag."""
        turn = TURNS.get(Qt.Key(event.key()))
        if turn is not None:
            by = 10.0 if event.modifiers() & _SHIFT else 1.0
            self._hand.turn(by * turn[0], by * turn[1])
        elif self._commands.take_key(event.key()):
            event.accept()
        elif event.key() != Qt.Key.Key_Escape or not self._hand.cancel():
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus."""
        super().focusOutEvent(event)
        self.update()

    def _projection(self) -> MapProjection:
        return MapProjection(max(1, self.width()), max(1, self.height()))

    def _paint_lines(self, painter: QPainter) -> None:
        width, height = self.width(), self.height()
        line = QColor(COLOURS.text)
        for degrees in range(_LINES_DEG, 360, _LINES_DEG):
            line.setAlphaF(0.35 if degrees % 90 == 0 else 0.14)
            painter.setPen(line)
            painter.drawLine(round(width * degrees / 360), 0, round(width * degrees / 360), height)
        for degrees in range(_LINES_DEG, 180, _LINES_DEG):
            line.setAlphaF(0.35 if degrees == 90 else 0.14)
            painter.setPen(line)
            painter.drawLine(0, round(height * degrees / 180), width, round(height * degrees / 180))
        font = QFont(self.font())
        font.setPixelSize(10)
        painter.setFont(font)
        for share, text in _SIDES:
            box = painter.fontMetrics().boundingRect(text).adjusted(-3, 0, 3, 0)
            place = QRect(0, 0, box.width(), box.height())
            place.moveCenter(QPointF(width * share, height - 8.0).toPoint())
            painter.fillRect(place, QColor(COLOURS.accent_text))
            painter.setPen(QColor(COLOURS.text))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_view(self, painter: QPainter, border: NDArray[np.float64]) -> None:
        """Outline what the film shows."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pieces = [QPolygonF([QPointF(a, b) for a, b in piece]) for piece in self._projection().lines(border)]
        for width, colour in ((3.0, COLOURS.accent_text), (1.0, COLOURS.text)):
            painter.setPen(QPen(QColor(colour), width))
            for piece in pieces:
                painter.drawPolyline(piece)


def _border(flat: FlatView) -> NDArray[np.float64]:
    """Return the edge of a view as unit vectors (n, 3)."""
    share = np.linspace(0.0, 1.0, _BORDER_POINTS)
    one, none = np.ones(_BORDER_POINTS), np.zeros(_BORDER_POINTS)
    x = flat.width * np.concatenate([share, one, share[::-1], none])
    y = flat.height * np.concatenate([none, share, one, share[::-1]])
    return np.array([flat.to_direction(a, b) for a, b in zip(x, y, strict=True)])
