"""The frames of imported films, beside the shards of their scenes.

`shard-0003.frames.npy` holds (films, frames, 128, 256, 3) uint8 at 4 fps; a row of `shard-0003.json` has its index
in "film". Composed scenes have neither: their frames are drawn.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.scenes.store import StoredScene

FILM_KEY = "film"


def frames_file(folder: Path, shard: int) -> Path:
    """Return the file with the frames of a shard."""
    return folder / f"shard-{shard:04d}.frames.npy"


class SceneFrames:
    """Reads the frames of a store's imported films; shards are opened on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shards: dict[int, tuple[list[int | None], NDArray[np.uint8] | None]] = {}

    def frames(self, scene: StoredScene) -> NDArray[np.uint8] | None:
        """Return the film (F, 128, 256, 3) of a scene at 4 fps, or None if the scene has no film."""
        if scene.shard not in self._shards:
            self._shards[scene.shard] = self._opened(scene.shard)
        places, films = self._shards[scene.shard]
        place = places[scene.row]
        return None if place is None or films is None else np.array(films[place])

    def _opened(self, shard: int) -> tuple[list[int | None], NDArray[np.uint8] | None]:
        rows = json.loads((self._folder / f"shard-{shard:04d}.json").read_text("utf-8"))
        file = frames_file(self._folder, shard)
        return [row.get(FILM_KEY) for row in rows], np.load(file, mmap_mode="r") if file.is_file() else None
