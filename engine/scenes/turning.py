"""Turning a scene's labels and picture about the vertical; `engine.ambisonics.rotation.turn_left` turns its sound.

A turn is a number of columns of the 256-wide conditioning picture: then rolling the picture is exact.
"""

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import CONDITIONING_FRAME_SIZE

_COLUMNS = CONDITIONING_FRAME_SIZE[0]


def angle_of(columns: int) -> float:
    """Return the angle in radians, + left, of a number of columns of the picture."""
    return 2 * np.pi * columns / _COLUMNS


def rotation(angle: float) -> NDArray[np.float64]:
    """Return the matrix (3, 3) that turns vectors x, y, z to the left."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def turn_frames(frames: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Turn equirectangular frames (F, H, 256, 3) to the left by columns; the left is at a quarter of the width."""
    return np.roll(frames, -columns, axis=2)
