"""Sounds and sound fields whose truth is known."""

from pathlib import Path

import numpy as np

from engine.contract.directions import Direction, angle_between
from engine.export.ambix_wav import AmbixWriter

RATE = 48_000


def noise(seconds: float, seed: int) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(int(seconds * RATE))).astype(np.float32)


def diffuse(seconds: float, level_db: float, seed: int) -> np.ndarray:
    field = 0.1 * np.random.default_rng(seed).standard_normal((4, int(seconds * RATE)))
    field[1:] /= np.sqrt(3.0)
    return (field * 10 ** (level_db / 20)).astype(np.float32)


def written(path: Path, foa: np.ndarray) -> Path:
    with AmbixWriter(path) as writer:
        writer.write(foa.astype(np.float32))
    return path


def error_deg(found: np.ndarray, asked: Direction) -> float:
    return float(np.degrees(angle_between(found, asked.unit_vector())))


def patchy(seed: int) -> np.ndarray:
    """Return a second of noise that comes and goes in time and frequency, as sounds do."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.normal(size=(40, 1_200)), axis=1)
    here = np.repeat(rng.random((10, 20)) < 0.25, 4, axis=0)
    spectrum *= np.repeat(here, -(-spectrum.shape[1] // 20), axis=1)[:, : spectrum.shape[1]]
    return np.fft.irfft(spectrum, 1_200, axis=1).reshape(-1).astype(np.float32)
