"""Sound that crosses a thread or a process."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class FoaBlock:
    """A stretch of generated AmbiX.

    `samples` is (4, n) float32 in ACN order W, Y, Z, X, SN3D. Nothing writes to it after hand-over.
    `start_sample` counts from the start of the film; `epoch` grows with every seek or reset.
    """

    epoch: int
    start_sample: int
    samples: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Check the shape and the type."""
        if self.samples.ndim != 2 or self.samples.shape[0] != 4 or self.samples.dtype != np.float32:
            raise ValueError(f"FoaBlock needs (4, n) float32, not {self.samples.shape} {self.samples.dtype}.")
