"""The perceived content of one clip: embeddings of the patches that sound, and the tagger's mean scores."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.evaluation.taggers import aisfx, yamnet
from engine.evaluation.taggers.listening import listening_signal

_SILENT_CLIP_RMS = 10.0 ** (-70.0 / 20.0)
_SILENT_PATCH_RMS = 10.0 ** (-60.0 / 20.0)
"""At the steady level; YAMNet's embeddings of quieter patches are ten times as long, and would dominate FD."""
_SMALLEST = 1e-6


class Tagger(Protocol):
    """The interface of a tagger; `yamnet.Yamnet` is one."""

    class_names: tuple[str, ...]

    def embeddings(self, mono: NDArray[np.floating], rate_hz: int) -> NDArray[np.float32]:
        """Return embeddings (patches, d) of mono sound (N,), one every 0.48 s."""
        ...

    def mean_scores(self, mono: NDArray[np.floating], rate_hz: int) -> NDArray[np.float32]:
        """Return mean scores (classes,) in 0..1 of mono sound (N,), zeros in silence."""
        ...


class EmbeddingModel(Protocol):
    """The interface of a full-band embedding; `aisfx.Aisfx` is one."""

    def embeddings(self, mono: NDArray[np.floating], rate_hz: int) -> NDArray[np.float32]:
        """Return embeddings (patches, d) of mono sound (N,), one every 1.16 s."""
        ...


@dataclass(frozen=True, eq=False)
class Taggers:
    """The listeners; None for a missing one."""

    tagger: Tagger | None = None
    wide: EmbeddingModel | None = None


NO_TAGGERS: Final = Taggers()


@dataclass(frozen=True, eq=False)
class Content:
    """What the taggers heard of one clip; None for a missing listener.

    `embeddings` (patches, d) of the tagger and `wide` (patches, e) of the full-band embedding are of the patches that
    sound, none in silence. `scores` (classes,) are zeros in silence.
    """

    embeddings: NDArray[np.float32] | None = None
    scores: NDArray[np.float32] | None = None
    wide: NDArray[np.float32] | None = None

    @property
    def mean(self) -> NDArray[np.float64] | None:
        """The clip's one embedding (d,) of the tagger, or None in silence."""
        if self.embeddings is None or not len(self.embeddings):
            return None
        return np.asarray(self.embeddings.mean(axis=0, dtype=np.float64))


NO_CONTENT: Final = Content()


def content_of(taggers: Taggers, mono: NDArray[np.floating], rate_hz: int = SAMPLE_RATE_HZ) -> Content:
    """Listen to W or another mono signal (N,) at a steady level (-20 dBFS); below -70 dBFS it stays silence."""
    wave = np.asarray(mono, np.float64)
    if np.sqrt(np.mean(wave * wave)) > _SILENT_CLIP_RMS:
        wave = listening_signal(wave[None])
    embeddings = scores = wide = None
    if taggers.tagger is not None:
        step_s, length_s = (n / yamnet.RATE_HZ for n in (yamnet.PATCH_HOP_SAMPLES, yamnet.PATCH_SAMPLES))
        embeddings = _sounding(taggers.tagger.embeddings(wave, rate_hz), wave, rate_hz, step_s, length_s)
        scores = taggers.tagger.mean_scores(wave, rate_hz)
    if taggers.wide is not None:
        step_s, length_s = (n / aisfx.RATE_HZ for n in (aisfx.PATCH_HOP_SAMPLES, aisfx.PATCH_SAMPLES))
        wide = _sounding(taggers.wide.embeddings(wave, rate_hz), wave, rate_hz, step_s, length_s)
    return Content(embeddings, scores, wide)


def _sounding(
    embeddings: NDArray[np.float32], wave: NDArray[np.float64], rate_hz: int, step_s: float, length_s: float
) -> NDArray[np.float32]:
    """Return the embeddings of the patches that are above -60 dBFS."""
    starts = np.round(np.arange(len(embeddings)) * step_s * rate_hz).astype(int)
    pieces = [wave[start : start + round(length_s * rate_hz)] for start in starts]
    loud = [bool(piece.size and np.sqrt(np.mean(piece * piece)) > _SILENT_PATCH_RMS) for piece in pieces]
    return embeddings[loud]


def divergence_nats(truth_scores: NDArray[np.floating], scores: NDArray[np.floating]) -> float:
    """Return KL(truth || found) in nats of two clips' mean scores (classes,).

    YAMNet's classes are independent (sigmoid): its scores are made a distribution by their sum, after adding 1e-6, as
    the evaluation of AudioLDM (Liu et al., 2023) does for its classifier. Silence is the even distribution.
    """
    p, q = (
        (s + _SMALLEST) / np.sum(s + _SMALLEST) for s in (np.asarray(v, np.float64) for v in (truth_scores, scores))
    )
    return float(np.sum(p * np.log(p / q)))
