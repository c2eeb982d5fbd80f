"""New, open, save: the project of the window and its file.

Threads: lives in the GUI thread. Projects are read and written in background tasks.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from app.film.opening import FilmOpening
from app.project.media import BrokenLink, broken_links
from app.project.open_project import OpenProject, Tell
from app.project.recovery import LostWork, RecoveryStore
from app.window.dialogs import Answer, choose
from app.window.file_dialogs import ask_for_file, ask_for_new_file
from engine.contract.camera import NO_TIMELINE, camera_source, shown_name
from engine.contract.scene.scene import Scene, SceneFilm
from engine.contract.telemetry import EngineNotice
from engine.project.project_file import SUFFIX

_FILTER: Final = f"SwanSphere projects (*{SUFFIX})"
_UNNAMED: Final = "Untitled"
_SAVE, _DISCARD = Answer("Save", is_usual=True), Answer("Discard", is_destructive=True)


def _nothing() -> None:
    """Do nothing afterwards."""


class ProjectFiles(QObject):
    """Every way to another project, with a question before unsaved work is dropped.

    `opened` sends the project that is open from now on, with its broken links.
    """

    opened = Signal(object, object)

    def __init__(self, context: AppContext, opening: FilmOpening, store: RecoveryStore, tell: Tell) -> None:
        super().__init__(context.window)
        self._context, self._opening = context, opening
        self._window, self._editor, self._settings = context.window, context.editor, context.settings
        self._store, self._tell = store, tell
        self._task: BackgroundTask | None = None
        self._may_close = False
        opening.before = self._before_film
        self._window.close_questions.append(self._asked_to_close)
        self._editor.scene_changed.connect(self._show_name)
        self._editor.project_changed.connect(self._show_name)
        context.bridge.film_opened.connect(self._show_name)

    def new(self) -> None:
        """Begin a new project with the film that is open."""
        self.leave(self._begin)

    def ask_open(self) -> None:
        """Ask for a project and open it."""
        path = ask_for_file(self._window, "Open a project", self._settings.folder("project"), _FILTER)
        if path is not None:
            self.open(path)

    def open(self, path: Path) -> None:
        """Open a project; a failure is a dialog, and then the one before stays."""
        self.leave(partial(self._read, path))

    def recover(self, work: LostWork) -> None:
        """Continue lost work."""
        self.leave(partial(self._take_up, work))

    def save(self, then: Callable[[], None] = _nothing) -> None:
        """Save, under a new name if the project has none or can only be read; then call a function."""
        project = self._editor.project
        if project.path is None or project.read_only:
            self.save_as(then)
        else:
            self._start(project.save, partial(self._saved, project.path, then), "The project was not saved")

    def save_as(self, then: Callable[[], None] = _nothing) -> None:
        """Ask for a name and save under it; then call a function."""
        project = self._editor.project
        path = ask_for_new_file(self._window, "Save the project", self._suggestion(), _FILTER, SUFFIX)
        if path is not None:
            self._start(lambda: project.save_as(path), partial(self._saved, path, then), "The project was not saved")

    def leave(self, then: Callable[[], None]) -> None:
        """Call a function that drops the open project, after the user has saved or discarded unsaved work."""
        if not self._editor.project.has_unsaved_work:
            then()
            return
        choose(
            self._window,
            f"Save the changes to {self.name}?",
            "Otherwise everything since you last saved is lost.",
            {_SAVE: partial(self.save, then), _DISCARD: then},
        )

    @property
    def name(self) -> str:
        """What the user calls the project."""
        path = self._editor.project.path
        return _UNNAMED if path is None else path.stem

    def wait(self, timeout_s: float) -> None:
        """Wait for what is being read or written, at the end of the application."""
        if self._task is not None:
            self._task.wait(timeout_s)

    def _begin(self, *, with_film: bool = True) -> None:
        scene = self._editor.project.scene
        new = Scene(film=scene.film, length_samples=scene.length_samples) if with_film else Scene()
        self._become(OpenProject.new(new, self._store, self._tell), ())

    def _read(self, path: Path) -> None:
        def work() -> tuple[OpenProject, tuple[BrokenLink, ...]]:
            project = OpenProject.read(path, self._store, self._tell)
            return project, broken_links(project.scene)

        self._start(work, lambda found: self._has_read(path, *found), "The project was not opened")

    def _has_read(self, path: Path, project: OpenProject, broken: tuple[BrokenLink, ...]) -> None:
        self._remember(path)
        self._become(project, broken)
        if project.read_only:
            self._context.bridge.notice(EngineNotice(project.read_only, topic="read-only project", lasts=True))

    def _take_up(self, work: LostWork) -> None:
        def recovered() -> tuple[OpenProject, tuple[BrokenLink, ...]]:
            project = OpenProject.recovered(work, self._store, self._tell)
            return project, broken_links(project.scene)

        self._start(recovered, lambda found: self._become(*found), "The work was not recovered")

    def _become(self, project: OpenProject, broken: tuple[BrokenLink, ...]) -> None:
        self._context.bridge.notice(EngineNotice("", topic="read-only project"))
        self._editor.open(project)
        film = project.scene.film
        if film is None:
            if project.path is not None or project.has_unsaved_work:
                self._context.bridge.close_film()
        elif not any(link.is_film for link in broken):
            shown = self._context.bridge.film
            if shown is None or shown.path != film.file.path or shown.choice != film.choice:
                self._open_film(film)
        self.opened.emit(project, broken)

    def _open_film(self, film: SceneFilm) -> None:
        """Open the film of the project; a camera only if the user agrees, since the project may be another person's."""
        go_on = partial(self._opening.open_of_project, Path(film.file.path), film.choice)
        if not film.is_live:
            go_on()
            return
        self._context.bridge.close_film()
        choose(
            self._window,
            f"Open {shown_name(film.file.path)}?",
            f"The project {self.name} shows a live camera instead of a film. It is turned on if you open it.",
            {Answer("Open the camera", is_usual=True): go_on},
            cancel="Later",
        )

    def _before_film(self, film: Path, go_on: Callable[[], None]) -> None:
        """Ask before a film takes the place of one that has lanes, and a camera that of one with blocks."""
        scene = self._editor.project.scene
        if camera_source(film) is not None and any(True for _ in scene.blocks()):
            choose(
                self._window,
                f"Begin a new project for {shown_name(str(film))}?",
                f"{NO_TIMELINE} {self.name} has blocks.",
                {Answer("New project", is_usual=True): lambda: self.leave(lambda: self._begin_for(go_on))},
            )
            return
        if scene.film is None or not scene.lanes or Path(scene.film.file.path) == film.absolute():
            go_on()
            return
        choose(
            self._window,
            f"Use {film.name} in this project?",
            f"The lanes of {self.name} belong to {scene.film.file.name}. They stay at their times.",
            {
                Answer("New project", is_usual=True): lambda: self.leave(lambda: self._begin_for(go_on)),
                Answer("Use it here"): go_on,
            },
        )

    def _begin_for(self, go_on: Callable[[], None]) -> None:
        self._begin(with_film=False)
        go_on()

    def _saved(self, path: Path, then: Callable[[], None], _written: object) -> None:
        self._remember(self._editor.project.path or path)
        self._editor.project.settle()
        self._editor.project_moved()
        then()

    def _asked_to_close(self) -> bool:
        """Return whether the window may close now; otherwise ask, and close it afterwards."""
        if self._may_close or not self._editor.project.has_unsaved_work:
            return True
        self.leave(self._close)
        return False

    def _close(self) -> None:
        self._may_close = True
        self._editor.close()  # discarded or saved: nothing is offered at the next start
        self._window.close()

    def _show_name(self, _changed: object = None) -> None:
        project = self._editor.project
        film = self._context.bridge.film
        parts = [] if project.path is None and not project.has_unsaved_work else [f"{self.name}[*]"]
        if film is not None:
            parts.append(shown_name(film.path))
        self._window.setWindowTitle(" - ".join([*parts, "SwanSphere"]))
        if parts and "[*]" in parts[0]:
            self._window.setWindowModified(project.has_unsaved_work)

    def _suggestion(self) -> Path:
        path, scene = self._editor.project.path, self._editor.project.scene
        if path is not None:
            return path
        name = _UNNAMED if scene.film is None or scene.film.is_live else Path(scene.film.file.name).stem
        return self._settings.folder("project") / f"{name}{SUFFIX}"

    def _remember(self, path: Path) -> None:
        self._settings.remember_folder("project", path.parent)
        self._settings.add_recent("project", path)

    def _start(self, work: Callable[[], Any], then: Callable[[Any], None], title: str) -> None:
        """Read or write in the background; only one at a time, so that nothing overtakes."""
        if self._task is not None and self._task.running:
            self._context.bridge.notice(EngineNotice("Wait until the project is read or saved.", topic="project file"))
            return
        self._task = BackgroundTask("project-file", lambda _progress, _cancelled: work(), self)
        self._task.succeeded.connect(then)
        self._task.failed.connect(lambda error: self._context.errors.show(title, str(error)))
        self._task.start()
