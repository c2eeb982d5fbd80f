"""The content of a scene on the preview page, whether it was just composed or is in a store."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import CONDITIONING_FRAME_SIZE, PATCH_SAMPLES
from engine.contract.errors import InvalidInputError
from engine.corpus.frames import SceneFrames
from engine.scenes.composer import Scene, SceneComposer, SceneOptions, SceneSource
from engine.scenes.ingredients import load_ingredients
from engine.scenes.pictures import PictureBank, load_picture_bank, render_frames
from engine.scenes.store import SceneStore

Progress = Callable[[float], None]
PictureOrigin = Literal["drawn", "film", "none"]


@dataclass(frozen=True, eq=False)
class PreviewScene:
    """A scene under a title, with frames (F, 128, 256, 3) at 4 fps (one if nothing moves).

    `origin` says whether the frames were drawn for the sound, are a film's own, or plain grey because there are none.
    """

    title: str
    scene: Scene
    frames: NDArray[np.uint8]
    origin: PictureOrigin

    @property
    def patches(self) -> int:
        """Whole patches of 160 ms in the scene."""
        return int(self.scene.foa.shape[1]) // PATCH_SAMPLES


def active_patches(source: SceneSource, patches: int) -> NDArray[np.bool_]:
    """Return in which patches (P,) a source sounds; in all if the scene does not say."""
    return np.ones(patches, bool) if source.active is None else np.asarray(source.active, bool)


class SceneSupply(Protocol):
    """A source of scenes: `count` is how many there are, None if there is no end of them."""

    count: int | None

    def at(self, number: int) -> PreviewScene:
        """Return a scene with its pictures."""
        ...

    def scene_at(self, number: int) -> Scene:
        """Return a scene without its pictures."""
        ...


class ComposedScenes:
    """Scenes that the composer makes from a data folder, one per seed. Raises InvalidInputError for the folder."""

    def __init__(
        self, data: Path, cache: Path, options: SceneOptions, rooms: int, progress: Progress = lambda done: None
    ) -> None:
        """Load the ingredients of scenes; missing ones of `rooms` simulated rooms are made in the cache (0: none)."""
        bank, made = load_ingredients(data, cache, rooms, progress)
        self._composer = SceneComposer(bank, options, made)
        self._pictures = _pictures(data, options.held_out)
        self.count: int | None = None

    def at(self, number: int) -> PreviewScene:
        """Return the scene of a seed."""
        scene = self._composer.compose(number)
        return _pictured(f"Seed {number}", scene, self._pictures, number)

    def scene_at(self, number: int) -> Scene:
        """Return the scene of a seed without pictures."""
        return self._composer.compose(number)


class StoredScenes:
    """Scenes of a store, composed or imported. Raises InvalidInputError if the folder holds none."""

    def __init__(self, folder: Path, data: Path | None, held_out: bool) -> None:
        if not folder.is_dir():
            raise InvalidInputError(f"There is no folder {folder}: point --store to a folder with shard-0000.json.")
        self._store = SceneStore(folder)
        self._frames = SceneFrames(folder)
        self._pictures = None if data is None else _pictures(data, held_out)
        self.count: int | None = len(self._store.scenes)

    def at(self, number: int) -> PreviewScene:
        """Return a scene by its number in the store."""
        stored = self._store.scenes[number]
        scene = self.scene_at(number)
        title = f"Shard {stored.shard}, row {stored.row}"
        film = self._frames.frames(stored)
        if film is not None:
            return PreviewScene(title, scene, film, "film")
        return _pictured(title, scene, self._pictures, number)

    def scene_at(self, number: int) -> Scene:
        """Return a scene by its number, without pictures."""
        stored = self._store.scenes[number]
        return Scene(self._store.foa(stored), stored.sources, stored.caption, stored.schedule, stored.room)


def _pictures(data: Path, held_out: bool) -> PictureBank | None:
    """Return the pictures of a data folder, or None if it has none (a folder of sounds alone)."""
    there = (data / "panoramas.tsv").is_file() and (data / "cutouts.tsv").is_file()
    return load_picture_bank(data, held_out=held_out) if there else None


def _pictured(title: str, scene: Scene, bank: PictureBank | None, seed: int) -> PreviewScene:
    """Return a scene with frames drawn for it; a plain grey one if there are no pictures."""
    if bank is None:
        return PreviewScene(title, scene, np.full((1, *CONDITIONING_FRAME_SIZE[::-1], 3), 96, np.uint8), "none")
    patches = scene.foa.shape[1] // PATCH_SAMPLES
    return PreviewScene(title, scene, render_frames(bank, scene.sources, patches, np.random.default_rng(seed)), "drawn")
