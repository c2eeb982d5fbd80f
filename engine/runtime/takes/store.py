"""The kept takes: found at the next start, exported, discarded by the user, or removed by age.

A take with an owner is in use and is not touched. The user's actions on a take are recorded
beside it (marks.json), by the process that has it alone.
"""

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import EngineError, ExportError, reason_of
from engine.contract.telemetry import TakeSummary
from engine.files.data_folder import user_data_folder
from engine.files.staging import write_texts
from engine.runtime.takes.contents import read_contents
from engine.runtime.takes.coverage import Stretch, holes_of
from engine.runtime.takes.folder import PREFIX, TakeFolder
from engine.runtime.takes.sidecar import TakeFilm
from engine.runtime.takes.wording import missing_text

KEEP_DAYS: Final = 30
"""How long a take is kept after the user last saw it."""
_EMPTY_AFTER_S: Final = 60.0
_GONE: Final = "The take no longer exists: it was discarded, perhaps in another window."
_IN_USE: Final = "The take is in use by another window of SwanSphere: close that first."


@dataclass(frozen=True)
class KeptTake:
    """A take without an owner. Times are seconds since 1970; `stretches` are the film samples that were heard."""

    folder: Path
    film: TakeFilm
    began_s: float
    changed_s: float
    stretches: tuple[Stretch, ...]
    heard_samples: int
    size_bytes: int
    is_new: bool
    """Whether it has sound that was neither exported nor offered yet."""

    @property
    def summary(self) -> TakeSummary:
        """The content of an export."""
        length = self.stretches[-1][1] if self.stretches else 0
        return TakeSummary(length / SAMPLE_RATE_HZ, missing_text(holes_of(self.stretches)))

    @property
    def seconds(self) -> float:
        """How much of the film it has."""
        return sum(end - begin for begin, end in self.stretches) / SAMPLE_RATE_HZ


@dataclass(frozen=True)
class _Marks:
    """`seen_s` is when the user last saw the take in an offer; `heard_samples` its size then, or at the export."""

    seen_s: float = 0.0
    heard_samples: int = 0


def default_store() -> Path:
    """Return the folder of takes in the user's data folder."""
    return user_data_folder() / "takes"


def takes_folder(takes_dir: Path | None, capture_dir: Path | None) -> Path:
    """Return the folder of takes: `takes_dir`, else beneath `capture_dir`, else in the user's data folder."""
    if takes_dir is not None:
        return takes_dir
    return capture_dir / "takes" if capture_dir is not None else default_store()


def note_seen(folder: Path, heard_samples: int) -> None:
    """Remember that the user saw this much of a take, or exported it: that is not offered again."""
    with contextlib.suppress(EngineError):
        marks = _Marks(time.time(), heard_samples)
        write_texts({TakeFolder(folder).marks: json.dumps(asdict(marks)) + "\n"})


class TakeStore:
    """The takes in a folder. Any thread; every call reads the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def kept(self) -> list[KeptTake]:
        """Return the takes that have no owner and some heard sound, newest first."""
        found = [take for folder in self._folders() if (take := _read(folder)) is not None]
        return sorted(found, key=lambda take: take.changed_s, reverse=True)

    def discard(self, folder: Path) -> None:
        """Remove a take permanently. Raises ExportError if it has an owner or is gone."""
        try:
            lock = TakeFolder(folder).claim()
        except BlockingIOError as error:
            raise ExportError(_IN_USE) from error
        except OSError as error:
            raise ExportError(_GONE) from error
        try:
            TakeFolder(folder).remove()
        except OSError as error:
            raise ExportError(
                f"The take in {folder} cannot be removed: {reason_of(error)}. "
                "Remove the folder by hand, or try again later."
            ) from error
        finally:
            lock.release()

    def sweep(self) -> list[KeptTake]:
        """Remove the takes that the user saw more than 30 days ago, and return them.

        A take that was never shown to the user stays. Folders without heard sound are removed at once.
        """
        swept = []
        for folder in self._folders():
            take = _read(folder)
            if take is None:
                self._sweep_empty(folder)
                continue
            seen_s = _marks(folder).seen_s
            if seen_s and max(seen_s, take.changed_s) < time.time() - KEEP_DAYS * 24 * 3600:
                with contextlib.suppress(ExportError):
                    self.discard(folder.path)
                    swept.append(take)
        return swept

    def _sweep_empty(self, folder: TakeFolder) -> None:
        """Remove takes that were only prepared: a film was opened and never played."""
        with contextlib.suppress(OSError, ExportError):
            if time.time() - folder.path.stat().st_mtime < _EMPTY_AFTER_S:
                return
            if not folder.journal.exists() or not read_contents(folder).version().heard_samples:
                self.discard(folder.path)

    def _folders(self) -> list[TakeFolder]:
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            return [
                TakeFolder(Path(entry.path))
                for entry in entries
                if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False)
            ]
        return []


def _read(folder: TakeFolder) -> KeptTake | None:
    """Return a take without an owner, or None: it has one, is not a take, or has no heard sound."""
    try:
        folder.claim().release()
        contents = read_contents(folder)
        version, sidecar = contents.version(), contents.sidecar
        status = folder.journal.stat()
        size_bytes = folder.sound.stat().st_size + status.st_size
    except OSError:
        return None
    if not version.heard_samples:
        return None
    return KeptTake(
        folder=folder.path,
        film=sidecar.film if sidecar is not None else TakeFilm(),
        began_s=sidecar.began_s if sidecar is not None else status.st_mtime,
        changed_s=max(sidecar.changed_s, status.st_mtime) if sidecar is not None else status.st_mtime,
        stretches=version.stretches,
        heard_samples=version.heard_samples,
        size_bytes=size_bytes,
        is_new=version.heard_samples > _marks(folder).heard_samples,
    )


def _marks(folder: TakeFolder) -> _Marks:
    try:
        values = json.loads(folder.marks.read_text(encoding="utf-8"))
        return _Marks(float(values["seen_s"]), int(values["heard_samples"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return _Marks()
