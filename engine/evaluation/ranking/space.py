"""The direction of a take by steered beams: an independent estimator from the intensity vector in reports.

In 8 bands from 250 Hz to 12 kHz and every half second, cardioids (W + u . [X, Y, Z]) / 2 look in 642 directions u of a
Fibonacci grid. The bands' power maps, each divided by its mean, are summed with the square root of their energies
as weights, so that a loud band does not decide alone (steered response power, DiBiase 2000, on ambisonic beams); the
direction is where the sum is greatest. With one plane wave it is the wave's, to the grid's step of about 4 degrees.
"""

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.encoding import sn3d_gains
from engine.ambisonics.grid import fibonacci_directions
from engine.contract.conventions import SAMPLE_RATE_HZ, AcnChannel
from engine.contract.directions import angle_between

SEGMENT_S: Final = 0.5
_GRID: Final = 642
_FRAME: Final = 1_024
_EDGES_HZ: Final = (250, 500, 1_000, 1_600, 2_500, 4_000, 6_000, 8_500, 12_000)
_SILENCE_POWER: Final = 1e-7
_SILENT_BELOW_PEAK: Final = 1e-3


def steered_directions(foa: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return unit vectors (S, 3) of every half second of AmbiX (4, N) at 48 kHz, and weights (S,).

    The weight is the square root of W's mean square. In silence (below -70 dBFS, or 30 dB below the loudest) the vector
    and the weight are zero.
    """
    length = round(SEGMENT_S * SAMPLE_RATE_HZ)
    starts = range(0, max(foa.shape[1] - length // 2, 1), length)
    pieces = [np.asarray(foa[:, start : start + length], float) for start in starts]
    power = np.array([np.mean(np.square(piece[AcnChannel.W])) for piece in pieces])
    sounds = power > max(_SILENCE_POWER, _SILENT_BELOW_PEAK * power.max())
    directions = fibonacci_directions(_GRID)
    beams = 0.5 * sn3d_gains(directions)
    found = np.zeros((len(pieces), 3))
    for index in np.flatnonzero(sounds):
        found[index] = _loudest(pieces[index], directions, beams)
    return found, np.where(sounds, np.sqrt(power), 0.0)


def spatial_score(foa: NDArray[np.floating], path: NDArray[np.floating]) -> float:
    """Return how near AmbiX (4, N) is to a path (M, 3): 1 on it, 0 opposite or silent.

    The points of the path are even over the clip: one stands for all of it. 1 - angle / pi is averaged over the
    segments that sound, by their weights.
    """
    found, weights = steered_directions(foa)
    if not weights.any():
        return 0.0
    points = np.asarray(path, float)
    middles = (np.arange(len(found)) + 0.5) / len(found) * len(points)
    requested = points[np.minimum(middles.astype(int), len(points) - 1)]
    return float(np.average(1.0 - angle_between(found, requested) / np.pi, weights=weights))


def _loudest(
    piece: NDArray[np.float64], directions: NDArray[np.float64], beams: NDArray[np.float64]
) -> NDArray[np.float64]:
    padded = np.pad(piece, ((0, 0), (0, max(_FRAME - piece.shape[1], 0))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME, axis=1)[:, :: _FRAME // 2]
    spectrum = np.fft.rfft(frames * np.hanning(_FRAME), axis=2)
    bins = np.round(np.array(_EDGES_HZ) * _FRAME / SAMPLE_RATE_HZ).astype(int)
    total = np.zeros(len(beams))
    for low, high in itertools.pairwise(bins):
        band = spectrum[:, :, low:high].reshape(4, -1)
        covariance = (band @ band.conj().T).real
        energy = float(covariance[0, 0])
        power = np.einsum("gi,ij,gj->g", beams, covariance, beams)
        total += np.sqrt(energy) * power / max(float(power.mean()), 1e-12)
    return np.asarray(directions[int(np.argmax(total))])
