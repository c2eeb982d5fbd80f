"""Encoding of point sources into AmbiX."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def sn3d_gains(vectors: ArrayLike) -> NDArray[np.float64]:
    """Return AmbiX gains (..., 4) in the order W, Y, Z, X of unit vectors (..., 3) x, y, z."""
    v = np.asarray(vectors, float)
    return np.stack([np.ones(v.shape[:-1]), v[..., 1], v[..., 2], v[..., 0]], axis=-1)
