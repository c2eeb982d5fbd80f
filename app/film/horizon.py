"""The horizon of the film, corrected in the window: the picture turns at once, and the sound with it."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from app.context import AppContext
from app.window.dialogs import panel_dialog
from engine.contract.scene.edits.whole import set_horizon
from engine.contract.scene.scene import Scene
from engine.contract.video import UPRIGHT, Pose, pose_of_turn, pose_turn
from widgets.film.horizon_hand import HorizonHand
from widgets.film.horizon_panel import HorizonPanel
from widgets.timeline.gestures.quick_steps import QuickSteps
from widgets.timeline.gestures.requests import EditRequest


class Horizon(QObject):
    """Connects the dialog and drags on the film with the scene; every change is an edit with undo."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._editor, self._panorama = context.editor, context.window.panorama
        self.panel = HorizonPanel()
        self.dialog = panel_dialog(context.window, "Horizon", self.panel, "Close this dialog; the horizon stays")
        self.hand = HorizonHand(self._panorama)
        self._steps = QuickSteps(self._editor.begin_gesture)
        self._shown = UPRIGHT
        self._gesture = 0
        self._held: NDArray[np.float64] | None = None
        self.panel.grabbed.connect(self._grab)
        self.panel.let_go.connect(self._let_go)
        self.panel.changed.connect(self._set)
        self.panel.reset_wanted.connect(lambda: self._make(UPRIGHT))
        self.hand.grabbed.connect(self._grab)
        self.hand.moved.connect(self._drag)
        self.hand.let_go.connect(self._let_go)
        self.dialog.finished.connect(lambda _result: self.hand.set_on(False))
        self._editor.scene_changed.connect(self._show)
        context.window.menus.horizon_action.triggered.connect(self.show_dialog)
        self._show(self._editor.project.scene)

    def show_dialog(self) -> None:
        """Open the dialog, and draw level lines over the film; the window stays usable."""
        self.hand.set_on(True)
        self.dialog.show()
        self.dialog.activateWindow()

    def _grab(self) -> None:
        self._gesture = self._editor.begin_gesture()
        self._held = pose_turn(self._shown)

    def _let_go(self) -> None:
        self._gesture, self._held = 0, None

    def _drag(self, turn: NDArray[np.float64]) -> None:
        if self._held is not None:
            pose = pose_of_turn(turn @ self._held)
            angles = (round(angle, 1) for angle in (pose.yaw_deg, pose.pitch_deg, pose.roll_deg))
            self._make(Pose(*angles), self._gesture)

    def _set(self, pose: Pose, angle: str) -> None:
        self._make(pose, self._gesture or self._steps.gesture_of((angle,)))

    def _make(self, pose: Pose, gesture: int = 0) -> None:
        self._editor.make(EditRequest(partial(set_horizon, horizon=pose), gesture))

    def _show(self, scene: Scene) -> None:
        if scene.horizon != self._shown:
            self._shown = scene.horizon
            self._panorama.set_horizon(scene.horizon)
            self.panel.show_pose(scene.horizon)
