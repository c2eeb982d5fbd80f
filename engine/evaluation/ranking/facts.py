"""What is measured of a candidate, for its rank and for the reasons that the user reads."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.loudness import LevelMeter
from engine.ambisonics.matching import heard_db
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ, AcnChannel
from engine.evaluation.ranking.faults import clicks_per_second
from engine.evaluation.ranking.features import clip_features
from engine.evaluation.ranking.model import RankModel
from engine.evaluation.ranking.rank import Scores

_FULL_SCALE: Final = 0.98
_SILENCE_POWER: Final = 1e-6


@dataclass(frozen=True)
class Sound:
    """A sound that is known by name, and how near a take is to it: the cosine in the scorer's space, -1 to 1."""

    name: str
    likeness: float


@dataclass(frozen=True)
class TakeFacts:
    """Figures of a take: all are measured.

    `heard_db` is its loudness in the mix, None for silence. `silent_share` and `clipped_share` are 0 to 1.
    `strangeness` is 1 at the 95th percentile of real clips. `nearest` is the known sound that it is most like.
    """

    scores: Scores
    heard_db: float | None
    silent_share: float
    clipped_share: float
    clicks_per_second: float
    strangeness: float
    nearest: Sound | None


def facts_of(
    foa: NDArray[np.floating],
    scores: Scores,
    model: RankModel,
    names: tuple[str, ...] = (),
    embeddings: NDArray[np.floating] | None = None,
) -> TakeFacts:
    """Return the figures of AmbiX (4, N) at 48 kHz; `names` have the sentence embeddings (K, D)."""
    meter = LevelMeter()
    meter.add(np.asarray(foa, np.float32))
    w = np.asarray(foa[AcnChannel.W], np.float64)
    pieces = np.square(w[: w.size // PATCH_SAMPLES * PATCH_SAMPLES].reshape(-1, PATCH_SAMPLES)).mean(axis=1)
    loudness = heard_db(meter.level())
    figures = None if loudness is None else clip_features(foa)
    nearest = None
    if figures is not None and embeddings is not None and len(names):
        likeness = model.meant(embeddings) @ model.heard(figures)
        best = int(np.argmax(likeness))
        nearest = Sound(names[best], float(likeness[best]))
    return TakeFacts(
        scores,
        loudness,
        float(np.mean(pieces < _SILENCE_POWER)) if pieces.size else 0.0,
        float(np.mean(np.abs(foa) >= _FULL_SCALE)),
        clicks_per_second(w) if w.size >= SAMPLE_RATE_HZ // 10 else 0.0,
        0.0 if figures is None else model.strangeness(figures),
        nearest,
    )
