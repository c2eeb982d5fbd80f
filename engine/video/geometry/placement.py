"""The interface of every projection: the position of a direction in its picture."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.video.geometry.rays import Rays


@dataclass(frozen=True, eq=False)
class Places:
    """Positions in a picture in pixels (0 is the centre of the first one), float32, and which rays it covers.

    A ray that is not covered has some position inside the picture.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    shown: NDArray[np.bool_] | None = None
    """None: all."""


class Placement(Protocol):
    """A projection of the sphere into a picture of any size."""

    @property
    def parts(self) -> tuple[int, int]:
        """Columns and rows of parts that must not run into each other when the picture is reduced."""

    @property
    def wraps(self) -> bool:
        """Whether the picture's left edge continues at its right edge."""

    def pixels_around(self, width: int, height: int) -> tuple[float, float]:
        """Return the pixels in a full turn for a picture of this size, along its rows and along its columns."""

    def places(self, rays: Rays, width: int, height: int) -> Places:
        """Return the positions of rays in a picture of this size."""


def inside(position: NDArray[np.floating[Any]], size: float) -> NDArray[np.float32]:
    """Return positions clamped to the centres of a row of `size` pixels."""
    within: NDArray[np.float32] = np.clip(position, np.float32(0.0), np.float32(size - 1.0)).astype(
        np.float32, copy=False
    )
    return within
