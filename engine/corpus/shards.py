"""Writes imported scenes as shards for `SceneStore`; a shard exists whole or not at all."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import ExportError
from engine.corpus.frames import FILM_KEY, frames_file
from engine.files.staging import Staging, make_folder
from engine.scenes.composer import Scene
from engine.scenes.store import SHARD_SCENES, row_of, stage_shard

SOURCE_KEY: Final = "recording"
"""A row's own record of its origin: {"file", "digest", "start_s"}."""


@dataclass(frozen=True)
class Origin:
    """The file that a scene was cut from, its SHA-256 and the start of the scene in it."""

    file: str
    digest: str
    start_s: float


def imported_before(folder: Path) -> set[tuple[str, float]]:
    """Return the digests and starts of the scenes in the whole shards of a folder. Raises ExportError if damaged."""
    done = set()
    for index in _shards(folder):
        try:
            for row in json.loads(index.read_text("utf-8")):
                if SOURCE_KEY in row:
                    done.add((str(row[SOURCE_KEY]["digest"]), float(row[SOURCE_KEY]["start_s"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ExportError(f"{index} is damaged: remove the folder {folder} and import again.") from error
    return done


class ShardWriter:
    """Appends scenes to a folder of shards. If it is left by an exception, the whole shards stay.

    Use as a context manager. Raises ExportError if the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._foa: list[NDArray[np.float16]] = []
        self._films: list[NDArray[np.uint8]] = []
        self._rows: list[dict[str, object]] = []
        self._next = len(_shards(folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._rows:
            self._finish()

    def add(self, scene: Scene, origin: Origin, film: NDArray[np.uint8] | None = None) -> None:
        """Append a scene with the film's frames (F, 128, 256, 3), if it has any."""
        row = row_of(scene)
        row[SOURCE_KEY] = {"file": origin.file, "digest": origin.digest, "start_s": origin.start_s}
        if film is not None:
            row[FILM_KEY] = len(self._films)
            self._films.append(film)
        self._foa.append(scene.foa.astype(np.float16))
        self._rows.append(row)
        if len(self._rows) == SHARD_SCENES:
            self._finish()

    def _finish(self) -> None:
        make_folder(self._folder)
        with Staging() as staging:
            if self._films:
                np.save(staging.add_file(frames_file(self._folder, self._next)), np.stack(self._films))
            stage_shard(staging, self._folder, self._next, np.stack(self._foa), self._rows)
            staging.commit()
        self._next += 1
        self._foa, self._films, self._rows = [], [], []


def _shards(folder: Path) -> list[Path]:
    """Return the indices of the whole shards of a folder, in order and without a gap."""
    found: list[Path] = []
    while (index := folder / f"shard-{len(found):04d}.json").is_file():
        found.append(index)
    return found
