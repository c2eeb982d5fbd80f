"""Rotation of a first-order field into the listener's view, without clicks while the view moves.

A view turned to the left by psi brings the source at azimuth psi to the front:
X' = cos psi X + sin psi Y; Y' = -sin psi X + cos psi Y. W is untouched.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.view import FRONT, ViewOrientation, head_axes

FADE_SAMPLES: Final = 512
"""A new view is reached within 10.7 ms at 48 kHz: too slow to click, too fast to be noticed as a lag."""
_FAR: Final = 0.5
"""A turn by 30 degrees at once, which no steady turning reaches. It fades in half the time: it is late already."""


def rotation_matrix(view: ViewOrientation) -> NDArray[np.float64]:
    """Return the (4, 4) matrix R in ACN order for which `R @ foa` is the field as the turned head hears it."""
    to_view = head_axes(view).T
    order = [1, 2, 0]  # x, y, z -> Y, Z, X
    matrix = np.eye(4)
    matrix[1:, 1:] = to_view[np.ix_(order, order)]
    return matrix


def turn_left(foa: NDArray[np.float32], angle_rad: float) -> NDArray[np.float32]:
    """Return AmbiX (4, N) turned to the left about the vertical: a source at azimuth a then is at a + `angle_rad`."""
    w, y, z, x = foa
    cosine, sine = np.float32(np.cos(angle_rad)), np.float32(np.sin(angle_rad))
    return np.stack([w, sine * x + cosine * y, z, cosine * x - sine * y])


class BlockRotator:
    """Rotates a stream block by block; a new view is faded in over `FADE_SAMPLES`, however the stream is cut.

    A view that is far away takes half of them. A near one takes all, so that steady turning has no steps.

    The matrix itself moves in a straight line from its current value to the new view, so the gain of every channel is
    continuous. A view that changes during a fade starts a new fade from the matrix reached so far. Not thread-safe.
    """

    def __init__(self, view: ViewOrientation = FRONT) -> None:
        self.jump_to(view)

    def jump_to(self, view: ViewOrientation) -> None:
        """Take a view at once, without a fade: for the start of a stream and after a seek."""
        self._view = view
        self._start = rotation_matrix(view).astype(np.float32)
        self._target = self._start
        self._fade_samples = self._faded_samples = FADE_SAMPLES

    def process(self, foa: NDArray[np.float32], view: ViewOrientation) -> NDArray[np.float32]:
        """Return the rotated block (4, n) float32 of a block (4, n); the fade towards a new `view` starts with it."""
        if view != self._view:
            self._retarget(view)
        n = foa.shape[1]
        fading = min(n, self._fade_samples - self._faded_samples)
        rotated: NDArray[np.float32] = (self._target @ foa).astype(np.float32, copy=False)
        if fading > 0:
            done = np.arange(self._faded_samples + 1, self._faded_samples + fading + 1, dtype=np.float32)
            done /= self._fade_samples
            leaving = self._start @ foa[:, :fading]
            rotated[:, :fading] = leaving + done * (rotated[:, :fading] - leaving)
            self._faded_samples += fading
        return rotated

    def _retarget(self, view: ViewOrientation) -> None:
        reached = np.float32(self._faded_samples / self._fade_samples)
        self._start = self._start + reached * (self._target - self._start)
        self._target = rotation_matrix(view).astype(np.float32)
        is_far = float(np.abs(self._target - self._start).max()) > _FAR
        self._fade_samples = FADE_SAMPLES // 2 if is_far else FADE_SAMPLES
        self._faded_samples = 0
        self._view = view
