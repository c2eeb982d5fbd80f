"""A folder of takes against a folder of references: measures every pair, one in memory at a time, and sums up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import InvalidInputError
from engine.evaluation.suite.captions import CLASSES, agrees, named_classes, read_captions
from engine.evaluation.suite.catalogue import CHANCE, GENERATED, REFERENCE, RETRIEVED
from engine.evaluation.suite.fidelity import log_mel_distance_db
from engine.evaluation.suite.heard import Ear, Heard, divergence_nats, hear
from engine.evaluation.suite.measure import Measured, Truth, chance_of, measure, own_figures, seconds_of, truth_of
from engine.evaluation.suite.novelty import TrainingSet, load_training, read_mono
from engine.evaluation.suite.pairs import Pair, existing_folder, find_pairs, read_report, read_sound
from engine.evaluation.suite.sounds import Embed, Retriever, read_sounds, sentence_embeddings
from engine.evaluation.suite.spectrogram import Picture, spectrogram
from engine.evaluation.suite.summary import ClipFigures, Given, MetricResult, chance_by_other_clips, summarise
from engine.evaluation.suite.truth import Trajectory, read_trajectory
from engine.evaluation.suite.yardsticks import panned, pink_noise

_SPEED = ("first_audio_s", "rtf")


@dataclass(frozen=True)
class EvaluationJob:
    """What to compare. Without `yamnet`, `training`, `sounds` or captions, what needs them is left out and said so."""

    generated: Path
    reference: Path
    captions: Path | None = None
    yamnet: Path | None = None
    training: Path | None = None
    sounds: Path | None = None
    seed: int = 0


@dataclass(frozen=True, eq=False)
class ClipResult:
    """One clip for the report: its figures, its directions (S, 3) at `start_s` (S,), and pictures of its sound."""

    stem: str
    seconds: float
    caption: str
    truth: str
    figures: ClipFigures
    start_s: NDArray[np.float64]
    track: NDArray[np.float64]
    true_track: NDArray[np.float64]
    picture: Picture
    true_picture: Picture | None
    nearest_training: str | None
    retrieved: str | None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All that was found; `notes` are sentences about what was left out."""

    job: EvaluationJob
    metrics: tuple[MetricResult, ...]
    clips: tuple[ClipResult, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Tools:
    """What the measuring needs besides the pair."""

    ear: Ear | None
    training: TrainingSet | None
    retriever: Retriever | None
    seed: int


def evaluate(
    job: EvaluationJob,
    *,
    ear: Ear | None = None,
    embed: Embed | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> Evaluation:
    """Measure all pairs; `progress` hears 0..1. `ear` and `embed` replace YAMNet and the text encoder.

    Raises InvalidInputError, MediaError or CheckpointError for what the person can mend, before anything is measured
    as far as it can be seen then.
    """
    pairs, notes = find_pairs(job.generated, job.reference)
    trajectories, more = _trajectories(pairs)
    notes = [*notes, *more]
    reports = {pair.stem: read_report(pair.report) for pair in pairs}
    captions = _captions(job, pairs, trajectories, reports)
    ear, training, retriever = _load(job, ear, embed, progress)
    tools = _Tools(ear, training, retriever, job.seed)
    begin = 0.5 if training is not None else 0.0
    clips, measured, truths = [], [], []
    for index, pair in enumerate(pairs):
        clip, found, truth = _clip(index, pair, trajectories.get(pair.stem), captions.get(pair.stem, ""), tools)
        speed = {key: float(value) for key, value in reports[pair.stem].items() if key in _SPEED}
        clip = replace(clip, figures=_with(clip.figures, GENERATED, speed))
        clips.append(clip)
        # The sound itself is let go: many clips would not fit.
        measured.append(found)
        truths.append(replace(truth, recording=None))
        progress(begin + (1.0 - begin) * (index + 1) / len(pairs))
    clips = _with_other_clips(clips, measured, truths)
    given = Given(
        yamnet=ear is not None,
        recordings=any(pair.recording is not None for pair in pairs),
        captions=any(named_classes(caption) for caption in captions.values()),
        sounds=retriever is not None and bool(captions),
        training=training is not None,
        reports=any(key in report for report in reports.values() for key in _SPEED),
    )
    metrics = summarise([clip.figures for clip in clips], given, job.seed)
    return Evaluation(job, metrics, tuple(clips), (*notes, *_left_out(given, job, pairs, captions)))


def _trajectories(pairs: tuple[Pair, ...]) -> tuple[dict[str, Trajectory], list[str]]:
    found, notes = {}, []
    for pair in pairs:
        if pair.trajectory is None:
            continue
        try:
            found[pair.stem] = read_trajectory(pair.trajectory)
        except InvalidInputError:
            if pair.recording is None:
                raise
            notes.append(f"{pair.trajectory.name} is not a trajectory: the recording's own direction is the truth.")
    return found, notes


def _captions(
    job: EvaluationJob,
    pairs: tuple[Pair, ...],
    trajectories: Mapping[str, Trajectory],
    reports: Mapping[str, Mapping[str, object]],
) -> dict[str, str]:
    """Return captions of pairs: from the file; else the prompt of the take's report, else the annotation's caption."""
    given = {} if job.captions is None else read_captions(job.captions)
    captions = {}
    for pair in pairs:
        annotated = trajectories[pair.stem].caption if pair.stem in trajectories else ""
        caption = given.get(pair.stem) or str(reports[pair.stem].get("prompt", "")) or annotated
        if caption.strip():
            captions[pair.stem] = caption
    return captions


def _load(
    job: EvaluationJob, ear: Ear | None, embed: Embed | None, progress: Callable[[float], None]
) -> tuple[Ear | None, TrainingSet | None, Retriever | None]:
    if job.training is not None:
        existing_folder(job.training, "folder of training sounds")
    sounds = None if job.sounds is None else read_sounds(job.sounds)
    if ear is None and job.yamnet is not None:
        from engine.evaluation.yamnet import Yamnet

        ear = Yamnet(job.yamnet)
    retriever = None if sounds is None else Retriever(sounds, embed or sentence_embeddings())
    training = None
    if job.training is not None and ear is not None:
        training = load_training(job.training, ear, lambda done: progress(0.5 * done))
    return ear, training, retriever


def _clip(
    index: int, pair: Pair, given: Trajectory | None, caption: str, tools: _Tools
) -> tuple[ClipResult, Measured, Truth]:
    rng = np.random.default_rng([tools.seed, index])
    take = read_sound(pair.take)
    recording = None if pair.recording is None else read_sound(pair.recording)
    truth = truth_of(recording, given, seconds_of(take), tools.ear)
    found = measure(take, truth, tools.ear)
    chance = chance_of(found, truth, rng)
    noise = hear(tools.ear, pink_noise(take.shape[1], rng)) if tools.ear and truth.heard else None
    heard = {GENERATED: found.heard, CHANCE: noise, REFERENCE: truth.heard}
    values = {GENERATED: dict(found.values), CHANCE: chance, REFERENCE: own_figures(truth)}
    retrieved = None
    if tools.retriever is not None and caption:
        sound = tools.retriever.nearest(caption, rng)
        placed = measure(panned(read_mono(sound.path), truth.trajectory, take.shape[1]), truth, tools.ear)
        heard[RETRIEVED], values[RETRIEVED], retrieved = placed.heard, dict(placed.values), sound.label
    named = named_classes(caption)
    if named and tools.ear is not None:
        values[CHANCE]["class_agreement"] = len(named) / len(CLASSES)
    nearest = None
    for system, what in heard.items():
        if what is None or system == CHANCE:
            continue
        if named and tools.ear is not None:
            values[system]["class_agreement"] = float(agrees(what.scores, tools.ear.class_names, named))
        if tools.training is not None and what.mean is not None:
            values[system]["novelty"], name, anywhere = tools.training.nearest(what.mean)
            if system == GENERATED:
                nearest, values[CHANCE]["novelty"] = name, anywhere
    assert found.levels is not None
    clip = ClipResult(
        stem=pair.stem,
        seconds=seconds_of(take),
        caption=caption,
        truth="trajectory" if given is not None else "recording",
        figures=ClipFigures(values, heard),
        start_s=found.start_s,
        track=found.track,
        true_track=found.true_track,
        picture=spectrogram(found.levels),
        true_picture=None if truth.levels is None else spectrogram(truth.levels),
        nearest_training=nearest,
        retrieved=retrieved,
    )
    return clip, found, truth


def _with(figures: ClipFigures, system: str, more: Mapping[str, float]) -> ClipFigures:
    values = {name: dict(of_system) for name, of_system in figures.values.items()}
    values.setdefault(system, {}).update(more)
    return replace(figures, values=values)


def _with_other_clips(clips: list[ClipResult], found: list[Measured], truths: list[Truth]) -> list[ClipResult]:
    """Give the clips their chance of KL and codec figures: each take against the references of others."""
    columns = {
        "kl_nats": (_scores, lambda take, truth: divergence_nats(truth, take)),
        "codec_log_mel_db": (lambda part: part.levels, log_mel_distance_db),
        "codec_level_db": (lambda part: part.level_db, lambda take, truth: abs(take - truth)),
    }
    for key, (part_of, distance) in columns.items():
        parts = [(part_of(take), part_of(truth)) for take, truth in zip(found, truths, strict=True)]
        chances = chance_by_other_clips(parts, distance)
        clips = [
            clip
            if chance is None or key not in clip.figures.values[GENERATED]
            else replace(clip, figures=_with(clip.figures, CHANCE, {key: chance}))
            for clip, chance in zip(clips, chances, strict=True)
        ]
    return clips


def _scores(part: Measured | Truth) -> NDArray[np.float32] | None:
    heard: Heard | None = part.heard
    return None if heard is None else heard.scores


def _left_out(given: Given, job: EvaluationJob, pairs: tuple[Pair, ...], captions: Mapping[str, str]) -> list[str]:
    notes = []
    if not given.yamnet:
        notes.append("FD, KID, KL, text agreement and novelty are left out: they need YAMNet's weights (--yamnet).")
    if not given.recordings:
        notes.append("FD, KID, KL and the codec figures are left out: the references are trajectories without sound.")
    if job.sounds is None:
        notes.append("The yardstick retrieve-and-pan is left out: it needs labelled sounds (--sounds).")
    elif not captions:
        notes.append("The yardstick retrieve-and-pan is left out: no clip has a caption (--captions).")
    without = [pair.stem for pair in pairs if pair.stem not in captions]
    if captions and without:
        notes.append(f"{len(without)} clips have no caption: text agreement and retrieve-and-pan are without them.")
    if job.training is None:
        notes.append("Novelty is left out: it needs the training sounds (--training).")
    if not given.reports:
        notes.append("First audio and real-time factor are left out: no report of generate lies beside the takes.")
    if len(pairs) == 1:
        notes.append("One clip tells little, and has no interval.")
    return notes
