"""The takes of a project's blocks in one folder: found by id, begun, and removed when nothing needs them."""

import contextlib
import re
import secrets
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from engine.contract.errors import ExportError, MediaError, reason_of
from engine.files.owner_lock import OwnerLock
from engine.files.staging import make_folder
from engine.rendering.blocks.keys import common_patches
from engine.runtime.block_takes.layout import SUFFIX, TakeHead
from engine.runtime.block_takes.reader import TakeReader
from engine.runtime.block_takes.writer import TakeWriter

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SPARED_S: Final = 24 * 3600.0
"""A take that nothing names is kept so long: the project that names it may not be saved yet."""


class BlockTakes:
    """The takes in a folder, which need not exist yet. Any thread; every call reads the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, take_id: str) -> Path:
        """Return the file of a take. Raises MediaError for what cannot be an id."""
        if not _is_id(take_id):
            raise MediaError(f"'{take_id[:40]}' is not the name of a take.")
        return self.folder / f"{take_id}{SUFFIX}"

    def ids(self) -> list[str]:
        """Return the ids of all takes, the oldest first; files with other names are the user's, and no takes."""
        found = []
        with contextlib.suppress(OSError):
            for file in self.folder.glob(f"*{SUFFIX}"):
                take_id = file.name.removesuffix(SUFFIX)
                with contextlib.suppress(OSError):
                    if _is_id(take_id):
                        found.append((file.stat().st_mtime, take_id))
        return [take_id for _, take_id in sorted(found)]

    def has(self, take_id: str) -> bool:
        """Return whether a take is on disk."""
        return self.path(take_id).is_file()

    def open(self, take_id: str) -> TakeReader:
        """Return a reader. Raises MediaError if the take is missing or damaged."""
        return TakeReader(self.path(take_id))

    def begin(self, head: TakeHead) -> tuple[str, TakeWriter]:
        """Return the id and the writer of a new take. Raises ExportError."""
        make_folder(self.folder)
        take_id = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
        return take_id, TakeWriter(self.path(take_id), head)

    def extend(self, take_id: str) -> TakeWriter:
        """Return a writer that continues a take. Raises ExportError or MediaError."""
        return TakeWriter(self.path(take_id))

    def longest(self, keys: Sequence[bytes], take_ids: Iterable[str]) -> tuple[str | None, int, bool]:
        """Return which of some takes shares the most patches with `keys`, how many, and whether that is all it has.

        Takes that are missing or damaged are passed over, and of a damaged one the patches from the damage on.
        """
        best: tuple[str | None, int, bool] = (None, 0, False)
        for take_id in take_ids:
            with contextlib.suppress(MediaError), self.open(take_id) as take:
                made = take.keys()
                common = common_patches(keys, made)
                if common > best[1] or common == best[1] == len(made):  # reading costs more than comparing
                    common = take.undamaged(common)
                if common > best[1] or (common == best[1] > 0 and not best[2] and common == len(made)):
                    best = take_id, common, common == len(made)
        return best

    def remove(self, take_id: str) -> None:
        """Delete a take for good. Raises ExportError if it is being made or cannot be deleted."""
        path = self.path(take_id)
        try:
            lock = OwnerLock(path)
        except FileNotFoundError:
            return
        except BlockingIOError as error:
            raise ExportError(f"The take {take_id} is being made: stop that first.") from error
        except OSError as error:
            raise ExportError(f"The take {path} cannot be deleted: {reason_of(error)}.") from error
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ExportError(f"The take {path} cannot be deleted: {reason_of(error)}.") from error
        finally:
            lock.release()

    def sweep(self, needed: Iterable[str], now_s: float | None = None) -> list[str]:
        """Delete the takes that nothing needs, and return their ids.

        `needed` are the ids that the project and its undo name. Takes of the last day stay, and those being made.
        """
        spared, swept = set(needed), []
        before_s = (time.time() if now_s is None else now_s) - _SPARED_S
        for take_id in self.ids():
            if take_id in spared:
                continue
            with contextlib.suppress(OSError, ExportError):
                if self.path(take_id).stat().st_mtime < before_s:
                    self.remove(take_id)
                    swept.append(take_id)
        return swept


def _is_id(name: str) -> bool:
    return _ID.fullmatch(name) is not None and ".." not in name
