"""Samples as whole numbers: scaled, dithered if asked, limited to full scale, and counted if they were limited."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.export.formats import Subtype

SAMPLE_BITS: Final[dict[Subtype, int]] = {"float": 32, "pcm24": 24, "pcm16": 16}
_SEED: Final = 1770


class Quantiser:
    """Turns floating point into whole numbers of one sample format; the same sound always gives the same numbers.

    With `dither` a triangular noise of two steps (peak to peak 2 LSB) is added first, independent in every channel:
    what rounding adds is then a faint, steady hiss that is not correlated with the sound.
    Source: Lipshitz, Wannamaker, Vanderkooy, "Quantization and dither", JAES 40(5), 1992.
    """

    def __init__(self, subtype: Subtype, *, dither: bool = False) -> None:
        self._scale = 2.0 ** (SAMPLE_BITS[subtype] - 1)
        self._noise = np.random.default_rng(_SEED) if dither else None
        self.clipped = 0

    def whole_numbers(self, samples: NDArray[np.float32]) -> NDArray[np.int32]:
        """Return samples (n, C), 1 = full scale, as whole numbers (n, C)."""
        scaled = samples.astype(np.float64) * self._scale
        if self._noise is not None:
            both = self._noise.random((*samples.shape, 2))  # in this order it does not depend on the blocks
            scaled += both[..., 0] - both[..., 1]
        scaled = np.rint(scaled)
        self.clipped += int(np.count_nonzero((scaled > self._scale - 1) | (scaled < -self._scale)))
        return np.clip(scaled, -self._scale, self._scale - 1).astype(np.int32)


def packed(samples: NDArray[np.float32] | NDArray[np.int32], subtype: Subtype) -> bytes:
    """Return samples of one format as the bytes of a file, least significant byte first."""
    if subtype == "float":
        return samples.astype("<f4", copy=False).tobytes()
    if subtype == "pcm16":
        return samples.astype("<i2").tobytes()
    return samples.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
