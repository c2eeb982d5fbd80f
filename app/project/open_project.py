"""The open project: its scene with undo, its file, and the work that is not saved yet.

One thread: the window's. Only `read`, `recovered`, `save` and `save_as` may run in another one, one at a time; what is
edited meanwhile counts as unsaved.
"""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

from app.project.autosave import Autosave
from app.project.made_files import copy_made, moved_lane
from app.project.media import media_of
from app.project.recovery import LostWork, Origin, RecoveryStore
from app.project.takes_beside import copy_takes, sweep_takes
from engine.contract.errors import ExportError, SceneError
from engine.contract.scene.edits.change import Change, Edit
from engine.contract.scene.history import History
from engine.contract.scene.scene import Scene
from engine.files.apart import keep_apart
from engine.project.project_file import (
    SUFFIX,
    check_new_name,
    digest_of,
    read_project,
    takes_folder,
    write_project,
)

Tell = Callable[[str], None]


class OpenProject:
    """A scene that is edited, saved and kept safe. Close it at the end.

    `is_saved` says whether the file has all of the scene. `read_only` is a sentence if the project can only be read.
    `changed` is called after every change of the scene.
    """

    def __init__(
        self,
        scene: Scene,
        origin: Origin,
        autosave: Autosave | None,
        store: RecoveryStore,
        *,
        is_saved: bool = True,
        read_only: str = "",
    ) -> None:
        self._history = History(scene)
        self._origin = origin
        self._autosave, self._store = autosave, store
        self._saved: Scene | None = scene if is_saved else None
        self._gestures = 0
        self._moved_from: Path | None = None
        self._keeping = threading.Lock()
        self.read_only = read_only
        self.changed: Callable[[Scene], None] = lambda _scene: None

    @classmethod
    def new(cls, scene: Scene, store: RecoveryStore, tell: Tell) -> Self:
        """Begin a project that has no file yet.

        `tell` gets a sentence if unsaved work cannot be kept, from this thread or another one.
        """
        return cls(scene, Origin(), _autosave(store, tell), store)

    @classmethod
    def read(cls, path: Path, store: RecoveryStore, tell: Tell) -> Self:
        """Open a project file. Raises SceneError with a sentence; then nothing has changed."""
        found = read_project(path)
        origin = Origin(path, found.digest)
        project = cls(found.scene, origin, _autosave(store, tell), store, read_only=found.read_only)
        project._sweep()
        return project

    @classmethod
    def recovered(cls, work: LostWork, store: RecoveryStore, tell: Tell) -> Self:
        """Continue lost work; it counts as unsaved. Raises ExportError if another window has it."""
        return cls(work.scene, work.origin, Autosave(store.take_up(work), tell), store, is_saved=False)

    @property
    def scene(self) -> Scene:
        """The scene as it is now."""
        return self._history.scene

    @property
    def history(self) -> History:
        """The scene with undo and redo."""
        return self._history

    @property
    def path(self) -> Path | None:
        """The project's file, or None if it was never saved."""
        return self._origin.path

    @property
    def is_changed(self) -> bool:
        """Whether something is not saved."""
        return self._saved is None or self.scene != self._saved

    @property
    def takes_folder(self) -> Path | None:
        """The folder of the takes: beside the file, or with the unsaved work; None if neither can be written."""
        if self._origin.path is not None:
            return takes_folder(self._origin.path)
        return None if self._autosave is None else takes_folder(self._autosave.file.scene_path)

    def begin_gesture(self) -> int:
        """Return the number of a new gesture: edits of one value with it are one step of undo."""
        self._gestures += 1
        return self._gestures

    def edit(self, change: Change, gesture: int = 0) -> None:
        """Take over an edit of the present scene. Raises SceneError if the project can only be read."""
        self._check_writable()
        self._become(self._history.done(change, gesture))

    def undo(self) -> None:
        """Take the last edit back, if there is one."""
        self._become(self._history.undone())

    def redo(self) -> None:
        """Make the edit again that was taken back last, if there is one."""
        self._become(self._history.redone())

    def amend(self, edit: Edit) -> None:
        """Make an edit that undo does not take back, such as a take that was made; see History.amended."""
        if not self.read_only:
            self._become(self._history.amended(edit))

    def save(self) -> None:
        """Save into the project's file.

        Raises SceneError if it has none, can only be read, or was changed by another program since; ExportError if it
        cannot be written. Then nothing has changed.
        """
        self._check_writable()
        path = self._origin.path
        if path is None:
            raise SceneError("The scene has no file yet: choose a name to save it under.")
        if digest_of(path) not in ("", self._origin.digest):
            raise SceneError(
                f"{path} was changed by another program since it was opened here: save under another name, "
                "so that neither is lost."
            )
        self._write(path)
        self._sweep()

    def save_as(self, path: Path) -> Path:
        """Save into another file, with the takes; returns its path, with the suffix .swan. Raises ExportError.

        Call `settle` afterwards, in the window's thread.
        """
        path = path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX)
        check_new_name(path)
        keep_apart([path], media_of(self.scene))
        takes = self.takes_folder
        if takes is not None:
            copy_takes(takes, takes_folder(path), self._history.take_ids)
            copy_made(self._history.scenes, takes, takes_folder(path))
        if self._autosave is not None:
            with contextlib.suppress(ExportError):  # another window may open it as soon as it is there
                self._autosave.file.note_takes(path, self._history.take_ids)
        self._write(path, takes)
        if takes is not None:  # those that were made meanwhile
            copy_takes(takes, takes_folder(path), self._history.take_ids)
            copy_made(self._history.scenes, takes, takes_folder(path))
        self.read_only = ""
        return path

    def settle(self) -> None:
        """After `save_as`, read the files of other generators from the project's own folder; undo does so too."""
        source, target = self._moved_from, self.takes_folder
        self._moved_from = None
        if source is not None and target is not None:
            self._become(self._history.with_lanes(lambda lane: moved_lane(lane, source, target)))

    @property
    def has_unsaved_work(self) -> bool:
        """Whether something that the user made is not saved; a film alone is none."""
        if self._origin.path is not None:
            return self.is_changed
        return self.is_changed and self.scene != Scene(
            film=self.scene.film, length_samples=self.scene.length_samples, next_id=self.scene.next_id
        )

    def close(self, *, keep: bool = False) -> None:
        """Close the project; work that is not saved is dropped, as the user chose, or kept for the next start."""
        if self._autosave is not None:
            self._autosave.close(keep=keep and self.has_unsaved_work)
            self._autosave = None

    def _write(self, path: Path, moved_from: Path | None = None) -> None:
        scene = self.scene
        if moved_from is not None:
            target = takes_folder(path)
            scene = replace(scene, lanes=tuple(moved_lane(lane, moved_from, target) for lane in scene.lanes))
        self._origin = Origin(path, write_project(path, scene))
        self._saved, self._moved_from = scene, moved_from
        self._keep()

    def _sweep(self) -> None:
        """Delete takes that neither the file nor undo needs. What another window needs stays, as far as it says so."""
        path, autosave = self._origin.path, self._autosave
        if path is None or autosave is None or self.read_only:
            return
        needed = self._history.take_ids
        with contextlib.suppress(ExportError):  # then they stay
            autosave.file.note_takes(path, needed)
            sweep_takes(path, takes_folder(path), needed, self._store)

    def _become(self, history: History) -> None:
        if history is self._history:
            return
        is_other = history.scene != self.scene
        self._history = history
        if is_other:
            self._keep()
            self.changed(self.scene)

    def _keep(self) -> None:
        """Keep unsaved work. Nothing comes between what is found and what follows: it may be edited while it saves."""
        with self._keeping:
            if self._autosave is None:
                return
            if self.has_unsaved_work:
                self._autosave.keep(self.scene, self._origin)
            else:
                self._autosave.forget()

    def _check_writable(self) -> None:
        if self.read_only:
            raise SceneError(self.read_only)


def _autosave(store: RecoveryStore, tell: Tell) -> Autosave | None:
    try:
        return Autosave(store.begin(), tell)
    except ExportError as error:
        tell(str(error))
        return None
