"""Opening a film: from the menu, by dropping it, or with another interpretation."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from app.files.resources import DEMO_PROMPT
from engine.contract.camera import camera_as_chosen, camera_source, shown_name
from engine.contract.errors import EngineError
from engine.contract.video import NO_CHOICE, FilmChoice, VideoInfo

_FILTER = (
    "Films (*.mp4 *.mov *.mkv *.webm *.m4v *.avi *.ts *.mts *.m2ts *.mpg *.mpeg *.wmv *.ogv *.h264 *.hevc *.360);;"
    "Still panoramas (*.jpg *.jpeg *.png *.tif *.tiff *.webp *.bmp);;All files (*)"
)
_SHOW_AFTER_MS = 600
_NO_FILM, _NO_CAMERA = "This film cannot be opened", "This camera cannot be opened"

LookAtFilm = Callable[[Path, FilmChoice, Callable[[], bool]], VideoInfo]
"""Returns what is known of a film, or raises EngineError; stops early when the last argument says so."""


def _nothing() -> None:
    """Do nothing after an opening."""


def _go_on(_film: Path, go_on: Callable[[], None]) -> None:
    go_on()


class FilmOpening(QObject):
    """Every way to open a film, with the same dialog for errors.

    A film is probed in the background. Meanwhile the current film plays on; it stays if the probe fails or is
    cancelled. Opening another film cancels it too.
    """

    def __init__(
        self,
        context: AppContext,
        demo: Path | None,
        look: LookAtFilm,
    ) -> None:
        super().__init__(context.window)
        self._window, self._bridge = context.window, context.bridge
        self._settings, self._errors = context.settings, context.errors
        self._demo = demo
        self._look = look
        self._task: BackgroundTask | None = None
        self.dialog: QProgressDialog | None = None
        self.before: Callable[[Path, Callable[[], None]], None] = _go_on
        """Called with a film and what opens it: it may ask first, or not go on."""

    def ask(self) -> None:
        """Ask for a film and open it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open a 360° film", str(self._settings.folder("film")), _FILTER
        )
        if name:
            self.open(Path(name), then=partial(self._settings.remember_folder, "film", Path(name).parent))

    def open_demo(self) -> None:
        """Open the demo scene, if it is there, and suggest its prompt."""
        if self._demo is not None:
            self.open(self._demo, then=self._suggest_prompt)

    def play_demo(self) -> None:
        """Open the demo scene, if it is there, and play it."""
        if self._demo is not None:
            self.open(self._demo, then=self._begin_demo)

    def _begin_demo(self) -> None:
        self._suggest_prompt()
        self._bridge.play()

    def _suggest_prompt(self) -> None:
        """Fill in the prompt of the demo scene, unless the field has text already."""
        if not self._window.prompt.prompt.text:
            self._window.prompt.set_text(DEMO_PROMPT)

    def open(self, film: Path, choice: FilmChoice = NO_CHOICE, then: Callable[[], None] = _nothing) -> None:
        """Open a film, and then call a function; a failure is a dialog."""
        self.before(film, partial(self._look_at, film, choice, partial(self._show, then)))

    def open_of_project(self, film: Path, choice: FilmChoice, then: Callable[[], None] = _nothing) -> None:
        """Open the film that the project names; nothing is asked."""
        self._look_at(film, choice, partial(self._show, then))

    def change_choice(self, choice: FilmChoice) -> None:
        """Open the same film again with another interpretation, at the same place."""
        film = self._bridge.film
        if film is None or self._bridge.session is None:
            return
        choice = replace(choice, still_s=film.choice.still_s)
        if choice != film.choice:
            self._look_at(Path(film.path), choice, self._show_again)

    def show_still_for(self, seconds: float) -> None:
        """Let the open still panorama last so long, at the same place; it is not read again."""
        film = self._bridge.film
        if film is not None and film.times == "still" and film.duration_s != seconds:
            self._show_again(replace(film, duration_s=seconds))

    def cancel(self) -> None:
        """Cancel the opening in progress, if any."""
        if self._task is not None:
            self._task.cancel()
            self._end(self._task)

    def wait(self, timeout_s: float) -> None:
        """Wait for cancelled openings, at the end of the application."""
        for task in self.findChildren(BackgroundTask):
            task.wait(timeout_s)

    def _look_at(self, film: Path, choice: FilmChoice, show: Callable[[VideoInfo], None]) -> None:
        self.cancel()
        shown = self._bridge.film
        if shown is not None and shown.is_live and camera_source(shown.path) == camera_source(film):
            self._read_again(shown, choice, show)
            return
        task = BackgroundTask("film-look", lambda _progress, cancelled: self._look(film, choice, cancelled), self)
        title = _NO_FILM if camera_source(film) is None else _NO_CAMERA
        task.succeeded.connect(partial(self._looked, task, show, title))
        task.failed.connect(partial(self._failed, task, title))
        task.was_cancelled.connect(partial(self._end, task))
        self._task = task
        self.dialog = self._waiting(film)
        task.start()

    def _read_again(self, camera: VideoInfo, choice: FilmChoice, show: Callable[[VideoInfo], None]) -> None:
        """Interpret the open camera in another way: a second reader would find it in use."""
        try:
            show(camera_as_chosen(camera, choice))
        except EngineError as error:
            self._window.film_bar.show_film(camera)
            self._errors.show("This camera cannot be read like that", str(error))

    def _waiting(self, film: Path) -> QProgressDialog:
        """Return the dialog that appears if the probe takes long; the current film plays on behind it."""
        dialog = QProgressDialog(f"Opening {shown_name(str(film))} …", "Cancel", 0, 0, self._window)
        dialog.setWindowTitle("SwanSphere")
        dialog.setAccessibleName("Opening a film")
        dialog.setAutoReset(False)
        QTimer.singleShot(_SHOW_AFTER_MS, dialog, dialog.show)
        dialog.canceled.connect(self.cancel)
        return dialog

    def _looked(self, task: BackgroundTask, show: Callable[[VideoInfo], None], title: str, film: VideoInfo) -> None:
        if self._end(task):
            try:
                show(film)
            except EngineError as error:
                self._errors.show(title, str(error))

    def _failed(self, task: BackgroundTask, title: str, error: Exception) -> None:
        if self._end(task):
            self._errors.show(title, str(error))

    def _end(self, task: BackgroundTask) -> bool:
        """Hide the progress of an opening; returns False if another one has begun."""
        if task is not self._task:
            return False
        self._task = None
        if self.dialog is not None:
            self.dialog.canceled.disconnect(self.cancel)
            self.dialog.hide()
            self.dialog.deleteLater()
            self.dialog = None
        # Until another interpretation of the film has worked, the lists show the current one.
        self._window.film_bar.show_film(self._bridge.film)
        return True

    def _show(self, then: Callable[[], None], film: VideoInfo) -> None:
        self._bridge.show_film(film)
        then()

    def _show_again(self, film: VideoInfo) -> None:
        session = self._bridge.session
        position_s, played = (session.position_s if session is not None else 0.0), self._bridge.playing
        self._bridge.show_film(film)
        if not film.is_live:
            self._bridge.seek(position_s)
        if played:
            self._bridge.play()
