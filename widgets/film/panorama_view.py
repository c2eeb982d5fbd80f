"""The film in a view that can be dragged, zoomed and turned, with the directions of its sound on top."""

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from engine.contract.directions import azimuth_elevation
from engine.contract.telemetry import FoaLevels
from engine.contract.video import Pose
from engine.contract.view import ViewOrientation
from widgets.film.direction_overlay import DirectionOverlay
from widgets.film.edge_marks import EdgeMark, paint_edge_marks
from widgets.film.energy_map import EnergyMap
from widgets.film.flat_picture import FlatPicture, ScreenView
from widgets.film.panorama_shader import PanoramaShader
from widgets.film.view_drag import ViewState
from widgets.film.view_geometry import FlatView
from widgets.parts.focus_ring import paint_focus_ring

Layer = Callable[[QPainter, FlatView], None]
"""Draws over the film, in the view that is on display."""
EdgeSource = Callable[[FlatView], Sequence[EdgeMark]]
"""Returns what has an arrow at the edge of a view while it is outside."""

_MARKER_MS: Final = 60
"""How long a moved marker waits for a frame to be drawn with."""
_KEY_STEP_RAD: Final = math.radians(5.0)
_TURNS: Final = {
    Qt.Key.Key_Left: (1.0, 0.0),
    Qt.Key.Key_Right: (-1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}


class PanoramaView(QWidget):
    """Shows the newest frame. With `use_gl` a shader projects it, otherwise `screen_view` does on the processor.

    It is opaque, and a marker that moves is drawn with the next frame: what lies under it is not repainted for it.
    """

    view_changed = Signal(object)
    recentred = Signal()
    direction_picked = Signal(float, float)

    def __init__(self, screen_view: ScreenView, use_gl: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = FlatPicture(screen_view)
        self._state = ViewState()
        self._overlay = DirectionOverlay()
        self._map = EnergyMap()
        self._geometry = FlatView(self._state.view, self._state.fov_rad, 1, 1)
        self._grabbed_at: QPointF | None = None
        self._layers_below: list[Layer] = []
        self._layers: list[Layer] = []
        self._edges: list[EdgeSource] = [self._overlay.arrows]
        self._shows_focus = True
        self._shader = PanoramaShader(self) if use_gl else None
        self._top = _OverlayLayer(self._paint_top, self) if use_gl else None
        if self._shader is not None:
            layout = QVBoxLayout(self)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(self._shader)
            self._shader.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # the view follows the pointer
        self._marker_moved = QTimer(self)
        self._marker_moved.setSingleShot(True)
        self._marker_moved.setInterval(_MARKER_MS)
        self._marker_moved.timeout.connect(self.repaint_top)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName("Film")
        self.setAccessibleDescription("The 360-degree film. Drag or use the arrow keys to look around.")
        self.setToolTip(
            "Drag or arrow keys: look around. Wheel or + and -: zoom. Double-click or R: back to the front.\n"
            "Shift+click: make the sound come from there."
        )

    @property
    def view(self) -> ViewOrientation:
        """The current view."""
        return self._state.view

    @property
    def fov_rad(self) -> float:
        """The horizontal field of view."""
        return self._state.fov_rad

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(960, 540)

    def set_frame(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show an equirectangular picture (H, W, 4) uint8: blue, green, red, 255. None shows nothing."""
        self._picture.set_frame(pixels)
        if self._shader is not None:
            self._shader.set_frame(pixels)
        self._refresh()

    def set_horizon(self, horizon: Pose) -> None:
        """Turn every picture by a pose; what lies over it stays."""
        self._picture.set_horizon(horizon)
        if self._shader is not None:
            self._shader.set_upright(self._picture.upright)
        self.repaint_top()

    def add_layer(self, layer: Layer, *, below_edges: bool = False) -> None:
        """Draw something over every picture, and over the layers before; by default also over the marks at its edge."""
        (self._layers_below if below_edges else self._layers).append(layer)
        self.repaint_top()

    def add_edge_marks(self, source: EdgeSource) -> None:
        """Draw marks at the edge of every picture, beside the earlier ones."""
        self._edges.append(source)
        self.repaint_top()

    def set_shows_focus(self, shows: bool) -> None:
        """Show that the film has the keyboard, or not: a film that fills the screen needs no ring."""
        self._shows_focus = shows
        self.repaint_top()

    @property
    def is_empty(self) -> bool:
        """Whether there is no picture."""
        return self._picture.frame is None

    def level_db_at(self, vector: NDArray[np.float64]) -> float | None:
        """Return the level of the field in a direction, a unit vector (3,), in dB; None without sound."""
        return self._map.level_db_at(vector)

    def set_field(self, levels: FoaLevels | None) -> None:
        """Move the marker and the map of the generated field; None removes them."""
        self._map.set_field(levels)
        self._show_map()
        if self._overlay.set_field(levels):
            self.repaint_soon()

    def repaint_soon(self) -> None:
        """Draw again what lies over the film, with the next picture or a little later."""
        if not self._marker_moved.isActive():
            self._marker_moved.start()

    def set_map_opacity(self, opacity: float) -> None:
        """Lay the energy map over the film: 0 (off) to 1."""
        self._map.opacity = opacity
        self._show_map()
        self.repaint_top()

    def set_target(self, direction: NDArray[np.float64] | None) -> None:
        """Show the requested direction of the sound: a unit vector (3,) x, y, z, or None."""
        self._overlay.target = None if direction is None else np.asarray(direction, float)
        self.repaint_top()

    def set_view(self, view: ViewOrientation) -> None:
        """Turn the view; `view_changed` follows."""
        self._move(ViewState(view, self._state.fov_rad))

    def recentre(self) -> None:
        """Look to the front with the default field of view; a head tracker takes the present head for the front."""
        self._move(ViewState())
        self.recentred.emit()

    def release(self) -> None:
        """Release the graphics memory before the window is destroyed."""
        if self._shader is not None:
            self._shader.release()

    def flat_view(self) -> FlatView:
        """Return the geometry of the view as it is drawn."""
        flat = FlatView(self._state.view, self._state.fov_rad, max(self.width(), 1), max(self.height(), 1))
        if flat != self._geometry:
            self._geometry = flat  # it keeps what it has computed, for as long as the view stays
        return self._geometry

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grab the view; with Shift, choose the direction under the pointer."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            vector = self.flat_view().to_direction(event.position().x(), event.position().y())
            azimuth, elevation = azimuth_elevation(vector)
            self.direction_picked.emit(math.degrees(float(azimuth)), math.degrees(float(elevation)))
            return
        self._grabbed_at = event.position()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn the grabbed view."""
        if self._grabbed_at is not None:
            moved = event.position() - self._grabbed_at
            self._grabbed_at = event.position()
            self._move(self._state.dragged(moved.x(), moved.y(), self.width()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the view go."""
        self._grabbed_at = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Turn to the front."""
        self.recentre()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        self._move(self._state.zoomed(event.angleDelta().y() / 120.0))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn with the arrow keys, zoom with plus and minus."""
        turn = _TURNS.get(Qt.Key(event.key()))
        if turn is not None:
            self._move(self._state.turned(turn[0] * _KEY_STEP_RAD, turn[1] * _KEY_STEP_RAD))
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._move(self._state.zoomed(1.0))
        elif event.key() == Qt.Key.Key_Minus:
            self._move(self._state.zoomed(-1.0))
        elif event.key() == Qt.Key.Key_R:
            self.recentre()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.repaint_top()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus."""
        super().focusOutEvent(event)
        self.repaint_top()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what lies on top as large as the view."""
        if self._top is not None:
            self._top.setGeometry(self.rect())
            self._top.raise_()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the view on the processor, if there is no OpenGL."""
        if self._shader is not None:
            return
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        size = (max(2, math.ceil(self.width() * ratio)), max(2, math.ceil(self.height() * ratio)))
        picture = self._picture.seen(self._state.view, self._state.fov_rad, size)
        if picture is None:
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
        else:
            rows, columns = picture.shape[:2]
            image = QImage(picture.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(ratio)
            painter.drawImage(0, 0, image)
            if self._map.is_on:
                self._map.paint(painter, self.flat_view())
        self._paint_top(painter)
        painter.end()

    def _paint_top(self, painter: QPainter) -> None:
        self._marker_moved.stop()
        if not self.is_empty:
            flat = self.flat_view()
            self._overlay.paint(painter, flat)
            for layer in self._layers_below:
                layer(painter, flat)
            paint_edge_marks(painter, flat, [mark for source in self._edges for mark in source(flat)])
            for layer in self._layers:
                layer(painter, flat)
        if self.hasFocus() and self._shows_focus:
            paint_focus_ring(painter, self.rect())

    def _show_map(self) -> None:
        if self._shader is not None:
            self._shader.set_map(*self._map.form())

    def _move(self, state: ViewState) -> None:
        changed = state.view != self._state.view
        self._state = state
        if self._shader is not None:
            self._shader.set_view(state.view, state.fov_rad)
        self._refresh()
        if changed:
            self.view_changed.emit(state.view)

    def _refresh(self) -> None:
        self._picture.forget()
        self.repaint_top()

    def repaint_top(self) -> None:
        """Draw again what lies over the film."""
        (self._top or self).update()


class _OverlayLayer(QWidget):
    """Draws over the shader's picture and lets the mouse through."""

    def __init__(self, paint: Callable[[QPainter], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._paint = paint
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the marks over the view."""
        painter = QPainter(self)
        self._paint(painter)
        painter.end()
