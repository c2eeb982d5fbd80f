"""The menu of recent projects and films."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.context import AppContext
from app.files.resources import demo_film
from app.film.opening import FilmOpening
from app.saving.project_files import ProjectFiles
from app.window.dialogs import short_name
from engine.contract.video import VideoInfo


class Recent(QObject):
    """Fills the menu when it opens, and remembers the films that were opened."""

    def __init__(self, context: AppContext, files: ProjectFiles, opening: FilmOpening) -> None:
        super().__init__(context.window)
        self._settings, self._menu = context.settings, context.window.menus.recent
        self._files, self._opening = files, opening
        self._menu.aboutToShow.connect(self._fill)
        context.bridge.film_opened.connect(self._remember)
        self._fill()

    def _fill(self) -> None:
        self._menu.clear()
        opens: dict[str, Callable[[Path], None]] = {"project": self._files.open, "film": self._opening.open}
        for kind, what in opens.items():
            paths = self._settings.recent(kind)
            if paths:
                self._menu.addSection("Projects" if kind == "project" else "Films")
            for path in paths:
                self._add(path).triggered.connect(partial(_run, what, path))
        if self._menu.isEmpty():
            self._menu.addAction("Nothing yet").setEnabled(False)

    def _add(self, path: Path) -> QAction:
        action = self._menu.addAction(short_name(path.name).replace("&", "&&"))
        action.setToolTip(str(path))
        action.setStatusTip(str(path))
        return action

    def _remember(self, film: VideoInfo) -> None:
        if not film.is_live and Path(film.path) != demo_film():
            self._settings.add_recent("film", Path(film.path))


def _run(what: Callable[[Path], None], path: Path, _checked: bool = False) -> None:
    what(path)
