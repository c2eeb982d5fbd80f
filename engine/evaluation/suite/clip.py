"""One clip: the take, its baselines and its reference, all measured, with the data for the report."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.measures.truth import Trajectory
from engine.evaluation.suite.baselines import panned, pink_noise
from engine.evaluation.suite.captions import CLASSES, agrees, named_classes
from engine.evaluation.suite.catalogue import CHANCE, GENERATED, REFERENCE, RETRIEVED
from engine.evaluation.suite.content import Taggers, content_of
from engine.evaluation.suite.film import film_onsets
from engine.evaluation.suite.measure import Measured, Truth, chance_of, measure, own_figures, seconds_of, truth_of
from engine.evaluation.suite.novelty import TrainingSet, read_mono
from engine.evaluation.suite.pairs import Pair, read_sound
from engine.evaluation.suite.sounds import Retriever
from engine.evaluation.suite.spectrogram import Picture, spectrogram
from engine.evaluation.suite.summary import ClipFigures


@dataclass(frozen=True, eq=False)
class ClipResult:
    """One clip for the report: its figures, its directions (S, 3) at `start_s` (S,), and pictures of its sound.

    `onsets_s` are times (K,) of onsets by source (film, take, reference), empty without a film.
    """

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
    onsets_s: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Tools:
    """The inputs of the measurement besides the pair."""

    taggers: Taggers
    training: TrainingSet | None
    retriever: Retriever | None
    seed: int


def measured_clip(
    index: int, pair: Pair, given: Trajectory | None, caption: str, tools: Tools
) -> tuple[ClipResult, Measured, Truth]:
    """Measure a pair; `index` seeds its chance. Raises MediaError if a sound or the film is damaged."""
    rng = np.random.default_rng([tools.seed, index])
    take = read_sound(pair.take)
    recording = None if pair.recording is None else read_sound(pair.recording, pair.convention)
    picture = None if pair.film is None else film_onsets(pair.film, seconds_of(take))
    truth = truth_of(recording, given, seconds_of(take), tools.taggers, picture)
    found = measure(take, truth, tools.taggers)
    chance = chance_of(found, truth, rng)
    content = {GENERATED: found.content, REFERENCE: truth.content}
    if recording is not None:
        content[CHANCE] = content_of(tools.taggers, pink_noise(take.shape[1], rng))
    values = {GENERATED: dict(found.values), CHANCE: chance, REFERENCE: own_figures(truth)}
    retrieved = None
    if tools.retriever is not None and caption:
        sound = tools.retriever.nearest(caption, rng)
        placed = measure(panned(read_mono(sound.path), truth.trajectory, take.shape[1]), truth, tools.taggers)
        content[RETRIEVED], values[RETRIEVED], retrieved = placed.content, dict(placed.values), sound.label
    tagger, named, nearest = tools.taggers.tagger, named_classes(caption), None
    if named and tagger is not None:
        values[CHANCE]["class_agreement"] = len(named) / len(CLASSES)
    for system, what in content.items():
        if system == CHANCE:
            continue
        if named and tagger is not None and what.scores is not None:
            values[system]["class_agreement"] = float(agrees(what.scores, tagger.class_names, named))
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
        figures=ClipFigures(values, content),
        start_s=found.start_s,
        track=found.track,
        true_track=found.true_track,
        picture=spectrogram(found.levels),
        true_picture=None if truth.levels is None else spectrogram(truth.levels),
        nearest_training=nearest,
        retrieved=retrieved,
        onsets_s=_onsets(found, truth),
    )
    return clip, found, truth


def _onsets(found: Measured, truth: Truth) -> dict[str, NDArray[np.float64]]:
    if truth.picture is None:
        return {}
    there = {"film": truth.picture, "take": found.onsets, "reference": truth.onsets}
    return {who: onsets.times_s for who, onsets in there.items() if onsets is not None}


def with_figures(figures: ClipFigures, system: str, more: Mapping[str, float]) -> ClipFigures:
    """Return the figures of a clip with more of one system."""
    values = {name: dict(of_system) for name, of_system in figures.values.items()}
    values.setdefault(system, {}).update(more)
    return replace(figures, values=values)
