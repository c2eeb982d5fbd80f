"""Composed scenes on disk: AmbiX as float16 in shards, with labels, so that several trainings can read one pool."""

import json
import time
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.files.staging import Staging
from engine.files.stopping import stopping_in_order
from engine.scenes.composer import PromptChange, Scene, SceneComposer, SceneOptions, SceneSource
from engine.scenes.rooms import load_rooms
from engine.scenes.sound_bank import load_sound_bank

SHARD_SCENES = 50


@dataclass(frozen=True)
class StoredScene:
    """Position and description of a scene: a Scene without its sound.

    Fields missing in older stores read as their default.
    """

    shard: int
    row: int
    sources: tuple[SceneSource, ...]
    caption: str
    schedule: tuple[PromptChange, ...] = ()
    room: str = ""

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes of the sources, the dominant one first."""
        return tuple(s.sound_class for s in self.sources)

    @property
    def placed(self) -> bool:
        """Whether there is a dominant source and it has a place, not all around."""
        return bool(self.sources) and self.sources[0].path is not None


class SceneStore:
    """Reads what `compose_store` wrote; looks for new shards on `refresh`.

    Raises InvalidInputError if the folder holds no scenes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._maps: list[NDArray[np.float16]] = []
        self.scenes: list[StoredScene] = []
        self.refresh()
        if not self.scenes:
            raise InvalidInputError(f"{folder} holds no scenes: run 'scenes import' or 'train compose' first.")

    def refresh(self) -> None:
        """Map the shards that were finished since the last look."""
        while (self._folder / f"shard-{len(self._maps):04d}.json").is_file():
            index = len(self._maps)
            rows = json.loads((self._folder / f"shard-{index:04d}.json").read_text())
            self._maps.append(np.load(self._folder / f"shard-{index:04d}.npy", mmap_mode="r"))
            for row, entry in enumerate(rows):
                self.scenes.append(_read_row(index, row, entry))

    @property
    def samples(self) -> int:
        """Length of every scene."""
        return int(self._maps[0].shape[2])

    def foa(self, scene: StoredScene, start: int = 0, length: int | None = None) -> NDArray[np.float32]:
        """Return a stretch (4, n) of a scene's AmbiX."""
        stop = None if length is None else start + length
        return self._maps[scene.shard][scene.row, :, start:stop].astype(np.float32)


def compose_store(
    data: Path,
    cache: Path,
    folder: Path,
    count: int,
    options: SceneOptions,
    seed: int,
    workers: int = 1,
    rooms: int = 0,
) -> float:
    """Compose `count` scenes into `folder`, shard by shard; shards that exist are kept (resumable).

    `rooms` simulated rooms and the measured ones of `data` are used unless it is 0. Returns the seconds of
    sound made per second.
    """
    folder.mkdir(parents=True, exist_ok=True)
    load_sound_bank(data, cache)
    if rooms:
        load_rooms(cache, data, rooms)
    jobs = [(data, cache, folder, shard, options, seed, rooms) for shard in range(-(-count // SHARD_SCENES))]
    began, made = time.monotonic(), 0
    with get_context("spawn").Pool(workers) as pool:
        for done, scenes in enumerate(pool.imap(_compose_shard, jobs), start=1):
            made += scenes
            speed = made * options.seconds / (time.monotonic() - began)
            print(f"shard {done}/{len(jobs)}, {speed:.0f} x real time", flush=True)
    return made * options.seconds / (time.monotonic() - began)


def _compose_shard(job: tuple[Path, Path, Path, int, SceneOptions, int, int]) -> int:
    with stopping_in_order():  # the pool ends its processes with SIGTERM
        return _composed_shard(job)


def _composed_shard(job: tuple[Path, Path, Path, int, SceneOptions, int, int]) -> int:
    data, cache, folder, shard, options, seed, rooms = job
    index = folder / f"shard-{shard:04d}.json"
    if index.is_file():
        return 0
    torch.set_num_threads(1)
    bank = load_sound_bank(data, cache)
    composer = SceneComposer(bank, options, load_rooms(cache, data, rooms) if rooms else None)
    waves = np.zeros((SHARD_SCENES, 4, round(options.seconds * SAMPLE_RATE_HZ)), np.float16)
    rows = []
    for row in range(SHARD_SCENES):
        scene = composer.compose(seed * 1_000_003 + shard * SHARD_SCENES + row)
        waves[row] = scene.foa
        rows.append(row_of(scene))
    write_shard(folder, shard, waves, rows)
    return SHARD_SCENES


def write_shard(folder: Path, shard: int, waves: NDArray[np.float16], rows: list[dict[str, object]]) -> None:
    """Write a shard's sound (scenes, 4, N) and its rows, whole or not at all. Raises ExportError."""
    with Staging() as staging:
        stage_shard(staging, folder, shard, waves, rows)
        staging.commit()


def stage_shard(
    staging: Staging, folder: Path, shard: int, waves: NDArray[np.float16], rows: list[dict[str, object]]
) -> None:
    """Stage a shard's sound (scenes, 4, N) and its rows; the rows come last, so half a shard is never read."""
    np.save(staging.add_file(folder / f"shard-{shard:04d}.npy"), waves)
    staging.write_text(folder / f"shard-{shard:04d}.json", json.dumps(rows))


def row_of(scene: Scene) -> dict[str, object]:
    """Return everything except the sound of a scene as plain values."""
    return {
        "caption": scene.caption,
        "room": scene.room,
        "schedule": [[c.patch, c.kind, c.caption] for c in scene.schedule],
        "sources": [
            {
                "class": s.sound_class,
                "label": s.label,
                "path": None if s.path is None else np.round(s.path, 4).tolist(),
                "distance_m": None if s.distance_m is None else np.round(s.distance_m, 2).tolist(),
                "on_screen": s.on_screen,
                "active": None if s.active is None else "".join("01"[int(v)] for v in s.active),
                "clip": s.clip,
                "onsets_s": list(s.onsets_s),
                "motion": s.motion,
            }
            for s in scene.sources
        ],
    }


def _read_row(shard: int, row: int, entry: dict[str, Any]) -> StoredScene:
    if "sources" not in entry:  # before sources had more than a class, a label and a path
        columns = zip(entry["classes"], entry["labels"], entry["paths"], strict=True)
        entry["sources"] = [{"class": c, "label": label, "path": path} for c, label, path in columns]
    sources = tuple(
        SceneSource(
            s["class"],
            s["label"],
            _array(s["path"]),
            _array(s.get("distance_m")),
            s.get("on_screen", True),
            None if s.get("active") is None else np.array([v == "1" for v in s["active"]]),
            s.get("clip", ""),
            tuple(s.get("onsets_s", ())),
            s.get("motion", ""),
        )
        for s in entry["sources"]
    )
    schedule = tuple(PromptChange(*change) for change in entry.get("schedule", ()))
    return StoredScene(shard, row, sources, entry["caption"], schedule, entry.get("room", ""))


def _array(values: list[Any] | None) -> NDArray[np.float64] | None:
    return None if values is None else np.array(values)
