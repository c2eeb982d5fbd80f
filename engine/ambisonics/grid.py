"""Directions that cover the sphere."""

import numpy as np
from numpy.typing import NDArray


def fibonacci_directions(count: int) -> NDArray[np.float64]:
    """Return unit vectors (count, 3) x, y, z, nearly even over the sphere (Fibonacci lattice)."""
    index = np.arange(count) + 0.5
    z = 1.0 - 2.0 * index / count
    azimuth = np.pi * (1.0 + 5.0**0.5) * index
    ring = np.sqrt(1 - z * z)
    return np.stack([ring * np.cos(azimuth), ring * np.sin(azimuth), z], axis=1)
