"""What a fuzz target is, and what several of them are made with."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Mutate = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True)
class Target:
    """`seeds` makes whole files in a folder, each in a folder of its own with what belongs beside it; `parse` reads one
    and raises EngineError if it is refused.
    """

    name: str
    mutate: Mutate
    seeds: Callable[[Path], list[Path]]
    parse: Callable[[Path], object]


def apart(folder: Path, files: dict[str, bytes | str]) -> list[Path]:
    """Write files, each into a folder of its own."""
    made = []
    for number, (name, content) in enumerate(files.items()):
        place = folder / str(number) / name
        place.parent.mkdir(parents=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        made.append(place)
    return made


def noise(channels: int, samples: int = 2_400) -> np.ndarray:
    return 0.1 * np.random.default_rng(0).standard_normal((channels, samples)).astype(np.float32)
