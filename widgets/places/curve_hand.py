"""The mouse and the keys on the curves: keyframes are added, moved in time and value, and chosen."""

from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from engine.contract.scene.edits.change import Edit
from engine.contract.scene.edits.places import move_keyframe, put_keyframe
from engine.contract.scene.edits.placing import place_at
from engine.contract.scene.place import Keyframe
from widgets.places.commands import PlaceCommands
from widgets.places.curves import GUTTER_PX, Curves
from widgets.places.film_hand import TURNS, WHEEL_STEP
from widgets.places.place_hand import PlaceHand
from widgets.places.places_state import PlacesState
from widgets.places.strips import Strip, Value
from widgets.timeline.geometry.snapping import NO_SNAP

_REACH_PX: Final = 9.0
_SCROLL_PX: Final = 90
_ZOOM_PER_STEP: Final = 1.25
_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
_FRAME_SAMPLES: Final = 1_920
"""A step in time without a film: 40 ms."""
_TIP: Final = (
    "Drag a keyframe: time and value (Shift: no snapping). Double-click: add one. Click: go there.\n"
    "Arrow keys: 1 degree or a frame, with Shift 10. V: the next curve. Delete: delete the keyframe."
)


class CurveHand(Curves):
    """The curves with a hand on them. A drag is one step of undo."""

    def __init__(
        self, state: PlacesState, hand: PlaceHand, commands: PlaceCommands, parent: QWidget | None = None
    ) -> None:
        super().__init__(state, parent)
        self._places, self._hand, self._commands = state, hand, commands
        commands.serve(self)
        self._held: tuple[Strip, Keyframe, int, QPointF] | None = None
        self._gesture = 0
        self.setToolTip(_TIP)

    def hit(self, at: QPointF) -> tuple[Strip, int] | None:
        """Return the strip and the keyframe under a point, None if there is none; the nearest, then the last."""
        path, strip = self.frames_path, self.strip_at(at.y())
        if path is None or strip is None:
            return None
        best, away = None, _REACH_PX
        for number, frame in enumerate(path.keyframes):
            apart = at - QPointF(self.x_of(frame.at_sample), strip.y_of(strip.of(frame)))
            distance = max(abs(apart.x()), abs(apart.y()))
            if distance <= away:
                best, away = number, distance
        return None if best is None else (strip, best)

    def strip_at(self, y: float) -> Strip | None:
        """Return the strip at a y."""
        return next((strip for strip in self.strips if strip.top <= y < strip.top + strip.height), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a keyframe, or go to a time."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        at, lane, path = event.position(), self._places.lane, self.frames_path
        if event.button() is not Qt.MouseButton.LeftButton or at.x() < GUTTER_PX:
            return
        strip = self.strip_at(at.y())
        if strip is not None:
            self.active = strip.value
        hit = self.hit(at)
        if hit is None or lane is None or path is None:
            self._places.timeline.seek(self.sample_at(at.x()))
            return
        strip, number = hit
        self._places.choose(lane.lane_id, number)
        self._held, self._gesture = (strip, path.keyframes[number], number, at), 0

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the keyframe that is held."""
        lane, at = self._places.lane, event.position()
        if self._held is None or lane is None or lane.path is None:
            return
        strip, frame, number, begin = self._held
        moved = at - begin
        if not self._gesture:
            if moved.manhattanLength() < QApplication.startDragDistance() // 2:
                return
            self._gesture = self._places.timeline.begin_gesture()
        # A hand that draws up or down means the value alone.
        sample = frame.at_sample
        if abs(moved.x()) >= 4.0:
            snap = NO_SNAP if event.modifiers() & _SHIFT else self._places.timeline.snap()
            sample = max(0, snap.snapped(self.sample_at(self.x_of(frame.at_sample) + moved.x())))
        value = strip.of(frame)
        if abs(moved.y()) >= 4.0:
            value = strip.value_at(strip.y_of(value) + moved.y())
        there = replace(strip.with_value(frame, value), at_sample=sample)
        self._ask(partial(move_keyframe, lane_id=lane.lane_id, index=number, keyframe=there), self._gesture)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held, self._gesture = None, 0

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Add a keyframe under the pointer."""
        at, lane = event.position(), self._places.lane_or_refuse()
        strip = self.strip_at(at.y())
        if lane is None or strip is None or at.x() < GUTTER_PX or self.hit(at) is not None:
            return
        sample = self._places.timeline.snap().snapped(self.sample_at(at.x()))
        place = place_at(lane, sample)
        if place is None:
            self._places.refuse("The lane is where the model puts it: Shift+click in the film to place it.")
            return
        there = strip.with_value(place, strip.value_at(at.y()))
        self._ask(partial(put_keyframe, lane_id=lane.lane_id, keyframe=there), 0)
        path = self.frames_path
        times = [] if path is None else [frame.at_sample for frame in path.keyframes]
        if sample in times:
            self._places.choose(lane.lane_id, times.index(sample))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll in time; with Ctrl zoom about the pointer."""
        timeline, turned = self._places.timeline, event.angleDelta()
        steps = (turned.y() or turned.x()) / WHEEL_STEP
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            timeline.zoom(_ZOOM_PER_STEP**steps, event.position().x() - GUTTER_PX)
        else:
            timeline.set_scale(timeline.scale.scrolled_to(timeline.scale.scroll_px - round(steps * _SCROLL_PX)))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge the chosen keyframe; V changes the curve that is meant."""
        turn = TURNS.get(Qt.Key(event.key()))
        by = 10 if event.modifiers() & _SHIFT else 1
        if event.key() == Qt.Key.Key_V:
            values = list(Value)
            self.active = values[(values.index(self.active) + 1) % len(values)]
            self.update()
        elif self._commands.take_key(event.key()):
            event.accept()
        elif turn is None:
            super().keyPressEvent(event)
        elif turn[0]:
            self._nudge_time(-round(by * turn[0]))
        elif self.active is Value.DISTANCE:
            self._hand.step_distance(by * turn[1])
        elif self.active is Value.AZIMUTH:
            self._hand.turn(by * turn[1], 0.0)
        else:
            self._hand.turn(0.0, by * turn[1])

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus."""
        super().focusOutEvent(event)
        self.update()

    def _nudge_time(self, frames: int) -> None:
        lane, number = self._places.lane_or_refuse(), self._places.keyframe_or_refuse()
        if lane is None or lane.path is None or number is None:
            return
        self._places.choose(lane.lane_id, number)  # it stays the one that is edited when it leaves the playhead
        frame, grid = lane.path.keyframes[number], self._places.timeline.grid
        if grid is None:
            sample = frame.at_sample + frames * _FRAME_SAMPLES
        else:
            sample = grid.sample_of(grid.frame_at(frame.at_sample) + frames)
        moved = replace(frame, at_sample=max(0, sample))
        gesture = self._hand.steps.gesture_of(("time", lane.lane_id, number))
        self._ask(partial(move_keyframe, lane_id=lane.lane_id, index=number, keyframe=moved), gesture)

    def _ask(self, edit: Edit, gesture: int) -> None:
        self._places.request(edit, gesture)
