"""Opening a film: from the menu, by dropping it, or read in another way."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMainWindow

from app.error_dialog import ErrorDialogs
from app.resource_files import DEMO_PROMPT
from app.session_bridge import SessionBridge
from app.settings import AppSettings
from engine.contract.errors import EngineError
from engine.contract.video import NO_CHOICE, FilmChoice

_FILTER = "Films (*.mp4 *.mov *.mkv *.webm *.m4v *.avi *.ts *.mts *.mpg *.mpeg *.wmv *.ogv);;All files (*)"


class FilmOpening(QObject):
    """Every way to a film, with the same dialog for what cannot be opened."""

    def __init__(
        self,
        window: QMainWindow,
        bridge: SessionBridge,
        settings: AppSettings,
        errors: ErrorDialogs,
        demo: Path | None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._settings = settings
        self._errors = errors
        self._demo = demo

    def ask(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open a 360° film", str(self._settings.folder("film")), _FILTER
        )
        if name and self.open(Path(name)):
            self._settings.remember_folder("film", Path(name).parent)

    def open_demo(self) -> None:
        if self._demo is not None and self.open(self._demo):
            self._suggest_prompt()

    def play_demo(self) -> None:
        if self._demo is not None and self.open(self._demo):
            self._suggest_prompt()
            self._bridge.play()

    def _suggest_prompt(self) -> None:
        """Fill the prompt field for the demo scene, unless something stands there already."""
        if not self._window.prompt.prompt.text:
            self._window.prompt.set_text(DEMO_PROMPT)

    def open(self, film: Path, choice: FilmChoice = NO_CHOICE) -> bool:
        """Open a film; a failure is a dialog, and the film before then stays."""
        try:
            self._bridge.open_film(film, choice)
        except EngineError as error:
            self._errors.show("This film cannot be opened", str(error))
            return False
        return True

    def change_choice(self, choice: FilmChoice) -> None:
        """Open the same film again, read in another way, at the same place."""
        film, session = self._bridge.film, self._bridge.session
        if film is None or session is None or choice == film.choice:
            return
        position_s, played = session.position_s, self._bridge.playing
        if self.open(Path(film.path), choice):
            self._bridge.seek(position_s)
            if played:
                self._bridge.play()
