"""Everything about project files in the window, built and connected."""

from typing import Final

from app.context import AppContext
from app.film.opening import FilmOpening
from app.project.open_project import Tell
from app.project.recovery import RecoveryStore
from app.saving.dropping import Dropping
from app.saving.project_files import ProjectFiles
from app.saving.recent import Recent
from app.saving.recordings import Recordings
from app.saving.recovering import Recovering
from app.saving.relinking import Relinking

_END_S: Final = 2.0


class Saving:
    """Connects on construction."""

    def __init__(self, context: AppContext, opening: FilmOpening, store: RecoveryStore, tell: Tell) -> None:
        menus = context.window.menus
        self.files = ProjectFiles(context, opening, store, tell)
        self.recovering = Recovering(context, self.files, store)
        self.relinking = Relinking(context, self.files, opening)
        self.recordings = Recordings(context)
        self.recent = Recent(context, self.files, opening)
        self.dropping = Dropping(context, self.files, opening, self.recordings)
        menus.new_action.triggered.connect(lambda: self.files.new())
        menus.open_project_action.triggered.connect(lambda: self.files.ask_open())
        menus.save_action.triggered.connect(lambda: self.files.save())
        menus.save_as_action.triggered.connect(lambda: self.files.save_as())
        menus.recording_action.triggered.connect(lambda: self.recordings.ask())

    def ask_to_end(self) -> None:
        """Do nothing: what runs here cannot be cancelled and is short."""

    def end(self) -> None:
        """Wait for what is being read or written."""
        for part in (self.files, self.recovering, self.relinking, self.recordings):
            part.wait(_END_S)
