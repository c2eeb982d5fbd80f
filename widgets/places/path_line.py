"""The path of a lane as points of the sphere, close enough together to be drawn as a curve; kept while it stays."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import angle_between
from engine.contract.scene.path_shape import PathShape
from engine.contract.scene.place import LanePath

_STEP_RAD: Final = np.deg2rad(3.0)
_WHOLE_KEYFRAMES: Final = 64
"""A path with more is shown around the present time only: all of it would cover the film."""
_AROUND_SAMPLES: Final = 10 * SAMPLE_RATE_HZ


class PathLine:
    """`vectors` (n, 3) of the line, and `frames` (m, 3) with the `numbers` (m,) of the keyframes on it."""

    def __init__(self) -> None:
        self._path: LanePath | None = None
        self._shape: PathShape | None = None
        self._second = -1
        self.vectors: NDArray[np.float64] = np.zeros((0, 3))
        self.frames: NDArray[np.float64] = np.zeros((0, 3))
        self.numbers: NDArray[np.intp] = np.zeros(0, np.intp)

    def show(self, path: LanePath | None, sample: int) -> None:
        """Take the path of a lane, or none, at a time of the film; one place is no line."""
        second = sample // SAMPLE_RATE_HZ
        is_long = path is not None and len(path.keyframes) > _WHOLE_KEYFRAMES
        if path is self._path and (not is_long or second == self._second):
            return
        if path is None or path.is_fixed:
            self.vectors = self.frames = np.zeros((0, 3))
            self.numbers = np.zeros(0, np.intp)
        else:
            if path is not self._path or self._shape is None:
                self._shape = PathShape(path)
            times = np.array([frame.at_sample for frame in path.keyframes], float)
            self.numbers = np.arange(len(times))
            if is_long:
                near = np.abs(times - second * SAMPLE_RATE_HZ) <= _AROUND_SAMPLES
                around = np.clip(np.flatnonzero(near)[[0, -1]] if near.any() else [0, 0], 0, len(times) - 1)
                self.numbers = np.arange(max(0, around[0] - 1), min(len(times), around[1] + 2))
            self.frames = self._shape.vectors[self.numbers]
            self.vectors = self._shape.vectors_at(_fine(times[self.numbers], self.frames))
        self._path, self._second = path, second


def _fine(times: NDArray[np.float64], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return times that contain `times` and are at most 3 degrees apart."""
    if len(times) < 2:
        return times
    angles = angle_between(vectors[:-1], vectors[1:])
    # In azimuth and elevation a piece may be longer than the great circle, most so near a pole.
    counts = np.clip(np.ceil(1.5 * angles / _STEP_RAD), 1, 90).astype(int)
    pieces = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(times[:-1], times[1:], counts, strict=True)]
    return np.concatenate([*pieces, times[-1:]])
