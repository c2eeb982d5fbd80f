"""The A/V offset of the scene, in a dialog: heard and seen at once."""

from functools import partial

from PySide6.QtCore import QObject

from app.context import AppContext
from app.window.dialogs import panel_dialog
from engine.contract.scene.edits.whole import set_av_offset
from engine.contract.scene.scene import Scene
from engine.contract.video import VideoInfo
from widgets.film.av_offset_panel import AvOffsetPanel
from widgets.timeline.gestures.quick_steps import QuickSteps
from widgets.timeline.gestures.requests import EditRequest


class AvOffset(QObject):
    """Connects the dialog with the scene; every change is an edit with undo."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._editor = context.editor
        self.panel = AvOffsetPanel()
        self.dialog = panel_dialog(context.window, "A/V Offset", self.panel, "Close this dialog; the offset stays")
        self._steps = QuickSteps(self._editor.begin_gesture)
        self._held = 0
        self.panel.grabbed.connect(self._grab)
        self.panel.let_go.connect(self._let_go)
        self.panel.changed.connect(self._set)
        self._editor.scene_changed.connect(self._show)
        context.bridge.film_opened.connect(self._film_opened)
        context.bridge.film_closed.connect(lambda: self.panel.set_rate(None))
        context.window.menus.av_offset_action.triggered.connect(self._show_dialog)
        self._show(self._editor.project.scene)

    def _show_dialog(self) -> None:
        """Open the dialog; the window stays usable."""
        self.dialog.show()
        self.dialog.activateWindow()
        self.panel.box.setFocus()
        self.panel.box.selectAll()

    def _grab(self) -> None:
        self._held = self._editor.begin_gesture()

    def _let_go(self) -> None:
        self._held = 0

    def _set(self, samples: int) -> None:
        gesture = self._held or self._steps.gesture_of(())
        self._editor.make(EditRequest(partial(set_av_offset, offset_samples=samples), gesture))

    def _show(self, scene: Scene) -> None:
        self.panel.show_offset(scene.av_offset_samples)

    def _film_opened(self, info: VideoInfo) -> None:
        self.panel.set_rate(info.fps if info.times not in ("still", "live") else None)
