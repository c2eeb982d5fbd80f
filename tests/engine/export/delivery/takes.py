"""Takes and films to deliver."""

from pathlib import Path

import numpy as np

from engine.export.ambix_wav import AmbixWriter
from tests.engine.video.made_films import STEADY, write_film

RATE = 48_000


def take(path: Path, seconds: float = 1.5, level: float = 0.1) -> tuple[Path, np.ndarray]:
    """Write a take whose source is on the left and above; return it and its samples (4, n)."""
    rng = np.random.default_rng(2)
    n = round(seconds * RATE)
    mono = level * np.convolve(rng.standard_normal(n + 7), np.ones(8) / 2.8, "valid")
    field = np.stack([mono, 0.8 * mono, 0.5 * mono, 0.33 * mono]).astype(np.float32)
    with AmbixWriter(path) as writer:
        writer.write(field)
    return path, field


def film(path: Path) -> Path:
    """Write a film of 1.2 s."""
    return write_film(path, STEADY[:30], sound_s=1.0)
