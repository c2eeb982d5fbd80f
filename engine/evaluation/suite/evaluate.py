"""A folder of takes against a folder of references: measures every pair, one in memory at a time, and summarises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.contract.errors import InvalidInputError
from engine.evaluation.measures.fidelity import log_mel_distance_db
from engine.evaluation.measures.truth import Trajectory, read_trajectory
from engine.evaluation.suite.captions import named_classes, read_captions
from engine.evaluation.suite.catalogue import CHANCE, GENERATED
from engine.evaluation.suite.clip import ClipResult, Tools, measured_clip, with_figures
from engine.evaluation.suite.content import NO_TAGGERS, EmbeddingModel, Tagger, Taggers, divergence_nats
from engine.evaluation.suite.left_out import left_out
from engine.evaluation.suite.measure import Measured, Truth
from engine.evaluation.suite.novelty import load_training
from engine.evaluation.suite.pairs import Pair, existing_folder, find_pairs, read_report
from engine.evaluation.suite.sounds import Embed, Retriever, read_sounds, sentence_embeddings
from engine.evaluation.suite.summary import Given, MetricResult, chance_by_other_clips, summarise
from engine.export.reading.source import Convention

_SPEED = ("first_audio_s", "rtf")


@dataclass(frozen=True)
class EvaluationJob:
    """What to compare.

    Without `yamnet`, `aisfx`, `training`, `sounds` or captions, the figures that need them are left out with a note.
    `known` gets the absolute path of a sound of `training` or `sounds` and returns whether the model may have been
    trained on it; None takes all. `suite` describes, for the report, how the takes and references were made.
    """

    generated: Path
    reference: Path
    captions: Path | None = None
    yamnet: Path | None = None
    training: Path | None = None
    sounds: Path | None = None
    seed: int = 0
    aisfx: bool = False
    known: Callable[[Path], bool] | None = None
    suite: Mapping[str, Any] | None = None
    convention: Convention | None = None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All results; `notes` are sentences about omissions and oddities."""

    job: EvaluationJob
    metrics: tuple[MetricResult, ...]
    clips: tuple[ClipResult, ...]
    notes: tuple[str, ...]


def load_taggers(yamnet: Path | None, aisfx: bool) -> Taggers:
    """Return YAMNet of these weights and aiSFX, as far as requested; raises CheckpointError."""
    tagger: Tagger | None = None
    wide: EmbeddingModel | None = None
    if yamnet is not None:
        from engine.evaluation.taggers.yamnet import Yamnet

        tagger = Yamnet(yamnet)
    if aisfx:
        from engine.evaluation.taggers.aisfx import Aisfx

        wide = Aisfx()
    return Taggers(tagger, wide)


def evaluate(
    job: EvaluationJob,
    taggers: Taggers = NO_TAGGERS,
    *,
    embed: Embed | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> Evaluation:
    """Measure all pairs; `progress` gets the share that is done, 0 to 1.

    `taggers` are those that `load_taggers` returns for the job; `embed` replaces the text encoder.

    Raises InvalidInputError, MediaError or CheckpointError for an error that the user can fix, if possible before
    anything is measured.
    """
    pairs, notes = find_pairs(job.generated, job.reference, job.convention)
    trajectories, more = _trajectories(pairs)
    notes = (*notes, *more)
    reports = {pair.stem: read_report(pair.report) for pair in pairs}
    captions = _captions(job, pairs, trajectories, reports)
    tools = _load(job, taggers, embed, progress)
    begin = 0.5 if tools.training is not None else 0.0
    clips, measured, truths = [], [], []
    for index, pair in enumerate(pairs):
        caption = captions.get(pair.stem, "")
        clip, found, truth = measured_clip(index, pair, trajectories.get(pair.stem), caption, tools)
        speed = {key: float(value) for key, value in reports[pair.stem].items() if key in _SPEED}
        clip = replace(clip, figures=with_figures(clip.figures, GENERATED, speed))
        clips.append(clip)
        # The sound itself is released: many clips would not fit.
        measured.append(found)
        truths.append(replace(truth, recording=None))
        progress(begin + (1.0 - begin) * (index + 1) / len(pairs))
    clips = _with_other_clips(clips, measured, truths)
    given = Given(
        yamnet=tools.taggers.tagger is not None,
        aisfx=tools.taggers.wide is not None,
        recordings=any(pair.recording is not None for pair in pairs),
        captions=any(named_classes(caption) for caption in captions.values()),
        sounds=tools.retriever is not None and bool(captions),
        training=tools.training is not None,
        films=any(pair.film is not None for pair in pairs),
        reports=any(key in report for report in reports.values() for key in _SPEED),
    )
    metrics = summarise([clip.figures for clip in clips], given, job.seed)
    silent = sum(found.silent for found in measured)
    without = left_out(given, len(pairs), silent, captions, job.sounds is not None, job.training is not None)
    return Evaluation(job, metrics, tuple(clips), (*notes, *without))


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
            notes.append(
                f"{pair.trajectory.name} is not a trajectory: the recording's own direction is used as the truth."
            )
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


def _load(job: EvaluationJob, taggers: Taggers, embed: Embed | None, progress: Callable[[float], None]) -> Tools:
    if job.training is not None:
        existing_folder(job.training, "folder of training sounds")
    known = job.known or (lambda path: True)
    sounds = None if job.sounds is None else read_sounds(job.sounds, known)
    retriever = None if sounds is None else Retriever(sounds, embed or sentence_embeddings())
    training = None
    if job.training is not None and taggers.tagger is not None:
        training = load_training(job.training, taggers.tagger, lambda done: progress(0.5 * done), known)
    return Tools(taggers, training, retriever, job.seed)


def _with_other_clips(clips: list[ClipResult], found: list[Measured], truths: list[Truth]) -> list[ClipResult]:
    """Add the chance of KL and codec figures to the clips: each take against the references of others."""
    columns: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], float]]] = {
        "kl_nats": (lambda part: part.content.scores, lambda take, truth: divergence_nats(truth, take)),
        "codec_log_mel_db": (lambda part: part.levels, log_mel_distance_db),
        "codec_level_db": (lambda part: part.level_db, lambda take, truth: abs(take - truth)),
    }
    for key, (part_of, distance) in columns.items():
        parts = [(part_of(take), part_of(truth)) for take, truth in zip(found, truths, strict=True)]
        chances = chance_by_other_clips(parts, distance)
        clips = [
            clip
            if chance is None or key not in clip.figures.values[GENERATED]
            else replace(clip, figures=with_figures(clip.figures, CHANCE, {key: chance}))
            for clip, chance in zip(clips, chances, strict=True)
        ]
    return clips
