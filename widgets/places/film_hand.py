"""The mouse and the keys on the film: what belongs to lanes is taken, everything else is left to the view."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from widgets.film.panorama_view import PanoramaView
from widgets.places.commands import PlaceCommands
from widgets.places.film_layer import FilmLayer
from widgets.places.place_hand import PlaceHand
from widgets.places.places_state import PlacesState
from widgets.places.projections import FilmProjection

_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
WHEEL_STEP: Final = 120.0
"""Of a wheel, in its own units."""
TURNS: Final = {
    Qt.Key.Key_Left: (1.0, 0.0),
    Qt.Key.Key_Right: (-1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}
"""Degrees to the left and up."""
_TIP: Final = (
    "Drag or arrow keys: look around. Wheel or + and -: zoom. Double-click or R: back to the front.\n"
    "Shift+click: place the selected lane. Drag its marker: move it; while the film plays, record a path.\n"
    "Shift+wheel: its distance. P: place by a plain click, and nudge with the arrow keys."
)


class FilmHand(QObject):
    """Stands between the mouse and the film. Give it as an event filter to nothing: it installs itself."""

    def __init__(self, state: PlacesState, hand: PlaceHand, commands: PlaceCommands, panorama: PanoramaView) -> None:
        super().__init__(panorama)
        self._state, self._hand, self._commands, self._panorama = state, hand, commands, panorama
        commands.serve(panorama)
        self.layer = FilmLayer(state, panorama.level_db_at)
        self._off = QPointF()
        self._is_over = False
        panorama.add_layer(self.layer.paint_path, below_edges=True)
        panorama.add_edge_marks(self.layer.edge_marks)
        panorama.add_layer(self.layer.paint)
        panorama.setMouseTracking(True)
        panorama.setToolTip(_TIP)
        panorama.installEventFilter(self)
        state.changed.connect(self._show)
        state.moved.connect(panorama.repaint_soon)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what places lanes."""
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if isinstance(event, QWheelEvent):
            return self._wheel(event)
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._key(event)
        if event.type() is QEvent.Type.Leave:
            self._point_at(None)
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        kind, at = event.type(), event.position()
        if kind is QEvent.Type.MouseMove:
            self._point_at(at)
            if self._hand.holds:
                held = at + self._off
                self._hand.move(self._projection().direction(held.x(), held.y()))
                return True
            if event.buttons() == Qt.MouseButton.NoButton:
                self._look_under(at)
            return False
        if event.button() is not Qt.MouseButton.LeftButton:
            return False
        if kind is QEvent.Type.MouseButtonRelease and self._hand.holds:
            self._hand.release()
            return True
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            return self._press(at, bool(event.modifiers() & _SHIFT))
        return False

    def _press(self, at: QPointF, with_shift: bool) -> bool:
        hit = None if self._panorama.is_empty else self.layer.marks.hit(self._projection(), at.x(), at.y())
        self._panorama.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._panorama.is_empty:
            return False
        if with_shift or (self._state.has_tool and hit is None):
            if not self._state.scene.lanes:
                return False
            self._off = QPointF()
            self._hand.place(self._projection().direction(at.x(), at.y()))
            return True
        if hit is None:
            return False
        self._off = QPointF(hit.x, hit.y) - at
        if hit.keyframe is None:
            self._hand.take_lane(hit.lane_id)
        else:
            self._hand.take_keyframe(hit.lane_id, hit.keyframe)
        return True

    def _wheel(self, event: QWheelEvent) -> bool:
        if not event.modifiers() & _SHIFT or not self._state.scene.lanes:
            return False
        turned = event.angleDelta()
        self._hand.step_distance((turned.y() or turned.x()) / WHEEL_STEP)
        event.accept()
        return True

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape and (self._hand.cancel() or self._state.has_tool):
            self._state.set_tool(False)
            return True
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and self._commands.take_key(event.key()):
            return True
        turn = TURNS.get(Qt.Key(event.key()))
        if turn is None or not self._state.has_tool:
            return False
        by = 10.0 if event.modifiers() & _SHIFT else 1.0
        self._hand.turn(by * turn[0], by * turn[1])
        return True

    def _projection(self) -> FilmProjection:
        return FilmProjection(self._panorama.flat_view())

    def _point_at(self, at: QPointF | None) -> None:
        """Read the direction under the pointer, as long as there are lanes to place."""
        if self._panorama.is_empty or not self._state.scene.lanes:
            at = None
        if at != self.layer.pointer:
            self.layer.pointer = at
            self._panorama.repaint_top()

    def _look_under(self, at: QPointF) -> None:
        hit = None if self._panorama.is_empty else self.layer.marks.hit(self._projection(), at.x(), at.y())
        self.layer.marks.hovered = None if hit is None else hit.lane_id
        if (hit is not None) != self._is_over:
            self._is_over = hit is not None
            self._show_cursor()

    def _show(self) -> None:
        self._show_cursor()
        self._panorama.repaint_top()

    def _show_cursor(self) -> None:
        if self._is_over:
            shape = Qt.CursorShape.SizeAllCursor
        else:
            shape = Qt.CursorShape.CrossCursor if self._state.has_tool else Qt.CursorShape.OpenHandCursor
        if self._panorama.cursor().shape() is not shape:
            self._panorama.setCursor(shape)
