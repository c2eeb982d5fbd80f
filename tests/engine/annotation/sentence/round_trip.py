"""Captions whose truth is known, and how much of it is read back from their words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.annotation.captions import caption_by_rules
from engine.annotation.sentence.ideas import LaneIdea, lane_ideas
from engine.annotation.tracks import Track
from engine.contract.directions import Direction, unit_vectors
from engine.scenes.wording import Phrase, describe_scene
from engine.words.movement import Movement
from engine.words.vocabulary import place_in_words

Sounds = Sequence[tuple[str, str]]
"""Pairs of a name and its class."""


@dataclass
class Figures:
    """How many sources captions held and how many were read, of these how many right; `wrong` has examples."""

    sources: int = 0
    read: int = 0
    placed: int = 0
    right_place: int = 0
    named: int = 0
    right_class: int = 0
    unknown_class: int = 0
    captions: int = 0
    right_count: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def place(self) -> float:
        """The part of the places that were read right."""
        return self.right_place / max(self.placed, 1)

    @property
    def sound_class(self) -> float:
        """The part of the classes that were read right, of all that were named."""
        return self.right_class / max(self.named, 1)

    @property
    def count(self) -> float:
        """The part of the captions in which as many lanes were read as there were sources."""
        return self.right_count / max(self.captions, 1)


def annotated(sounds: Sounds, captions: int, seed: int) -> Figures:
    """Return the figures of captions as `annotate` writes them: one to four sources, still and moving."""
    rng, figures = np.random.default_rng(seed), Figures()
    for _ in range(captions):
        chosen = [sounds[int(index)] for index in rng.integers(len(sounds), size=int(rng.integers(1, 5)))]
        ways = [_way(rng, moves=rng.random() < 0.3) for _ in chosen]
        tracks = [Track(list(range(len(way))), list(way), [1.0] * len(way)) for way in ways]
        text = caption_by_rules(tracks, [name for name, _ in chosen])
        truth = [
            (sound_class, [place_in_words(v) for v in _ends(track.smoothed())])
            for (_, sound_class), track in zip(chosen, tracks, strict=True)
        ]
        _compare(text, truth, place_in_words, figures)
    return figures


def composed(sounds: Sounds, captions: int, seed: int) -> Figures:
    """Return the figures of captions as scenes for training have them; half of their sources state no place."""
    rng, figures = np.random.default_rng(seed), Figures()
    for _ in range(captions):
        chosen = [sounds[int(index)] for index in rng.integers(len(sounds), size=int(rng.integers(1, 4)))]
        phrases = [Phrase(sound_class, name, _way(rng, moves=False)) for name, sound_class in chosen]
        text = describe_scene(phrases, "", rng)
        truth: list[tuple[str, list[str]]] = [(sound_class, []) for _, sound_class in chosen]
        _compare(text, truth, place_in_words, figures)
    return figures


def _way(rng: np.random.Generator, *, moves: bool) -> NDArray[np.float64]:
    """Return unit vectors (5, 3) of a still source or of one that moves by a right angle or more."""
    azimuth, elevation = rng.uniform(-np.pi, np.pi), rng.uniform(-1.2, 1.4)
    turn = rng.choice((-1.0, 1.0)) * rng.uniform(1.6, 2.8) if moves else 0.0
    return unit_vectors(azimuth + turn * np.linspace(0.0, 1.0, 5), 0.2 * elevation if moves else elevation)


def _ends(vectors: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return where a source is, or where it begins and ends if it moves."""
    mean = vectors.mean(axis=0)
    centre = mean / np.linalg.norm(mean)
    if np.degrees(np.arccos(np.clip(vectors @ centre, -1, 1))).max() < 25.0:
        return [centre]
    return [vectors[0], vectors[-1]]


def _compare(
    text: str, truth: list[tuple[str, list[str]]], said: Callable[[NDArray[np.float64]], str], figures: Figures
) -> None:
    """Count a caption: a place is right if its words, said again, are those of the caption."""
    ideas = list(lane_ideas(text).lanes)
    figures.captions += 1
    figures.right_count += len(ideas) == len(truth)
    figures.sources += len(truth)
    figures.read += min(len(ideas), len(truth))
    figures.placed += sum(bool(places) for _, places in truth)
    figures.named += len(truth)
    if len(ideas) != len(truth):
        figures.wrong.append(f"{text!r}: {len(ideas)} lanes")
        return
    for idea, (sound_class, places) in zip(ideas, truth, strict=True):
        figures.right_place += bool(places) and _places_of(idea, said) == places
        if places and _places_of(idea, said) != places:
            figures.wrong.append(f"{text!r}: {idea.in_words()}, not {places}")
        if idea.sound is None:
            figures.unknown_class += 1
        elif idea.sound.sound_class == sound_class:
            figures.right_class += 1
        else:
            figures.wrong.append(f"{idea.words!r}: {idea.sound.sound_class}, not {sound_class}")


def _places_of(idea: LaneIdea, said: Callable[[NDArray[np.float64]], str]) -> list[str]:
    if isinstance(idea.place, Movement):
        return [said(stop.unit_vector()) for stop in (idea.place.stops[0], idea.place.stops[-1])]
    return [said(idea.place.unit_vector())] if isinstance(idea.place, Direction) else []
