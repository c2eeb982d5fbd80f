"""Files and folders that are written whole or not at all: the only way in which this program writes them.

Each output is written in a private folder beside its place, so that the last step is a rename on one disk. All are
flushed before the first takes its name. If one cannot take it, the others get their earlier content back.
"""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from engine.contract.errors import ExportError, reason_of
from engine.files.owned_folder import BEFORE_NAME, PLACE_NAME, OwnedFolder
from engine.files.stopping import undisturbed

_LONGEST_SUFFIX: Final = 16


@dataclass(frozen=True)
class _Output:
    asked: Path
    final: Path
    folder: OwnedFolder
    staged: Path
    is_folder: bool


class Staging:
    """The outputs of one job. Use as a context manager; leaving it without `commit` leaves everything unchanged.

    Raises ExportError if a place cannot be written, now or at the end, or if two outputs are one file. Errors about
    staged files that leave the block name the requested file.
    """

    def __init__(self) -> None:
        self._outputs: list[_Output] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        told = self._told(error)
        self.discard()
        if told is not None:
            raise told from error

    def add_file(self, path: Path) -> Path:
        """Return the path to write `path` to; it has the same suffix and does not exist yet."""
        return self._add(path, is_folder=False)

    def add_folder(self, path: Path) -> Path:
        """Return an empty folder to fill with the future content of the folder `path`."""
        return self._add(path, is_folder=True)

    def write_text(self, path: Path, text: str) -> None:
        """Write an output that is text; it may have been added before.

        Bytes of a file name that are no text are written as JSON writes them.
        """
        staged = next((output.staged for output in self._outputs if output.asked == path), None) or self.add_file(path)
        staged.write_text(text, encoding="utf-8", errors="backslashreplace")

    def commit(self) -> None:
        """Flush all outputs and give them their names, or none of them. Raises ExportError."""
        output = None
        placed: list[_Output] = []
        try:
            for output in self._outputs:
                _flush(output.staged)
                if output.final.exists():
                    shutil.copymode(output.final, output.staged)
            with undisturbed():
                for output in self._outputs:
                    placed.append(output)
                    _keep_before(output)
                    os.replace(output.staged, output.final)
            for output in self._outputs:
                _flush_names(output.final.parent)
        except BaseException as error:
            for done in reversed(placed):
                _put_back(done)
            if isinstance(error, OSError) and output is not None:
                raise refused(output.asked, error) from error
            raise
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove the staged files; a second call does nothing."""
        with undisturbed():
            while self._outputs:
                self._outputs.pop().folder.remove()

    def _told(self, error: BaseException | None) -> ExportError | None:
        """Return an error about a staged file with the requested name; None if it is about another file."""
        if isinstance(error, OSError):
            if error.filename is None:  # a write to an open file: most often a full disk
                return refused(self._outputs[-1].asked, error) if self._outputs else None
            place = Path(os.fsdecode(error.filename))
            return next((refused(o.asked, error) for o in self._outputs if place.is_relative_to(o.folder.path)), None)
        if isinstance(error, ExportError):  # from a writer that stages by itself, inside a staged folder
            text = str(error)
            for output in self._outputs:
                text = text.replace(str(output.staged), str(output.asked))
            return ExportError(text) if text != str(error) else None
        return None

    def _add(self, path: Path, *, is_folder: bool) -> Path:
        final = Path(os.path.realpath(path))  # if an output is a link, its target is written
        if any(output.final == final for output in self._outputs):
            raise ExportError(f"Two outputs have the same name, {path}: use different names.")
        try:
            if not final.parent.is_dir():
                raise ExportError(f"{path} cannot be written: the folder {final.parent} does not exist.")
            if final.is_dir() and not is_folder:
                raise ExportError(f"{path} is a folder: specify the name of a file to write.")
            if final.exists() and not (final.is_dir() or (final.is_file() and not is_folder)):
                kind = "folder" if is_folder else "file"
                raise ExportError(f"{path} is not a {kind} that can be overwritten: choose another name.")
            # Checked now, not after the work is done: names that are too long, places without write access.
            with contextlib.suppress(FileNotFoundError):
                os.lstat(final)
            with undisturbed():  # from its first moment on, the folder is one that will be removed
                folder = OwnedFolder(final.parent)
                staged = folder.path / (
                    f"new{final.suffix}" if len(os.fsencode(final.suffix)) <= _LONGEST_SUFFIX else "new"
                )
                self._outputs.append(_Output(path, final, folder, staged, is_folder))
        except OSError as error:
            raise refused(path, error) from error
        if is_folder:
            staged.mkdir()
        return staged


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield the path to write `path` to; it takes its name if the block succeeds. Raises ExportError."""
    with Staging() as staging:
        yield staging.add_file(path)
        staging.commit()


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder; it replaces the folder `path` if the block succeeds. Raises ExportError."""
    with Staging() as staging:
        yield staging.add_folder(path)
        staging.commit()


def write_texts(texts: Mapping[Path, str]) -> None:
    """Write texts to files, all or none. Raises ExportError."""
    with Staging() as staging:
        for path, text in texts.items():
            staging.write_text(path, text)
        staging.commit()


def make_folder(folder: Path) -> None:
    """Make a folder and its parents if they do not exist. Raises ExportError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(folder, error) from error


@contextlib.contextmanager
def folder_for_outputs(folder: Path) -> Iterator[None]:
    """Make a folder and its parents; if the block fails, those of them that are new and empty go again.

    Raises ExportError.
    """
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    make_folder(folder)
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # the first one that is not empty ends it
            for path in new:
                path.rmdir()
        raise


def refused(path: Path, error: OSError) -> ExportError:
    """Return the error for an output that the system refuses; `path` is the requested name."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExportError(f"{path} cannot be written: the disk is full. Free some space or choose another folder.")
    return ExportError(f"{path} cannot be written: {reason_of(error)}. Choose another name or folder.")


def _flush(path: Path) -> None:
    """Flush a file, or every file of a folder, to disk. Raises OSError, also for an output that was never made."""
    if path.is_dir():
        for entry in path.rglob("*"):
            if entry.is_file() and not entry.is_symlink():
                _flush(entry)
        return
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_names(folder: Path) -> None:
    """Flush the names of a folder to disk; not every system can, and the names are correct without it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _keep_before(output: _Output) -> None:
    before = output.folder.path / BEFORE_NAME
    if not os.path.lexists(output.final):
        return
    if not output.is_folder:
        if output.final.is_dir():  # made while the file was written: it is not ours to move
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with contextlib.suppress(OSError):  # a file system without hard links: moved instead
            os.link(output.final, before)
            return
    # Until the next rename the name is free: if the process is killed in between, this note lets the sweep restore it.
    (output.folder.path / PLACE_NAME).write_text(output.final.name, "utf-8", "surrogateescape")
    os.replace(output.final, before)


def _put_back(output: _Output) -> None:
    before = output.folder.path / BEFORE_NAME
    was_placed = not os.path.lexists(output.staged)
    with contextlib.suppress(OSError):
        if os.path.lexists(before):
            if output.is_folder and was_placed:
                os.replace(output.final, output.staged)
            os.replace(before, output.final)
        elif was_placed:
            if output.is_folder:
                os.replace(output.final, output.staged)
            else:
                output.final.unlink()
