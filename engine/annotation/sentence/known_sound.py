"""Which known sound some words name: by their words, counted by how few classes share each. No model, no torch."""

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Final

from engine.annotation.sentence.sound_table import BEDS, WORDS
from engine.scenes.names import SOUND_NAMES

_WORD: Final = re.compile(r"[a-z0-9'-]+")
_ARTICLE: Final = re.compile(r"^(?:an?|the) ")
_EMPTY: Final = frozenset(
    "a an the of in on at to by and or with from for is are it its some someone something sound sounding "
    "we hear heard recording his her their this that there very little big large small loud quiet distant old new one "
    "two three many coming up down out into off over under around around's as against after s going".split()
)
_OWN_NAME: Final = 1.5
"""How much more a class counts if all words of its name are found, or the first of its words, which is a name too."""
_PART: Final = 0.8
"""How much less if only some are: "footsteps" are not "footsteps in water"."""
_ASIDE: Final = 0.7
"""How much the words after a preposition count, which say where or at what: "a dog in the rain" is a dog."""
_WHERE: Final = frozenset(
    "in on at along over under through for to from against near by into onto across around outside inside behind "
    "between before after beside towards during".split()
)
_SHORTEST_HEAD: Final = 3
"""Letters of a word that can end another one, as "saw" ends "handsaw", and of what is before it."""
_LEAST: Final = 2.0
"""Below this, the words that were found are too common to name a sound."""


@dataclass(frozen=True)
class KnownSound:
    """A class of sounds; `is_bed` if it is heard from all around."""

    sound_class: str
    is_bed: bool


def known_sound(words: str) -> KnownSound | None:
    """Return the class that some words name, or None."""
    return _known(words.lower())


def could_be(words: str, sound_class: str) -> bool:
    """Return whether all words can speak for a class: "growls" for a dog, which other animals do too."""
    stems = _stems(words)
    return bool(stems) and all(sound_class in _weights().get(stem, {}) for stem in stems)


@cache
def _known(words: str) -> KnownSound | None:
    exact = known_names().get(_bare(words))
    if exact is not None:
        return KnownSound(exact, exact in BEDS)
    shares = _shares(words)
    scores: dict[str, float] = defaultdict(float)
    for place, (stem, share) in enumerate(shares.items()):
        for sound_class, weight in _weights().get(stem, {}).items():
            scores[sound_class] += share * weight * (1.0 - 0.01 * min(place, 20))  # of equals, the first word decides
    if not scores:
        return None
    best = max(scores, key=lambda name: scores[name] * _naming(name, frozenset(shares)))
    return KnownSound(best, best in BEDS) if scores[best] >= _LEAST else None


def _shares(words: str) -> dict[str, float]:
    """Return the stems of words that any class knows, in order, and how much each counts."""
    shares: dict[str, float] = {}
    share = 1.0
    for word in _WORD.findall(words):
        if word in _WHERE:
            share = _ASIDE
        for stem in _stems(word):
            known = _known_part(stem)
            shares[known] = max(share, shares.get(known, 0.0))
    return shares


@cache
def _known_part(stem: str) -> str:
    """Return a stem that a class knows: the stem, or the longest one at its end, which is what it is a kind of."""
    if stem in _weights():
        return stem
    starts = range(_SHORTEST_HEAD, len(stem) - _SHORTEST_HEAD + 1)
    return next((stem[at:] for at in starts if stem[at:] in _weights()), stem)


def _naming(sound_class: str, stems: frozenset[str]) -> float:
    """Return how much a class counts, by how many words of its name were found; "or" separates names."""
    first = WORDS[sound_class].split()[0]
    parts = [_stems(part) for part in (*sound_class.split(" or "), first)]
    if any(stems.issuperset(part) for part in parts):
        return _OWN_NAME
    return _PART if any(stems.intersection(part) for part in parts) else 1.0


@cache
def known_names() -> dict[str, str]:
    """Return whole names without an article, and their class; a name of two classes is left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for sound_class in WORDS:
        found[_bare(sound_class)].add(sound_class)
    for sound_class, names in SOUND_NAMES.items():
        for name in names:
            found[_bare(name)].add(sound_class)
    return {name: next(iter(classes)) for name, classes in found.items() if len(classes) == 1}


@cache
def _weights() -> dict[str, dict[str, float]]:
    """Return for every stem the classes that it speaks for, and how much: the fewer, the more."""
    classes: dict[str, set[str]] = defaultdict(set)
    for sound_class, words in WORDS.items():
        for stem in _stems(f"{sound_class} {words}"):
            classes[stem].add(sound_class)
    return {stem: dict.fromkeys(sorted(names), math.log(len(WORDS) / len(names))) for stem, names in classes.items()}


def _bare(words: str) -> str:
    return _ARTICLE.sub("", " ".join(_WORD.findall(words.lower())))


def _stems(words: str) -> list[str]:
    return [_stem(word) for word in _WORD.findall(words.lower()) if word not in _EMPTY]


def _stem(word: str) -> str:
    """Return a word without the endings of plural and verb: "barking", "barks" and "barked" are "bark"."""
    word = word.removesuffix("'s").strip("'-")
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sle":
        word = word[:-1]  # "running" is "run"
    return word.rstrip("e") if len(word) > 3 else word
