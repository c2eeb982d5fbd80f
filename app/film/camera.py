"""Opening a live camera from the menu."""

from functools import partial

from PySide6.QtCore import QObject

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from app.film.opening import FilmOpening
from app.window.dialogs import panel_dialog
from engine.contract.camera import CAMERA, camera_path
from engine.contract.video import FilmChoice
from widgets.film.camera_panel import CameraPanel


class CameraOpening(QObject):
    """Connects the dialog: the list of cameras is made in the background, and a camera plays as soon as it is open."""

    def __init__(self, context: AppContext, opening: FilmOpening) -> None:
        super().__init__(context.window)
        self._bridge, self._opening = context.bridge, opening
        self.panel = CameraPanel()
        self.dialog = panel_dialog(context.window, "Open a camera", self.panel, "Close this dialog")
        self._search: BackgroundTask | None = None
        self.panel.open_wanted.connect(self._open)
        self.panel.refresh_wanted.connect(self._look)
        context.window.menus.camera_action.triggered.connect(self.show_dialog)

    def show_dialog(self) -> None:
        """Open the dialog with the cameras that are plugged in now."""
        self._look()
        self.dialog.show()
        self.dialog.activateWindow()

    def ask_to_end(self) -> None:
        """Begin to end, without waiting: the search ends by itself."""

    def end(self) -> None:
        """Wait for the search. May be called twice."""
        if self._search is not None:
            self._search.wait(1.0)

    def _look(self) -> None:
        if self._search is not None and self._search.running:
            return
        self.panel.show_looking()
        self._search = BackgroundTask("cameras", lambda _progress, _cancelled: _found(), self)
        self._search.succeeded.connect(self.panel.show_cameras)
        self._search.failed.connect(lambda _error: self.panel.show_cameras(()))
        self._search.start()

    def _open(self, source: str, choice: FilmChoice) -> None:
        self.dialog.hide()
        self._opening.open(camera_path(source.removeprefix(CAMERA)), choice, then=partial(self._bridge.play))


def _found() -> list[tuple[str, str]]:
    from engine.media.camera import cameras

    return [(camera.source, camera.name) for camera in cameras()]
