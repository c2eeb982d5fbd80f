"""The mouse on the film while its horizon is corrected, and the lines to level it by."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from engine.contract.directions import unit_vectors
from engine.contract.view import ViewOrientation, head_axes
from widgets.film.panorama_view import PanoramaView
from widgets.film.view_geometry import FlatView
from widgets.parts.theme import DARK

_CTRL: Final = Qt.KeyboardModifier.ControlModifier
_LEAN_SHARE: Final = 0.25
"""A horizon is a few degrees off: leaning is finer than the way of the pointer."""
_POINTS: Final = 181
_AHEAD: Final = 0.05
"""The least that a point lies ahead to be drawn."""
_UPRIGHTS: Final = 8
_UPRIGHT_RAD: Final = math.radians(30.0)


class HorizonHand(QObject):
    """While it is on, Ctrl and a drag level the picture: up and down tilts it where one looks, sideways leans it.

    `grabbed` begins a drag; `moved` sends the matrix (3, 3) by which the scene has to be turned since then; `let_go`
    ends the drag.
    """

    grabbed = Signal()
    moved = Signal(object)
    let_go = Signal()

    def __init__(self, panorama: PanoramaView) -> None:
        super().__init__(panorama)
        self._panorama = panorama
        self._is_on = False
        self._from: tuple[QPointF, FlatView] | None = None
        panorama.add_layer(self._paint)
        panorama.installEventFilter(self)

    def set_on(self, on: bool) -> None:
        """Draw the lines and take drags with Ctrl, or leave the film alone."""
        self._is_on = on
        self._release()
        self._panorama.repaint_top()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take drags with Ctrl."""
        if not self._is_on or not isinstance(event, QMouseEvent):
            return False
        kind = event.type()
        if kind is QEvent.Type.MouseButtonPress and event.button() is Qt.MouseButton.LeftButton:
            if not event.modifiers() & _CTRL or self._panorama.is_empty:
                return False
            self._from = (event.position(), self._panorama.flat_view())
            self.grabbed.emit()
            return True
        if self._from is None:
            return False
        if kind is QEvent.Type.MouseMove:
            start, flat = self._from
            by = event.position() - start
            self.moved.emit(turn_by(flat, by.x(), by.y()))
        elif kind is QEvent.Type.MouseButtonRelease:
            self._release()
        return True

    def _release(self) -> None:
        if self._from is not None:
            self._from = None
            self.let_go.emit()

    def _paint(self, painter: QPainter, flat: FlatView) -> None:
        if not self._is_on:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        around = np.linspace(-math.pi, math.pi, _POINTS)
        level = unit_vectors(around, np.zeros(_POINTS))
        heights = np.linspace(-_UPRIGHT_RAD, _UPRIGHT_RAD, _POINTS)
        sides = np.arange(_UPRIGHTS) * (2.0 * math.pi / _UPRIGHTS)
        for width, colour in ((4.0, QColor(DARK.accent_text)), (1.5, QColor(DARK.accent))):
            painter.setPen(QPen(colour, width))
            _draw(painter, flat, level)
            painter.setPen(QPen(colour, 0.6 * width))
            for side in sides.tolist():
                _draw(painter, flat, unit_vectors(np.full(_POINTS, side), heights))


def turn_by(flat: FlatView, right_px: float, down_px: float) -> NDArray[np.float64]:
    """Return the turn (3, 3) of the scene by a drag in a view: down tilts what is in front down, right leans it right.

    Both are about level axes, so that leaning never turns the picture around.
    """
    level = head_axes(ViewOrientation(flat.view.yaw_rad))
    down_rad, right_rad = down_px / flat.focal_px, _LEAN_SHARE * right_px / flat.focal_px
    turned: NDArray[np.float64] = level @ head_axes(ViewOrientation(0.0, -down_rad, right_rad)) @ level.T
    return turned


def _draw(painter: QPainter, flat: FlatView, line: NDArray[np.float64]) -> None:
    """Draw a part of a great circle, unit vectors (n, 3), as far as it is in front: in a flat view it is straight."""
    ahead, left, up = flat.axes.T @ line.T
    seen = ahead > _AHEAD
    if not seen.any():
        return
    at = np.stack([-left[seen], -up[seen]]) * (flat.focal_px / ahead[seen])
    one = int(np.argmax(np.linalg.norm(at - at.mean(axis=1, keepdims=True), axis=0)))
    other = int(np.argmax(np.linalg.norm(at - at[:, one : one + 1], axis=0)))
    ends = [QPointF(flat.width / 2.0 + at[0, end], flat.height / 2.0 + at[1, end]) for end in (one, other)]
    painter.drawLine(*ends)
