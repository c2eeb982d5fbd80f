"""wCS: weighted cosine similarity of sources that are located and detected, half a second at a time (SELD style).

The paper names the metric and takes the directions from a SELD network that is not public. Here the estimator is
`engine.annotation.several.sources_in`: up to four sources a segment on W, X, Y, Z, without names. The take's
sources are matched to the true ones by the largest weighted sum of cosines; a true source without a match (missed, or
silence) counts 0. wCS = sum of w cos / sum of w, from -1 (opposite) over 0 (chance with one source) to 1. w is the true
source's share of the energy times the segment's energy if the truth is a recording, and 1 if it is a trajectory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from engine.ambisonics.intensity import active_intensity
from engine.annotation.several import sources_in
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.evaluation.measures.direction import is_silent, random_directions
from engine.evaluation.measures.truth import Trajectory

WCS_SEGMENT_S: Final = 0.5
_SHORTEST_S: Final = 0.1
_CHANCE_DRAWS: Final = 16


@dataclass(frozen=True, eq=False)
class Sources:
    """The sources of one segment: unit vectors (K, 3) and weights (K,)."""

    vectors: NDArray[np.float64]
    weights: NDArray[np.float64]


NO_SOURCES: Final = Sources(np.zeros((0, 3)), np.zeros(0))


def sources_of_recording(foa: NDArray[np.floating]) -> list[Sources]:
    """Return the sources of AmbiX (4, N) at 48 kHz, one entry every half a second."""
    length = round(WCS_SEGMENT_S * SAMPLE_RATE_HZ)
    segments = []
    for start in range(0, foa.shape[1], length):
        piece = foa[:, start : start + length]
        if piece.shape[1] < _SHORTEST_S * SAMPLE_RATE_HZ and start:
            break
        found = () if is_silent(piece) else sources_in(piece, SAMPLE_RATE_HZ)
        energy = active_intensity(piece)[1] if found else 0.0
        vectors = np.array([source.vector for source in found]).reshape(-1, 3)
        segments.append(Sources(vectors, energy * np.array([source.share for source in found])))
    return segments


def sources_of_trajectory(trajectory: Trajectory, seconds: float) -> list[Sources]:
    """Return the sources of a trajectory over a clip's length, each with weight 1."""
    segments = []
    for start_s in np.arange(0.0, seconds, WCS_SEGMENT_S):
        if start_s and seconds - start_s < _SHORTEST_S:
            break
        vectors = np.array([source.mean_over(float(start_s), WCS_SEGMENT_S) for source in trajectory.sources])
        there = vectors[np.any(vectors, axis=1)]
        segments.append(Sources(there, np.ones(len(there))))
    return segments


def weighted_cosine(found: Sequence[Sources], truth: Sequence[Sources]) -> float | None:
    """Return wCS in -1..1, or None if the truth has no source anywhere; a take that ends early misses the rest."""
    total, weight = 0.0, 0.0
    for index, true in enumerate(truth):
        heard = found[index] if index < len(found) else NO_SOURCES
        cosines = true.weights[:, None] * (true.vectors @ heard.vectors.T)
        rows, columns = linear_sum_assignment(cosines, maximize=True)
        total += float(cosines[rows, columns].sum())
        weight += float(true.weights.sum())
    return total / weight if weight > 0.0 else None


def chance_wcs(found: Sequence[Sources], truth: Sequence[Sources], rng: np.random.Generator) -> float | None:
    """Return the wCS of the same number of sources, each from anywhere (mean of 16 draws)."""
    scores = []
    for _ in range(_CHANCE_DRAWS):
        scattered = [Sources(random_directions(len(s.vectors), rng), s.weights) for s in found]
        score = weighted_cosine(scattered, truth)
        if score is None:
            return None
        scores.append(score)
    return float(np.mean(scores))
