"""Which of several takes is nearest to the request? The scorer of ODPO, and of candidates for the user.

total = 0.4 spatial + 0.4 semantic + 0.2 fidelity (paper, "ODPO"). Conditions that were not requested (no direction, no
words) have no score and their weight goes to the others. Reports use none of it: no tagger, no intensity
vector.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import AcnChannel
from engine.contract.errors import InvalidInputError
from engine.evaluation.ranking.faults import fault_factor
from engine.evaluation.ranking.features import clip_features
from engine.evaluation.ranking.model import RankModel
from engine.evaluation.ranking.space import spatial_score

SPATIAL, SEMANTIC, FIDELITY = 0.4, 0.4, 0.2
_SILENCE_POWER = 1e-7


@dataclass(frozen=True, eq=False)
class ScoreRequest:
    """The request that takes are scored against.

    `text`: a sentence embedding (384,), or None without words. `path` (M, 3): unit vectors, even over the
    take, of the direction that was drawn or that the film shows; one stands for all of it; None for any direction.
    """

    text: NDArray[np.floating] | None = None
    path: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        """Check the path's shape."""
        if self.path is not None and (self.path.ndim != 2 or self.path.shape[1:] != (3,) or not len(self.path)):
            raise InvalidInputError("A direction to score against is a list of x, y, z: specify at least one.")


@dataclass(frozen=True)
class Scores:
    """Each 0 (worst) to 1 (best); None if it was not requested."""

    spatial: float | None
    semantic: float | None
    fidelity: float

    @property
    def total(self) -> float:
        """The weighted mean of the scores that there are."""
        parts = ((SPATIAL, self.spatial), (SEMANTIC, self.semantic), (FIDELITY, self.fidelity))
        there = [(weight, value) for weight, value in parts if value is not None]
        return sum(weight * value for weight, value in there) / sum(weight for weight, _ in there)


def score(candidates: Sequence[NDArray[np.floating]], request: ScoreRequest, model: RankModel) -> list[Scores]:
    """Return the scores of AmbiX takes (4, N) at 48 kHz, in order."""
    return [_score(foa, request, model) for foa in candidates]


def best_first(candidates: Sequence[NDArray[np.floating]], request: ScoreRequest, model: RankModel) -> list[int]:
    """Return the places of the takes, the best one first; equal ones keep their order."""
    totals = [scores.total for scores in score(candidates, request, model)]
    return sorted(range(len(totals)), key=lambda index: -totals[index])


def _score(foa: NDArray[np.floating], request: ScoreRequest, model: RankModel) -> Scores:
    # In silence nothing can be right or wrong: it must never win.
    silent = float(np.mean(np.square(foa[AcnChannel.W], dtype=np.float64))) < _SILENCE_POWER
    spatial = None if request.path is None else 0.0 if silent else spatial_score(foa, request.path)
    if silent:
        return Scores(spatial, None if request.text is None else 0.0, 0.0)
    figures = clip_features(foa)
    semantic = None if request.text is None else model.semantic(figures, request.text)
    return Scores(spatial, semantic, float(np.exp(-model.strangeness(figures))) * fault_factor(foa))
