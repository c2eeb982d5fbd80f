"""Captions for composed scenes in many phrasings: sounds, directions in words, movement, and the room."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import azimuth_elevation
from engine.scenes.names import SOUND_NAMES
from engine.words.counting import AGAIN, ONCE, ONE, single
from engine.words.vocabulary import AROUND, CLOSE, COMING, FAR, HIGH, LEAVING, LOW, OVERHEAD, sides_at

_OPENINGS = ("{what}", "a {what}", "the sound of {what}", "{what} sounding", "we hear {what}", "recording of {what}")
_ARTICLES = ("a ", "an ", "the ")
_JOINTS = (" and ", " and ", ", ", " with ", " while there is ", "; ")
_SILENCE = ("silence", "nothing", "a quiet place", "no particular sound")
_OFF_SCREEN = (", off screen", ", out of view", ", unseen")
_MOVING = {
    "": ("moving",),
    "arc": ("moving", "moving", "circling", "going around"),
    "pass": ("moving", "passing by", "passing", "going past"),
}
_CLOSE_M, _FAR_M = 1.8, 7.0
_STILL_DEG = 20.0
_ALIAS_CHANCE = 0.75
_ONCE_CHANCE, _AGAIN_CHANCE = 0.75, 0.25
"""How often a caption says that a sound comes once, or again and again: without such words it mostly repeats."""
_MANY = 3


def place_in_words(direction: NDArray[np.float64], rng: np.random.Generator) -> str:
    """Return the direction of a unit vector (3,) in words."""
    azimuth, elevation = azimuth_elevation(direction)
    if elevation > 1.1:
        return OVERHEAD[0] if rng.random() < 0.5 else OVERHEAD[1]
    words = str(rng.choice(sides_at(float(azimuth))))
    if elevation > 0.45:
        words += HIGH[0] if rng.random() < 0.5 else HIGH[1]
    elif elevation < -0.45:
        words += LOW[0] if rng.random() < 0.5 else LOW[1]
    return words


def name_source(sound_class: str, label: str, rng: np.random.Generator) -> str:
    """Return one of the names of a source."""
    names = SOUND_NAMES.get(sound_class)
    if names and rng.random() < _ALIAS_CHANCE:
        return str(rng.choice(names))
    return label if rng.random() < 0.5 else sound_class


@dataclass(frozen=True, eq=False)
class Phrase:
    """The content of a caption about a source, over the time of the caption.

    `path` (T, 3) are unit vectors, None for sound from all around; `distance_m` (T,) or None; `motion` one of
    `paths.MOTIONS` or "". `events` is how many events there are, 0 for textures and what is unknown.
    """

    sound_class: str
    label: str
    path: NDArray[np.float64] | None
    distance_m: NDArray[np.float64] | None = None
    on_screen: bool = True
    motion: str = ""
    events: int = 0


def phrase_in_words(phrase: Phrase, rng: np.random.Generator) -> str:
    """Return words for one source; half of them do not state its place."""
    name, opening = name_source(phrase.sound_class, phrase.label, rng), str(rng.choice(_OPENINGS))
    if name.startswith(_ARTICLES):
        opening = opening.removeprefix("a ")
    counted = _counted(name, phrase.events, rng)
    words = opening.format(what=name) if counted == name else counted
    if rng.random() < 0.5:
        return words
    if phrase.path is None:
        return words + str(rng.choice(AROUND))
    words = f"{words} {_whereabouts(phrase, phrase.path, rng)}"
    return words + str(rng.choice(_OFF_SCREEN)) if not phrase.on_screen and rng.random() < 0.3 else words


def _counted(name: str, events: int, rng: np.random.Generator) -> str:
    """Return a name with words for how often the sound comes, or mostly without."""
    if events == 1 and rng.random() < _ONCE_CHANCE:
        return single(name, str(rng.choice((*ONE, *ONCE))))
    if events >= _MANY and rng.random() < _AGAIN_CHANCE:
        return f"{name} {rng.choice(AGAIN)}"
    return name


def describe_scene(phrases: Sequence[Phrase], room: str, rng: np.random.Generator) -> str:
    """Return a caption for sources, the dominant one first, in a room ("" for none); silence has words too."""
    if not phrases:
        return str(rng.choice(_SILENCE))
    said = [phrase_in_words(phrase, rng) for phrase in phrases]
    if len(said) > 2 and rng.random() < 0.5:
        words = f"{', '.join(said[:-1])} and {said[-1]}"
    else:
        words = str(rng.choice(_JOINTS)).join(said)
    if room and rng.random() < 0.35:
        words += str(rng.choice([f" in a {room}", f", in a {room}", " indoors"]))
    return words[0].upper() + words[1:] + "." if rng.random() < 0.2 else words


def _whereabouts(phrase: Phrase, path: NDArray[np.float64], rng: np.random.Generator) -> str:
    distance = phrase.distance_m
    if distance is not None and phrase.motion in ("approach", "retreat"):
        going = COMING if distance[-1] < distance[0] else LEAVING
        return f"{rng.choice(going)} {place_in_words(path[0], rng)}"
    moved = float(np.degrees(np.arccos(np.clip(path @ path[0], -1, 1).min())))
    if moved >= _STILL_DEG:
        start, end = place_in_words(path[0], rng), place_in_words(path[-1], rng)
        verb = str(rng.choice(_MOVING.get(phrase.motion, _MOVING[""])))
        return f"{verb} from {start} to {end}" if start != end else f"{verb} about, {start}"
    place = place_in_words(path[len(path) // 2], rng)
    if distance is not None and rng.random() < 0.3:
        near, far = distance.max() < _CLOSE_M, distance.min() > _FAR_M
        if near or far:
            return f"{rng.choice(CLOSE if near else FAR)} {place}"
    return place
