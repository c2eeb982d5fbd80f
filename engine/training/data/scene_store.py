"""Composed scenes on disk: AmbiX as float16 in shards, labels beside it, so that several trainings read one pool."""

import json
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.training.data.scenes import SceneComposer, SceneOptions
from engine.training.data.sound_bank import load_sound_bank

SHARD_SCENES = 50


@dataclass(frozen=True)
class StoredScene:
    """Where a scene lies and what it is; `paths` holds one (patches, 3) list, or None, a source."""

    shard: int
    row: int
    classes: tuple[str, ...]
    labels: tuple[str, ...]
    caption: str
    paths: tuple[list[list[float]] | None, ...]


class SceneStore:
    """Reads what `compose_store` wrote; looks again for new shards on `refresh`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._maps: list[NDArray[np.float16]] = []
        self.scenes: list[StoredScene] = []
        self.refresh()

    def refresh(self) -> None:
        """Map shards that were finished since the last look."""
        while (self._folder / f"shard-{len(self._maps):04d}.json").is_file():
            index = len(self._maps)
            rows = json.loads((self._folder / f"shard-{index:04d}.json").read_text())
            self._maps.append(np.load(self._folder / f"shard-{index:04d}.npy", mmap_mode="r"))
            for row, entry in enumerate(rows):
                self.scenes.append(
                    StoredScene(
                        index,
                        row,
                        tuple(entry["classes"]),
                        tuple(entry["labels"]),
                        entry["caption"],
                        tuple(entry["paths"]),
                    )
                )

    @property
    def samples(self) -> int:
        """Length of every scene."""
        return int(self._maps[0].shape[2])

    def foa(self, scene: StoredScene, start: int = 0, length: int | None = None) -> NDArray[np.float32]:
        """Return a stretch (4, n) of a scene's AmbiX."""
        stop = None if length is None else start + length
        return self._maps[scene.shard][scene.row, :, start:stop].astype(np.float32)


def compose_store(
    data: Path, cache: Path, folder: Path, count: int, options: SceneOptions, seed: int, workers: int = 1
) -> None:
    """Compose `count` scenes into `folder`, shard by shard; shards that exist are kept (resumable)."""
    folder.mkdir(parents=True, exist_ok=True)
    load_sound_bank(data, cache)
    jobs = [(data, cache, folder, shard, options, seed) for shard in range(-(-count // SHARD_SCENES))]
    with get_context("spawn").Pool(workers) as pool:
        for done, _ in enumerate(pool.imap(_compose_shard, jobs), start=1):
            print(f"shard {done}/{len(jobs)}", flush=True)


def _compose_shard(job: tuple[Path, Path, Path, int, SceneOptions, int]) -> None:
    data, cache, folder, shard, options, seed = job
    index = folder / f"shard-{shard:04d}.json"
    if index.is_file():
        return
    composer = SceneComposer(load_sound_bank(data, cache), options)
    waves = np.zeros((SHARD_SCENES, 4, round(options.seconds * SAMPLE_RATE_HZ)), np.float16)
    rows = []
    for row in range(SHARD_SCENES):
        scene = composer.compose(seed * 1_000_003 + shard * SHARD_SCENES + row)
        waves[row] = scene.foa
        rows.append(
            {
                "classes": [s.sound_class for s in scene.sources],
                "labels": [s.label for s in scene.sources],
                "caption": scene.caption,
                "paths": [None if s.path is None else np.round(s.path, 4).tolist() for s in scene.sources],
            }
        )
    np.save(folder / f"shard-{shard:04d}.npy", waves)
    partial = index.with_suffix(".partial")
    partial.write_text(json.dumps(rows))
    partial.replace(index)
