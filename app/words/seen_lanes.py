"""The dialog that suggests lanes for what moves in the film. Nothing is added unless the user gives it words."""

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QObject

from app.bridge.background_task import BackgroundTask
from app.bridge.patch_source import CheckpointSource, ModelSource
from app.context import AppContext
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.seen import SeenThing
from engine.contract.video import VideoInfo
from engine.contract.view import ViewOrientation
from widgets.timeline.gestures.requests import EditRequest

if TYPE_CHECKING:
    from widgets.words.seen_dialog import SeenDialog

_END_S: Final = 0.6
_NO_FILM: Final = "No film is open: open one first."
_CAMERA: Final = "A live camera cannot be looked through: open a film."
_LOOKING: Final = "Looking through the film …"
_NOTHING: Final = (
    "Nothing was found that moves by itself for at least 1.5 s. If the camera moves, things cannot be told apart."
)
_STOPPED: Final = "The film was not looked through."
_FOUND: Final = "Choose a row to see it in the film. Rows with words become lanes that follow what moves."


class SeenLanes(QObject):
    """Adds "Lanes from the Film" to the menu Lane. A film is looked through when the user asks, in a child process."""

    def __init__(self, context: AppContext, source: ModelSource) -> None:
        super().__init__(context.window)
        self._context = context
        self._checkpoint = source.checkpoint if isinstance(source, CheckpointSource) else None
        self._film: VideoInfo | None = None
        self._task: BackgroundTask | None = None
        menus = context.window.menus
        self.action = menus.add(
            menus.lane, "Lanes from the &Film …", "Ctrl+Shift+M", "List what moves in the film, and give it a sound"
        )
        self.action.triggered.connect(self.show_dialog)
        self.dialog: SeenDialog | None = None
        context.bridge.film_opened.connect(self._open_film)
        context.bridge.film_closed.connect(lambda: self._open_film(None))

    def show_dialog(self) -> None:
        """Open the dialog and look through the film. The window stays usable."""
        if self.dialog is None:
            from widgets.words.seen_dialog import SeenDialog

            dialog = SeenDialog(self._context.window)
            dialog.chosen.connect(self._show_in_film)
            dialog.apply_requested.connect(self._apply)
            dialog.stop_requested.connect(self.cancel)
            dialog.finished.connect(lambda _result: self.cancel())
            self.dialog = dialog
        if not self.dialog.isVisible():
            self.dialog.show()
            self._look()
        self.dialog.activateWindow()

    def cancel(self) -> None:
        """Give up looking through the film."""
        if self._task is not None:
            self._task.cancel()

    def ask_to_end(self) -> None:
        """Give up looking through the film, with the window."""
        self.cancel()

    def end(self) -> None:
        """Wait for it."""
        self.cancel()
        if self._task is not None:
            self._task.wait(_END_S)

    def _open_film(self, film: VideoInfo | None) -> None:
        self._film = film
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.reject()  # its list is of another film

    def _look(self) -> None:
        self.cancel()
        film, horizon = self._film, self._context.editor.project.scene.horizon
        if film is None or film.is_live:
            self._show((), _NO_FILM if film is None else _CAMERA)
            return
        from engine.runtime.seen.child import look_in_child

        task = BackgroundTask("things", partial(look_in_child, film, self._checkpoint, horizon), self)
        task.progressed.connect(lambda fraction: self._show_progress(task, fraction))
        task.succeeded.connect(lambda things: self._end(task, things, _FOUND if things else _NOTHING))
        task.failed.connect(lambda error: self._end(task, (), str(error)))
        task.was_cancelled.connect(lambda: self._end(task, (), _STOPPED))
        self._task = task
        self._show((), _LOOKING)
        self._show_progress(task, 0.0)
        task.start()

    def _show_progress(self, task: BackgroundTask, fraction: float) -> None:
        if task is self._task and self.dialog is not None:
            self.dialog.show_search(fraction)

    def _end(self, task: BackgroundTask, things: tuple[SeenThing, ...], state: str) -> None:
        if task is self._task:
            self._task = None
            self._show(things, state)

    def _show(self, things: tuple[SeenThing, ...], state: str) -> None:
        if self.dialog is not None:
            scene = self._context.editor.project.scene
            length_s = scene.length_samples / SAMPLE_RATE_HZ
            self.dialog.show_things([thing for thing in things if thing.start_s < length_s], state)

    def _show_in_film(self, thing: SeenThing) -> None:
        """Go to where a thing is first seen, and look at it."""
        first = thing.path.points[0].direction
        self._context.bridge.seek(thing.start_s)
        azimuth_rad, elevation_rad = np.deg2rad([first.azimuth_deg, first.elevation_deg])
        self._context.window.panorama.set_view(ViewOrientation(float(azimuth_rad), float(elevation_rad)))

    def _apply(self, named: tuple[tuple[SeenThing, str], ...]) -> None:
        from engine.annotation.seen_lanes import add_seen

        assert self.dialog is not None
        scene = self._context.editor.project.scene
        refusal = self._context.editor.make(EditRequest(partial(add_seen, named=named, seed=scene.next_id)))
        if refusal:
            self.dialog.state.setText(refusal)  # the words stay, to be corrected
            return
        self.dialog.accept()
        self._context.window.focus_timeline()
