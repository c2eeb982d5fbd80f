"""Ranks the candidates that a user asked for: the best first, with reasons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.ranking.facts import facts_of
from engine.evaluation.ranking.model import RankModel
from engine.evaluation.ranking.rank import ScoreRequest, score
from engine.evaluation.ranking.reasons import reasons_of

EncodeText = Callable[[str], NDArray[np.floating]]
"""A text to its sentence embedding (384,)."""


@dataclass(frozen=True, eq=False)
class Scorer:
    """The fitted scorer, the encoder of words, and the known sounds: `names` and their embeddings (K, 384)."""

    model: RankModel
    encode: EncodeText
    names: tuple[str, ...] = ()
    embeddings: NDArray[np.floating] | None = None


@dataclass(frozen=True)
class Ranked:
    """A candidate by its place in the list that was given; `score` is 0 (worst) to 1."""

    index: int
    score: float
    reasons: tuple[str, ...]


def rank(
    candidates: Sequence[NDArray[np.floating]],
    words: str,
    direction: NDArray[np.floating] | None,
    scorer: Scorer,
) -> list[Ranked]:
    """Return AmbiX takes (4, N) at 48 kHz in the order of their scores; equal ones keep their order.

    `words` "" and `direction` (a unit vector (3,)) None were not asked for, and do not count.
    """
    text = scorer.encode(words) if words else None
    request = ScoreRequest(text, None if direction is None else np.asarray(direction)[None])
    scores = score(candidates, request, scorer.model)
    facts = [
        facts_of(foa, own, scorer.model, scorer.names, scorer.embeddings)
        for foa, own in zip(candidates, scores, strict=True)
    ]
    reasons = reasons_of(facts, words)
    order = sorted(range(len(candidates)), key=lambda index: -scores[index].total)
    return [Ranked(index, scores[index].total, reasons[index]) for index in order]
