"""From the figures of single clips to one estimate for each metric and baseline, or the reason why there is none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.evaluation.measures.intervals import Estimate, mean_estimate, missing
from engine.evaluation.measures.sets import Embeddings, frechet_estimate, kernel_estimate
from engine.evaluation.suite.catalogue import (
    GENERATED,
    METRICS,
    REFERENCE,
    RETRIEVED,
    SYSTEMS,
    Metric,
)
from engine.evaluation.suite.content import Content

_OF_SETS: Mapping[str, tuple[Callable[..., Estimate], Callable[[Content], Embeddings | None]]] = {
    "fd": (frechet_estimate, lambda content: content.embeddings),
    "kid": (kernel_estimate, lambda content: content.embeddings),
    "fd_aisfx": (frechet_estimate, lambda content: content.wide),
    "kid_aisfx": (kernel_estimate, lambda content: content.wide),
}
_NEEDS_YAMNET = ("fd", "kid", "kl_nats", "class_agreement", "novelty")
_NEEDS_AISFX = ("fd_aisfx", "kid_aisfx")
_OF_FILMS = ("av_onset_f", "av_onset_share", "av_offset_s", "av_lag_s")
_NEEDS_RECORDING = (
    "fd",
    "kid",
    "fd_aisfx",
    "kid_aisfx",
    "kl_nats",
    "codec_log_mel_db",
    "codec_doa_deg",
    "codec_level_db",
)
_OF_REFERENCE = ("class_agreement", "seam_click_db", "seam_share", "seam_change_db", "novelty", *_OF_FILMS)
_OF_REPORTS = ("first_audio_s", "rtf")


@dataclass(frozen=True)
class Given:
    """The inputs of the evaluation."""

    yamnet: bool
    aisfx: bool
    recordings: bool
    captions: bool
    sounds: bool
    training: bool
    films: bool
    reports: bool


@dataclass(frozen=True, eq=False)
class ClipFigures:
    """One clip: figures by system and metric key, and the perceived content of each system's take."""

    values: Mapping[str, Mapping[str, float]]
    content: Mapping[str, Content]


@dataclass(frozen=True)
class MetricResult:
    """A metric and its estimate for each of `catalogue.SYSTEMS`."""

    metric: Metric
    estimates: Mapping[str, Estimate]


def summarise(clips: Sequence[ClipFigures], given: Given, seed: int) -> tuple[MetricResult, ...]:
    """Return every metric of the catalogue, in its order; the same seed gives the same intervals."""
    return tuple(
        MetricResult(metric, {system: _estimate(metric, system, clips, given, seed) for system in SYSTEMS})
        for metric in METRICS
    )


def _estimate(metric: Metric, system: str, clips: Sequence[ClipFigures], given: Given, seed: int) -> Estimate:
    reason = _why_not(metric.key, system, given)
    if reason is not None:
        return missing(reason)
    if metric.key in _OF_SETS:
        estimate, part_of = _OF_SETS[metric.key]
        return estimate(*_sets(clips, system, part_of), seed)
    values = [clip.values.get(system, {}).get(metric.key) for clip in clips]
    reason = "nothing sets in" if metric.key in _OF_FILMS else "no clip could be measured"
    return mean_estimate(values, seed, reason)


def _sets(
    clips: Sequence[ClipFigures], system: str, part_of: Callable[[Content], Embeddings | None]
) -> tuple[list[Embeddings], list[Embeddings]]:
    """Return a system's embeddings and the reference's, of the clips in which every system sounds: the same for all."""
    found, truth = [], []
    for clip in clips:
        parts = {side: part for side, what in clip.content.items() if (part := part_of(what)) is not None}
        if system in parts and REFERENCE in parts and all(map(len, parts.values())):
            found.append(parts[system])
            truth.append(parts[REFERENCE])
    return found, truth


def _why_not(key: str, system: str, given: Given) -> str | None:
    if key in _OF_REPORTS and system != GENERATED:
        return "nothing to time"
    if system == REFERENCE and key not in _OF_REFERENCE:
        return "it is the truth"
    lacks = (
        (key in _NEEDS_YAMNET and not given.yamnet, "no --yamnet"),
        (key in _NEEDS_AISFX and not given.aisfx, "no --aisfx"),
        (key in _OF_FILMS and not given.films, "no film beside a reference"),
        ((key in _NEEDS_RECORDING or system == REFERENCE) and not given.recordings, "no reference recording"),
        (key == "class_agreement" and not given.captions, "no caption names a class"),
        (key == "novelty" and not given.training, "no --training"),
        (key in _OF_REPORTS and not given.reports, "no report beside the takes"),
        (system == RETRIEVED and not given.sounds, "no --sounds, or no caption"),
    )
    return next((reason for lack, reason in lacks if lack), None)


def chance_by_other_clips(
    pairs: Sequence[tuple[object, object]], distance: Callable[[object, object], float], most: int = 8
) -> list[float | None]:
    """Return for each (take, reference) the mean distance of the take to other clips' references, up to `most`.

    A pair with None on a side takes no part and gets None; so does the only one.
    """
    there = [index for index, (take, truth) in enumerate(pairs) if take is not None and truth is not None]
    means: list[float | None] = [None] * len(pairs)
    for place, index in enumerate(there):
        others = [there[(place + step) % len(there)] for step in range(1, min(most, len(there) - 1) + 1)]
        if others:
            means[index] = sum(distance(pairs[index][0], pairs[other][1]) for other in others) / len(others)
    return means
