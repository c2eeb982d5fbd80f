"""How fast scenes are composed: seconds of sound a second, one thread and two processes. Run it by hand:

    python -m tests.benchmarks.bench_scenes [--data DIR --cache DIR]

Without a data folder the sounds are noise bursts and the rooms are made here.
"""

import argparse
import csv
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import soundfile
import torch

from engine.scenes.composer import SceneComposer, SceneOptions
from engine.scenes.rooms import load_rooms
from engine.scenes.sound_bank import load_sound_bank

_ROOMS = 10
_SCENES = 60


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--rooms", type=int, default=_ROOMS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = args.data or bursts(Path(scratch) / "data")
        cache = args.cache or Path(scratch) / "cache"
        compose((data, cache, args.rooms, 0, 2))  # decodes the sounds and makes the rooms
        alone = compose((data, cache, args.rooms, 100, _SCENES))
        began = time.monotonic()
        with get_context("spawn").Pool(2) as pool:
            both = pool.map(compose, [(data, cache, args.rooms, 1000 * k, _SCENES) for k in (1, 2)])
        whole = 2 * _SCENES * SceneOptions().seconds / (time.monotonic() - began)
    print(f"one thread: {alone:.0f} x real time")
    print(f"two processes: {sum(both):.0f} x real time, {whole:.0f} with their start")


def compose(job: tuple[Path, Path, int, int, int]) -> float:
    """Return seconds of sound made a second of `count` scenes from a seed on."""
    data, cache, rooms, first, count = job
    torch.set_num_threads(1)
    composer = SceneComposer(load_sound_bank(data, cache), SceneOptions(), load_rooms(cache, data, rooms))
    composer.compose(first)
    began = time.monotonic()
    for seed in range(first + 1, first + 1 + count):
        composer.compose(seed)
    return count * SceneOptions().seconds / (time.monotonic() - began)


def bursts(data: Path) -> Path:
    """Make a data folder of noise: short bursts and ten seconds of texture."""
    data.mkdir(parents=True)
    rng = np.random.default_rng(0)
    with (data / "sounds.tsv").open("w", newline="") as table:
        rows = csv.writer(table, delimiter="\t")
        rows.writerow(["path", "label", "class", "kind", "seconds", "source", "source_id", "yamnet_flag"])
        for index in range(24):
            seconds, kind = (10.0, "ambience") if index % 4 == 3 else (0.5, "point")
            noise = 0.1 * rng.normal(size=int(seconds * 48_000))
            soundfile.write(data / f"{index}.wav", noise, 48_000)
            rows.writerow([f"{index}.wav", "noise", f"class {index % 6}", kind, seconds, "bench", index, ""])
    return data


if __name__ == "__main__":
    main()
