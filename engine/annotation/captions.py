"""Captions by rule: what (a label, if there is one), where in words, how it moves. 0 is the front, + is left."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.annotation.plain_text import printable
from engine.annotation.tracks import Track
from engine.contract.directions import angle_between
from engine.words.vocabulary import place_in_words

MOST_WORDS = 150
_NUMBERS = ("", "a sound", "two sounds", "three sounds", "four sounds", "five sounds", "six sounds")
_STILL_RAD = np.radians(25.0)


def describe_track(label: str, vectors: NDArray[np.float64]) -> str:
    """Return a clause for a source that passes through the unit vectors (S, 3), at least one."""
    mean = vectors.mean(axis=0)
    centre = mean / max(float(np.linalg.norm(mean)), 1e-9)
    begins, ends = place_in_words(vectors[0]), place_in_words(vectors[-1])
    if float(angle_between(vectors, centre).max()) < _STILL_RAD:
        return f"{label} {place_in_words(centre)}"
    if begins != ends:
        return f"{label} moving from {begins} to {ends}"
    return f"{label} moving about, {begins} at its beginning and end"


def caption_by_rules(tracks: Sequence[Track], labels: Sequence[str]) -> str:
    """Return a caption of at most 150 words; labels go to the tracks in order.

    A track without one is 'a sound', and tracks with the same description are counted.
    """
    if not tracks:
        return "No sound with a clear direction."
    named = [printable(label) or "a sound" for label in labels]
    told = [describe_track(label, track.smoothed()) for label, track in zip(named, tracks, strict=False)]
    unknown = Counter(describe_track("", track.smoothed()).strip() for track in tracks[len(labels) :])
    told += [f"{_NUMBERS[many] if many < len(_NUMBERS) else 'many sounds'} {does}" for does, many in unknown.items()]
    clauses: list[str] = []
    words = 0
    for clause in told:
        words += len(clause.split())
        if words > MOST_WORDS:
            break
        clauses.append(clause)
    text = "; ".join(clauses) or "Many sounds at once"
    return text[0].upper() + text[1:] + "."
