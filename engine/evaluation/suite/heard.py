"""What the tagger hears of one clip: embeddings of the patches that sound, and mean scores."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.evaluation.prompt_eval import listening_signal
from engine.evaluation.yamnet import PATCH_HOP_SAMPLES, PATCH_SAMPLES, RATE_HZ

_SILENCE_RMS = 10.0 ** (-70.0 / 20.0)
_SMALLEST = 1e-6


class Ear(Protocol):
    """What is needed of a tagger; `yamnet.Yamnet` is one."""

    class_names: tuple[str, ...]

    def embeddings(self, mono: NDArray[np.floating], rate_hz: int) -> NDArray[np.float32]:
        """Return embeddings (patches, d) of mono sound (N,), one every 0.48 s."""
        ...

    def mean_scores(self, mono: NDArray[np.floating], rate_hz: int) -> NDArray[np.float32]:
        """Return mean scores (classes,) in 0..1 of mono sound (N,), zeros in silence."""
        ...


@dataclass(frozen=True, eq=False)
class Heard:
    """`embeddings` (patches, d) of the patches that sound, none in silence; `scores` (classes,), zeros in silence."""

    embeddings: NDArray[np.float32]
    scores: NDArray[np.float32]

    @property
    def mean(self) -> NDArray[np.float64] | None:
        """The clip's one embedding (d,), or None in silence."""
        return self.embeddings.mean(axis=0, dtype=np.float64) if len(self.embeddings) else None


def hear(ear: Ear, mono: NDArray[np.floating], rate_hz: int = SAMPLE_RATE_HZ) -> Heard:
    """Listen to W or another mono signal (N,) at a steady level (-20 dBFS)."""
    wave = listening_signal(np.asarray(mono)[None])
    embeddings = ear.embeddings(wave, rate_hz)
    sounding = [_sounds(wave, rate_hz, patch) for patch in range(len(embeddings))]
    return Heard(embeddings[sounding], ear.mean_scores(wave, rate_hz))


def _sounds(wave: NDArray[np.float64], rate_hz: int, patch: int) -> bool:
    start, length = (round(samples * rate_hz / RATE_HZ) for samples in (patch * PATCH_HOP_SAMPLES, PATCH_SAMPLES))
    piece = wave[start : start + length]
    return bool(piece.size and np.sqrt(np.mean(piece * piece)) > _SILENCE_RMS)


def divergence_nats(truth_scores: NDArray[np.floating], scores: NDArray[np.floating]) -> float:
    """Return KL(truth || found) in nats of two clips' mean scores (classes,).

    YAMNet's classes are independent (sigmoid): its scores are made a distribution by their sum, after adding 1e-6, as
    the evaluation of AudioLDM (Liu et al., 2023) does for its classifier. Silence is the even distribution.
    """
    p, q = (
        (s + _SMALLEST) / np.sum(s + _SMALLEST) for s in (np.asarray(v, np.float64) for v in (truth_scores, scores))
    )
    return float(np.sum(p * np.log(p / q)))
