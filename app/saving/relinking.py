"""Missing and changed films and recordings of a project that was opened: found nearby, or asked for."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from app.film.opening import FilmOpening
from app.project.media import BrokenLink, Recording, convention_of, files_of, found_nearby, read_recording
from app.project.open_project import OpenProject
from app.saving.project_files import ProjectFiles
from app.saving.relink_dialog import RelinkDialog
from app.window.file_dialogs import ask_for_file, ask_for_folder
from engine.contract.scene.edits.whole import relink_recording
from engine.contract.telemetry import EngineNotice

_KINDS = "All files (*)"


class Relinking(QObject):
    """Repairs what can be found by name and content beside the project, and opens a dialog for the rest."""

    def __init__(self, context: AppContext, files: ProjectFiles, opening: FilmOpening) -> None:
        super().__init__(context.window)
        self._context, self._opening = context, opening
        self._project: OpenProject | None = None
        self._broken: list[BrokenLink] = []
        self.dialog: RelinkDialog | None = None
        files.opened.connect(self._opened)

    def wait(self, timeout_s: float) -> None:
        """Wait for what is being read, at the end of the application."""
        for task in self.findChildren(BackgroundTask):
            task.wait(timeout_s)

    def _opened(self, project: OpenProject, broken: Sequence[BrokenLink]) -> None:
        if self.dialog is not None:
            self.dialog.close()
            self.dialog = None
        self._project, self._broken = project, list(broken)
        if broken:
            folders = [] if project.path is None else [project.path.parent]
            self._search(folders, asks_after=True)

    def _search(self, folders: Sequence[Path], *, asks_after: bool) -> None:
        """Look for every lost file in some folders, in the background."""
        broken = list(self._broken)

        def work() -> list[tuple[BrokenLink, Path]]:
            found = ((link, found_nearby(link, folders)) for link in broken)
            return [(link, path) for link, path in found if path is not None]

        self._run(work, partial(self._found, self._project, asks_after), "The files could not be looked for")

    def _found(self, project: OpenProject | None, asks_after: bool, found: Sequence[tuple[BrokenLink, Path]]) -> None:
        if project is not self._project:
            return
        for link, path in found:
            self._relink(link, path)
        lost = [link for link in self._broken if link not in [link for link, _ in found]]
        if asks_after and lost:
            self._ask(lost)
        elif not asks_after and not found and self.dialog is not None:
            self.dialog.say("None of the missing files is in this folder.")

    def _ask(self, lost: list[BrokenLink]) -> None:
        self.dialog = RelinkDialog(lost, self._context.window)
        self.dialog.choose_wanted.connect(self._choose)
        self.dialog.folder_wanted.connect(self._choose_folder)
        self.dialog.keep_wanted.connect(lambda link: self._relink(link, Path(link.file.path)))
        self.dialog.open()

    def _choose(self, link: BrokenLink) -> None:
        folder = self._context.settings.folder("film" if link.is_film else "recording")
        path = ask_for_file(self._context.window, f"Choose {link.file.name}", folder, _KINDS)
        if path is not None:
            self._relink(link, path)

    def _choose_folder(self) -> None:
        folder = ask_for_folder(self._context.window, "Look in a folder", self._context.settings.folder("film"))
        if folder is not None:
            self._search([folder], asks_after=False)

    def _relink(self, link: BrokenLink, path: Path) -> None:
        project = self._project
        if project is None:
            return
        if link.is_film:
            film = project.scene.film
            if film is not None:
                self._opening.open_of_project(path, film.choice, then=partial(self._is_mended, link))
            return
        if link.file not in files_of(project.scene):
            self._is_mended(link)
            return
        convention = convention_of(project.scene, link)
        self._run(
            lambda: read_recording(path, convention), partial(self._take, project, link), "This sound cannot be used"
        )

    def _take(self, project: OpenProject, link: BrokenLink, found: Recording) -> None:
        """Undo does not lose the file again."""
        project.amend(lambda scene: relink_recording(scene, link.file.path, found.file, found.samples))
        self._is_mended(link)

    def _is_mended(self, link: BrokenLink) -> None:
        if link in self._broken:
            self._broken.remove(link)
            self._context.bridge.notice(EngineNotice(f"{link.file.name} was found.", topic=f"found {link.file.path}"))
        if self.dialog is not None:
            self.dialog.show_links(self._broken)

    def _run(self, work: Callable[[], Any], then: Callable[[Any], None], title: str) -> None:
        task = BackgroundTask("relink", lambda _progress, _cancelled: work(), self)
        task.succeeded.connect(then)
        task.failed.connect(lambda error: self._context.errors.show(title, str(error)))
        task.start()
