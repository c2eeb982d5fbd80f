"""Whether four channels without a stated convention sound like FuMa: this only causes a notice, never a change.

Uncorrelated plane waves, whatever their directions, have as much energy in Y, Z and X together as in W if the file is
AmbiX, and twice as much if it is FuMa, whose W is 3 dB lower. Microphones and coherent echoes spread that ratio, so it
is taken in cells of time and frequency, and the order of the channels is checked as well: height, which is third in
AmbiX and last in FuMa, mostly has the least energy.

Its measured error rates are in engine/export/README.md.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.export.reading.source import Block

_EDGES_HZ: Final = (200.0, 400.0, 800.0, 1_600.0, 3_200.0)
_FRAME_S: Final = 0.021
_FRAMES_PER_CELL: Final = 8
_QUIETEST: Final = 1e-5
"""Cells 50 dB below the loudest one are ignored."""
_FEWEST_CELLS: Final = 16
_MORE_THAN_AMBIX: Final = 1.5
_LAST_IS_WEAKEST: Final = 0.5
_PLANE_WAVE: Final = 0.9
_SHARE_OF_PLANE_WAVES: Final = 0.3
_FUMA_RATIO: Final = (1.8, 2.2)


def sounds_like_fuma(excerpts: Iterable[Block], rate_hz: int) -> bool:
    """Return whether excerpts (4, n) suggest FuMa; False for silence and for less than about a second."""
    found = [cells for excerpt in excerpts if len(cells := _cells(excerpt, rate_hz))]
    if not found:
        return False
    cells = np.concatenate(found)
    cells = cells[cells[:, 0] > _QUIETEST * cells[:, 0].max()]
    if len(cells) < _FEWEST_CELLS or not np.all(np.isfinite(cells)):
        return False
    w, first, third, last, coherent = cells.T
    ratio = (first + third + last) / w
    order_speaks = np.mean(last < third) >= _LAST_IS_WEAKEST
    if np.median(ratio) > _MORE_THAN_AMBIX and order_speaks:
        return True
    # A single source without a room has this very ratio in nearly every cell, in any direction.
    single = ratio[coherent > _PLANE_WAVE]
    if len(single) < _SHARE_OF_PLANE_WAVES * len(ratio):
        return False
    low, high = np.percentile(single, (10, 90))
    return bool(_FUMA_RATIO[0] < low and high < _FUMA_RATIO[1])


def _cells(foa: Block, rate_hz: int) -> NDArray[np.float64]:
    """Return one row per cell: energy of W and of the three others, and how close they are to W times a gain (0..1)."""
    frame = 2 * round(_FRAME_S * rate_hz / 2)
    hop = frame // 2
    if foa.shape[1] < frame + (_FRAMES_PER_CELL - 1) * hop or not np.all(np.isfinite(foa)):
        return np.zeros((0, 5))
    frames = np.lib.stride_tricks.sliding_window_view(foa.astype(np.float64), frame, axis=1)[:, ::hop]
    frames = frames[:, : frames.shape[1] // _FRAMES_PER_CELL * _FRAMES_PER_CELL]
    spectrum = np.fft.rfft(frames * np.hanning(frame), axis=2)
    frequency = np.fft.rfftfreq(frame, 1.0 / rate_hz)
    rows = []
    for low, high in pairwise(_EDGES_HZ):
        band = spectrum[:, :, (frequency >= low) & (frequency < high)]
        cells = band.reshape(4, band.shape[1] // _FRAMES_PER_CELL, -1)
        energy = np.sum(np.abs(cells) ** 2, axis=2)
        together = np.sum(np.real(np.conj(cells[:1]) * cells[1:]), axis=2)
        tiny = np.finfo(np.float64).tiny
        coherent = np.sum(together**2, axis=0) / np.maximum(energy[0] * energy[1:].sum(axis=0), tiny)
        rows.append(np.stack([np.maximum(energy[0], tiny), *energy[1:], coherent], axis=1))
    return np.concatenate(rows)
