"""What keys and buttons do to places. The keys act while the film, the map or the curves have the keyboard."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from engine.contract.control import PathInterpolation
from engine.contract.scene.edits.lanes import widen_lane
from engine.contract.scene.edits.places import free_lane, interpolate_path, remove_keyframe
from engine.contract.scene.edits.placing import add_keyframe, smooth_path
from widgets.places.places_state import PlacesState


class PlaceCommands:
    """Edits and moves without the mouse; `actions` are their keys and buttons, by name."""

    def __init__(self, state: PlacesState) -> None:
        self._state = state
        self.actions: dict[str, QAction] = {}
        for name, short, text, tip, keys, does in (
            ("tool", "Place tool", "Place Tool", "Place the selected lane by a plain click in the film", ("P",),
             self._switch_tool),
            ("free", "Free", "Let the Model Place It", "Leave the place of the selected lane to the model",
             ("Shift+P",), self.free),
            ("add", "Add", "Add Keyframe", "Add a keyframe at the playhead: the lane can move", ("Shift+K",), self.add),
            ("remove", "Delete", "Delete Keyframe", "Delete the selected keyframe (Delete)", (), self.remove),
            ("smooth", "Smooth", "Smooth Path", "Smooth the path over half a second; repeat for more", ("H",),
             self.smooth),
            ("before", "◀", "Previous Keyframe", "Go to the keyframe before", ("PgUp",), partial(self.step, -1)),
            ("after", "▶", "Next Keyframe", "Go to the next keyframe", ("PgDown",), partial(self.step, 1)),
        ):  # fmt: skip
            self.actions[name] = _action(state, text, tip, keys, does)
            self.actions[name].setIconText(short)
        tool = self.actions["tool"]
        tool.setCheckable(True)
        state.changed.connect(lambda: tool.setChecked(state.has_tool))

    def serve(self, widget: QWidget) -> None:
        """Let the keys act while a widget has the keyboard."""
        widget.addActions(list(self.actions.values()))

    def take_key(self, key: int) -> bool:
        """Do what a key does that has another meaning elsewhere; returns whether it did something.

        Delete and Backspace delete the chosen keyframe; a number selects the lane in that row.
        """
        if Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            self._state.choose_number(key - Qt.Key.Key_0)
            return True
        if key not in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) or self._state.edited_keyframe is None:
            return False
        self.remove()
        return True

    def free(self) -> None:
        """Leave the place of the chosen lane to the model."""
        lane = self._state.lane_or_refuse()
        if lane is not None:
            self._state.request(partial(free_lane, lane_id=lane.lane_id))

    def add(self) -> None:
        """Add a keyframe at the playhead, and choose it."""
        lane = self._state.lane_or_refuse()
        if lane is None:
            return
        now = self._state.now
        self._state.request(partial(add_keyframe, lane_id=lane.lane_id, at_sample=now))
        path = None if self._state.lane is None else self._state.lane.path
        times = [] if path is None else [frame.at_sample for frame in path.keyframes]
        if now in times:
            self._state.choose(lane.lane_id, times.index(now))

    def remove(self) -> None:
        """Delete the chosen keyframe, or that at the playhead."""
        lane, number = self._state.lane_or_refuse(), self._state.keyframe_or_refuse()
        if lane is not None and number is not None:
            self._state.request(partial(remove_keyframe, lane_id=lane.lane_id, index=number))

    def smooth(self) -> None:
        """Smooth the path of the chosen lane."""
        lane = self._state.lane_or_refuse()
        if lane is not None:
            self._state.request(partial(smooth_path, lane_id=lane.lane_id))

    def interpolate(self, interpolation: PathInterpolation) -> None:
        """Choose how the path of the chosen lane runs between its keyframes."""
        lane = self._state.lane_or_refuse()
        if lane is not None:
            self._state.request(partial(interpolate_path, lane_id=lane.lane_id, interpolation=interpolation))

    def widen(self, width_deg: float | None, gesture: int = 0) -> None:
        """Set the width of the chosen lane; None: as wide as its sound is."""
        lane = self._state.lane_or_refuse()
        if lane is not None:
            self._state.request(partial(widen_lane, lane_id=lane.lane_id, width_deg=width_deg), gesture)

    def step(self, by: int) -> None:
        """Choose the next keyframe or the one before, and go there."""
        lane = self._state.lane_or_refuse()
        if lane is None or lane.path is None:
            return
        frames, now, chosen = lane.path.keyframes, self._state.now, self._state.edited_keyframe
        if chosen is not None:
            number = chosen + by
        elif by > 0:
            number = next((k for k, frame in enumerate(frames) if frame.at_sample > now), len(frames))
        else:
            number = next((k for k in reversed(range(len(frames))) if frames[k].at_sample < now), -1)
        if 0 <= number < len(frames):
            self._state.choose(lane.lane_id, number)
            self._state.timeline.seek(frames[number].at_sample)

    def _switch_tool(self) -> None:
        self._state.set_tool(not self._state.has_tool)


def _action(state: PlacesState, text: str, tip: str, keys: tuple[str, ...], does: Callable[[], None]) -> QAction:
    action = QAction(text, state)
    action.setShortcuts([QKeySequence(each) for each in keys])
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{tip} ({key})" if key else tip)
    action.setStatusTip(tip)
    action.triggered.connect(lambda _checked=False: does())
    return action
