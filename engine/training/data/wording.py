"""Captions for composed scenes: what sounds, where in words, how it moves."""

import numpy as np
from numpy.typing import NDArray

from engine.annotation.captions import sides_at
from engine.contract.directions import azimuth_elevation

_OPENINGS = ("{what}", "a {what}", "the sound of {what}", "{what} sounding", "we hear {what}", "recording of {what}")
_EXTRA_NAMES = {
    "dog": ("dog barking", "barking dog", "dog", "a dog barks"),
    "rain": ("rain", "rain falling", "heavy rain", "rainfall"),
    "sea waves": ("sea waves", "ocean waves", "the sea", "waves on a beach", "surf"),
    "clock ticking": ("clock ticking", "ticking clock", "clock", "tick tock"),
    "car engine": ("car engine", "engine running", "engine", "idling motor", "a car"),
    "fire": ("fire", "crackling fire", "campfire", "fire burning"),
    "helicopter": ("helicopter", "helicopter rotor", "a helicopter flying"),
    "chainsaw": ("chainsaw", "chainsaw cutting wood"),
    "baby crying": ("baby crying", "crying baby", "infant crying"),
    "rooster": ("rooster", "rooster crowing", "cock crowing"),
    "sneeze or cough": ("sneeze", "person sneezing", "cough"),
    "wind": ("wind", "wind blowing", "howling wind"),
    "birdsong": ("birdsong", "birds singing", "bird chirping"),
    "night ambience": ("night ambience", "night with crickets", "quiet night"),
    "nature ambience": ("nature ambience", "forest ambience", "outdoor ambience"),
    "footsteps": ("footsteps", "someone walking", "steps"),
    "thunder": ("thunder", "thunderstorm", "rolling thunder"),
    "bell": ("bell", "church bell", "bell ringing"),
}


def place_in_words(direction: NDArray[np.float64], rng: np.random.Generator) -> str:
    """Return where a unit vector (3,) lies, in words."""
    azimuth, elevation = azimuth_elevation(direction)
    if elevation > 1.1:
        return "above" if rng.random() < 0.5 else "overhead"
    words = str(rng.choice(sides_at(float(azimuth))))
    if elevation > 0.45:
        words += " above" if rng.random() < 0.5 else ", high up"
    elif elevation < -0.45:
        words += " below" if rng.random() < 0.5 else ", low down"
    return words


def name_source(sound_class: str, label: str, rng: np.random.Generator) -> str:
    """Return one of the names that a source goes by."""
    names = _EXTRA_NAMES.get(sound_class)
    if names and rng.random() < 0.6:
        return str(rng.choice(names))
    return label if rng.random() < 0.5 else sound_class


def describe_source(sound_class: str, label: str, path: NDArray[np.float64] | None, rng: np.random.Generator) -> str:
    """Return a phrase for one source; `path` is (T, 3) unit vectors, or None for sound from all around."""
    words = str(rng.choice(_OPENINGS)).format(what=name_source(sound_class, label, rng))
    if rng.random() < 0.5:
        return words
    if path is None:
        return words + str(rng.choice([" all around", " everywhere", " around me"]))
    moved = float(np.degrees(np.arccos(np.clip(path[0] @ path[-1], -1, 1))))
    if moved < 20:
        return f"{words} {place_in_words(path[0], rng)}"
    start, end = place_in_words(path[0], rng), place_in_words(path[-1], rng)
    return f"{words} moving from {start} to {end}"
