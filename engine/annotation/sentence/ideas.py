"""From a sentence to ideas of lanes: words, known sound, kind and place of each. Shown before they are applied."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from engine.annotation.sentence.known_sound import KnownSound, could_be, known_names, known_sound
from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.checks import LONGEST_WORDS, MOST_LANES, check_text
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import USUAL_DISTANCE_M
from engine.words.clauses import PAIRS
from engine.words.loudness import gain_in_words_db
from engine.words.movement import Movement
from engine.words.phrases import place_phrases
from engine.words.reading import LONGEST, Source, read_sources

_ABOUT: Final = re.compile(r" moving about, ([^,;.]+?) at its beginning and end\b", re.IGNORECASE)
"""How captions say that a sound moved and returned."""
_OPENING: Final = re.compile(
    r"^(?:(?:the |a )?(?:sounds?|recording) of |(?:we|i|you)(?: can)? hear |there (?:is|are) )", re.IGNORECASE
)
_ENDING: Final = re.compile(r",? (?:sounding|can be heard|is heard)$", re.IGNORECASE)
_JOINT: Final = re.compile(
    r"\s*(?:[,;]|\b(?:and then|and|while there is|while|with|as well as|plus|then)\b|&)\s*", re.IGNORECASE
)
_GLUE: Final = "\u02cd"
"""Stands for the spaces of a name that contains a joint, "a storm with thunder": a letter to every rule."""
_ARTICLE: Final = re.compile(r"^(?:an?|the|some) ", re.IGNORECASE)
_LONGEST_NAME: Final = 40


@dataclass(frozen=True)
class LaneIdea:
    """One lane as a sentence describes it.

    `words` are for the model, `name` is for the lane. `sound` is the known sound that they name, or None. `place` is
    None if the sentence specifies none. `distance_m` lies on the place. `gain_db` is what words of loudness say.
    """

    words: str
    name: str
    sound: KnownSound | None
    kind: LaneKind
    place: Direction | Movement | None = None
    distance_m: float = USUAL_DISTANCE_M
    gain_db: float = 0.0

    def in_words(self, length_s: float = math.inf) -> str:
        """Return what was understood, on one line, for blocks of a length in seconds."""
        known = "no known sound" if self.sound is None else self.sound.sound_class
        return f"{Source(self.words, self.place).in_words(length_s)}: {self.kind.value}, {known}"


@dataclass(frozen=True)
class Ideas:
    """The lanes of a sentence, at least one; `remarks` are sentences on what cannot be followed."""

    lanes: tuple[LaneIdea, ...]
    remarks: tuple[str, ...] = ()


def lane_ideas(sentence: str) -> Ideas:
    """Return the lanes that a sentence describes. Raises SceneError if it is too long or names no sound."""
    text = " ".join(sentence.split())
    check_text(text, LONGEST, "The sentence", may_be_empty=False)
    reading = read_sources(_glued_names().sub(lambda hit: hit[0].replace(" ", _GLUE), _ABOUT.sub(r" \1", text)))
    ideas = [_idea(source, part.replace(_GLUE, " ")) for source in reading.sources for part in _parts(source.words)]
    ideas = [idea for idea in ideas if any(sign.isalnum() for sign in idea.words)]
    if not ideas:
        raise SceneError("The sentence names no sound: write what should be heard, and where.")
    if len(ideas) > MOST_LANES:
        raise SceneError(f"The sentence names {len(ideas)} sounds: at most {MOST_LANES} lanes are possible.")
    remarks = (remark.replace(_GLUE, " ") for remark in reading.remarks)
    return Ideas(tuple(ideas), (*remarks, *unknown_remarks(ideas)))


def unknown_remarks(ideas: Iterable[LaneIdea]) -> tuple[str, ...]:
    """Return a sentence on the ideas that name no known sound, if there are any."""
    unknown = [f'"{idea.name}"' for idea in ideas if idea.sound is None]
    if not unknown:
        return ()
    names = "names" if len(unknown) == 1 else "name"
    return (f"{', '.join(unknown)} {names} no known sound: the model uses the nearest one.",)


@cache
def _glued_names() -> re.Pattern[str]:
    """Return what finds the known names that contain a joint."""
    names = sorted((name for name in known_names() if _JOINT.search(name)), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(re.escape(name) for name in names)})\b", re.IGNORECASE)


def _idea(source: Source, words: str) -> LaneIdea:
    around = [phrase for phrase in place_phrases(words) if phrase.place.all_round]
    name = words
    for phrase in reversed(around):
        name = f"{name[: phrase.start]} {name[phrase.end :]}"
    name = " ".join(name.split()).strip(" ,;.") or words
    sound = known_sound(name)
    is_bed = bool(around) or (sound is not None and sound.is_bed)
    return LaneIdea(
        words=words,
        name=_title(name),
        sound=sound,
        kind=LaneKind.BED if is_bed else LaneKind.POINT,
        place=source.place,
        distance_m=distance_of(source.gain_db),
        gain_db=gain_in_words_db(name),
    )


def idea_of(words: str) -> LaneIdea:
    """Return the idea of words that are one sound without a place. Raises SceneError if they cannot be words."""
    words = " ".join(words.split())
    check_text(words, LONGEST_WORDS, "The words of a lane", may_be_empty=False)
    return _idea(Source(words), words)


def distance_of(gain_db: float) -> float:
    """Return the level that words of distance mean as the distance with that level: half as loud is twice as far."""
    return USUAL_DISTANCE_M * math.pow(10.0, -gain_db / 20.0)


def _parts(words: str) -> list[str]:
    """Return the sounds that words list, "wind and rain", if each is another known one; else all as one."""
    words = _plain(words.strip(" ,;.")) or words
    parts: list[str] = []
    classes: list[str] = []
    for joint, part in _split(words):
        sound = known_sound(part.replace(_GLUE, " "))
        if sound is None:  # it may be what the rest is about
            return [words]
        if parts and (sound.sound_class == classes[-1] or could_be(part, classes[-1])):
            parts[-1] += f"{joint}{part}"
        else:
            parts.append(part)
            classes.append(sound.sound_class)
    return [_plain(part) for part in parts]


def _split(words: str) -> list[tuple[str, str]]:
    """Return pairs of a joint and the words after it; pairs that are one thing stay together."""
    kept = PAIRS.sub(r"\1_and_\2", words)
    pairs, joint, at = [], "", 0
    for hit in _JOINT.finditer(kept):
        pairs.append((joint, kept[at : hit.start()]))
        joint, at = hit.group(), hit.end()
    pairs.append((joint, kept[at:]))
    return [(joint, part.replace("_and_", " and ")) for joint, part in pairs if part]


def _plain(words: str) -> str:
    """Return words without the openings and endings of captions: "the sound of rain" is "rain"."""
    return _ENDING.sub("", _OPENING.sub("", words)).strip()


def _title(words: str) -> str:
    """Return the name of a lane: words without an article, shortened."""
    words = _ARTICLE.sub("", words)
    words = words if len(words) <= _LONGEST_NAME else words[: _LONGEST_NAME - 1].rstrip() + "…"
    return words[:1].upper() + words[1:]
