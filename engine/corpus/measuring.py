"""Measures of a file's samples: levels, clipping, and the relations of four channels. One pass in bounded memory."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.intensity import DOA_BAND_HZ
from engine.annotation.several import band_covariance
from engine.contract.conventions import FOA_CHANNELS
from engine.export.reading.source import Block

_NEAR_FULL_SCALE: Final = 0.985
_FLAT: Final = 1e-6
_STEEP: Final = 1e-3
_READ_BYTES: Final = 1 << 20


@dataclass(frozen=True, eq=False)
class Measures:
    """Measures of a whole file: decoded `seconds`, `peak` (1 = full scale), `loudest_rms` of its loudest second.

    `clipped` is the number of clipped peaks.
    `band` (4, 4) is the covariance of W, X, Y, Z in N3D in 500 Hz - 8 kHz, zero if there are not four channels.
    """

    seconds: float
    peak: float
    loudest_rms: float
    clipped: int
    band: NDArray[np.float64]

    @property
    def first_order_ratio(self) -> float:
        """Power of X, Y and Z together over that of W, in SN3D.

        Any field of plane waves gives 1 in AmbiX, near or diffuse; FuMa taken for AmbiX gives 2, N3D gives 3.
        """
        powers = np.diag(self.band)
        return float(powers[1:].sum() / 3.0 / max(powers[0], 1e-20))

    @property
    def correlations(self) -> NDArray[np.float64]:
        """Correlations (4, 4) of W, X, Y, Z in the band."""
        lengths = np.sqrt(np.maximum(np.diag(self.band), 1e-20))
        correlations: NDArray[np.float64] = self.band / np.outer(lengths, lengths)
        return correlations


def measure(sound: Iterator[Block], rate_hz: int, progress: Callable[[float], None]) -> Measures:
    """Return the measures of a sound in blocks (C, n) of about a second; `progress` gets the finished seconds."""
    samples = clipped = 0
    peak = loudest = 0.0
    band = np.zeros((FOA_CHANNELS, FOA_CHANNELS))
    for block in sound:
        size = np.abs(block)
        samples += block.shape[1]
        peak = max(peak, float(size.max(initial=0.0)))
        loudest = max(loudest, float(np.max(np.mean(np.square(block, dtype=np.float64), axis=1), initial=0.0)))
        clipped += _plateaus(block)
        if block.shape[0] == FOA_CHANNELS:
            band += band_covariance(block, rate_hz, DOA_BAND_HZ)
        progress(samples / rate_hz)
    return Measures(samples / rate_hz, peak, float(np.sqrt(loudest)), clipped, band)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _plateaus(block: Block) -> int:
    """Return how many peaks of a block (C, n) are clipped: a steep rise to full scale, then three equal samples.

    The steep rise distinguishes them from the top of a loud low tone, which may repeat a sample or two.
    """
    step = np.abs(np.diff(block, axis=1))
    flat = step < _FLAT
    # Two steps together: the one that meets full scale is cut short itself.
    steep = step[:, :-3] + step[:, 1:-2] > _STEEP
    full = np.abs(block[:, 2:-2]) >= _NEAR_FULL_SCALE
    return int(np.count_nonzero(steep & ~flat[:, 1:-2] & flat[:, 2:-1] & flat[:, 3:] & full))
