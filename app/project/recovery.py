"""Unsaved work on disk: written while the user edits, found again after a crash.

Each open project has a folder in the user's data folder, with a lock that the process holds until it ends. A folder
whose lock is free belongs to a process that did not close its project.
"""

import contextlib
import json
import os
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.contract.errors import EngineError, ExportError, reason_of
from engine.contract.scene.scene import Scene
from engine.files.data_folder import user_data_folder
from engine.files.owner_lock import OwnerLock, new_owned_folder, remove_owned
from engine.files.staging import Staging
from engine.project.project_file import SUFFIX, ProjectText, read_project

_PREFIX: Final = "scene-"
_SCENE: Final = f"scene{SUFFIX}"
_ORIGIN: Final = "origin.json"
_TAKES: Final = "takes.json"
_LOCK: Final = "owner.lock"
_LARGEST_ORIGIN: Final = 1 << 16
_LARGEST_TAKES: Final = 1 << 26
_SIGN_OF_LIFE_S: Final = 60.0


@dataclass(frozen=True)
class Origin:
    """The project that the work belongs to (None: it was never saved), and the hash of its file when it was read."""

    path: Path | None = None
    digest: str = ""

    @property
    def name(self) -> str:
        """What the user calls it."""
        return "an unnamed scene" if self.path is None else self.path.name


@dataclass(frozen=True)
class LostWork:
    """Unsaved work of a process that did not close its project; `changed_s` is when it was written, since 1970."""

    folder: Path
    scene: Scene
    origin: Origin
    changed_s: float

    @property
    def sentence(self) -> str:
        """What can be recovered, for the user."""
        when = time.strftime("%H:%M on %Y-%m-%d", time.localtime(self.changed_s))
        lanes, blocks = len(self.scene.lanes), sum(1 for _ in self.scene.blocks())
        return (
            f"SwanSphere ended before {self.origin.name} was saved. "
            f"Recover the work up to {when}? It has {_counted(lanes, 'lane')} and {_counted(blocks, 'block')}."
        )


class RecoveryFile:
    """The unsaved work of one open project. Raises ExportError if it cannot be written."""

    def __init__(self, folder: Path, lock: OwnerLock) -> None:
        self.folder = folder
        self._lock = lock
        self._text = ProjectText(folder)

    @property
    def scene_path(self) -> Path:
        """The file of the scene; the takes of a project that was never saved lie beside it."""
        return self.folder / _SCENE

    def write(self, scene: Scene, origin: Origin) -> None:
        """Write a scene, whole or not at all. Raises ExportError."""
        place = None if origin.path is None else os.path.abspath(origin.path)
        with Staging() as staging:
            staging.write_text(self.folder / _ORIGIN, json.dumps({"path": place, "digest": origin.digest}))
            staging.add_file(self.scene_path).write_bytes(self._text.of(scene))
            staging.commit()

    def note_takes(self, project: Path, take_ids: Collection[str]) -> None:
        """Note the takes that undo and redo of this window can ask for, so that no other window deletes them.

        Raises ExportError.
        """
        with Staging() as staging:
            values = {"path": os.path.abspath(project), "takes": sorted(take_ids)}
            staging.write_text(self.folder / _TAKES, json.dumps(values))
            staging.commit()

    def clear(self) -> None:
        """Remove the scene: everything is saved."""
        self.scene_path.unlink(missing_ok=True)

    def show_life(self) -> None:
        """Show other windows that this one is alive, on systems whose locks do not."""
        if not self._lock.works:
            with contextlib.suppress(OSError):
                os.utime(self.folder / _LOCK)

    def close(self) -> None:
        """Remove everything: the project was closed. A second call does nothing.

        What a broken disk does not let go is offered at the next start.
        """
        with contextlib.suppress(OSError):
            self.clear()
            remove_owned(self.folder, _LOCK)
        self._lock.release()

    def leave(self) -> None:
        """Keep it on disk for the next start."""
        self._lock.release()


class RecoveryStore:
    """The unsaved work of all projects, in a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = user_data_folder() / "recovery" if folder is None else folder

    def begin(self) -> RecoveryFile:
        """Return a place for the work on a project. Raises ExportError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            prefix = f"{_PREFIX}{time.strftime('%Y%m%d-%H%M%S')}-"
            return RecoveryFile(*new_owned_folder(self.folder, prefix, _LOCK))
        except OSError as error:
            raise ExportError(
                f"Unsaved work cannot be kept in {self.folder}: {reason_of(error)}. Save often, or free some space."
            ) from error

    def lost(self) -> list[LostWork]:
        """Return unsaved work that has no owner, newest first. Folders without any are removed."""
        found = []
        for folder in self._folders():
            try:
                lock = _claim(folder)
            except OSError:
                continue
            work = _read(folder)
            if work is not None:
                found.append(work)
            elif not (folder / _SCENE).exists():  # a damaged one stays for the user to look at
                with contextlib.suppress(OSError):
                    remove_owned(folder, _LOCK)
            lock.release()
        return sorted(found, key=lambda work: work.changed_s, reverse=True)

    def take_up(self, work: LostWork) -> RecoveryFile:
        """Own lost work, so that it stays on disk. Raises ExportError if another window has it."""
        return RecoveryFile(work.folder, self._owned(work))

    def discard(self, work: LostWork) -> None:
        """Remove lost work. Raises ExportError if another window has it."""
        RecoveryFile(work.folder, self._owned(work)).close()

    def take_ids(self, project: Path) -> frozenset[str] | None:
        """Return the takes of a project that unsaved work and all open windows can ask for; None if that is unknown."""
        found = set[str]()
        try:
            for folder in self._folders():
                found |= _takes_noted(folder / _TAKES, project)
                if (folder / _SCENE).exists():
                    origin = _read_origin(folder / _ORIGIN).path
                    if origin is None or _is_same(origin, project):
                        found |= read_project(folder / _SCENE).scene.take_ids
        except (EngineError, OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return frozenset(found)

    def _owned(self, work: LostWork) -> OwnerLock:
        try:
            return _claim(work.folder)
        except OSError as error:
            raise ExportError(
                f"The work on {work.origin.name} was already recovered or discarded, perhaps in another window."
            ) from error

    def _folders(self) -> list[Path]:
        try:
            with os.scandir(self.folder) as entries:
                return [
                    Path(entry.path)
                    for entry in entries
                    if entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False)
                ]
        except OSError:
            return []


def _claim(folder: Path) -> OwnerLock:
    """Take the lock of a folder. Raises BlockingIOError if it has an owner, OSError if it is gone."""
    lock = OwnerLock(folder / _LOCK)
    if not lock.works and time.time() - (folder / _LOCK).stat().st_mtime < _SIGN_OF_LIFE_S:
        lock.release()
        raise BlockingIOError
    return lock


def _read(folder: Path) -> LostWork | None:
    """Return the work in a folder, or None: there is none, it is damaged, or the project's file has all of it."""
    try:
        scene = read_project(folder / _SCENE).scene
        changed_s = (folder / _SCENE).stat().st_mtime
    except (EngineError, OSError):
        return None
    origin = _read_origin(folder / _ORIGIN)
    if origin.path is not None:
        try:
            if read_project(origin.path).scene == scene:
                (folder / _SCENE).unlink(missing_ok=True)
                return None
        except (EngineError, OSError):
            pass
    return LostWork(folder, scene, origin, changed_s)


def _takes_noted(path: Path, project: Path) -> set[str]:
    """Return the takes that a window has noted for a project. Raises what damaged JSON raises, and OSError."""
    if not path.exists():
        return set()
    values = json.loads(path.read_bytes()[:_LARGEST_TAKES])
    return {str(take_id) for take_id in values["takes"]} if _is_same(Path(values["path"]), project) else set()


def _is_same(one: Path, other: Path) -> bool:
    """Return whether two paths lead to the same file: by a link, or spelled otherwise where case does not count."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


def _read_origin(path: Path) -> Origin:
    try:
        with open(path, "rb") as file:
            values = json.loads(file.read(_LARGEST_ORIGIN))
        place, digest = values["path"], values["digest"]
        return Origin(Path(place) if isinstance(place, str) else None, digest if isinstance(digest, str) else "")
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Origin()


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
