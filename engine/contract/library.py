"""The user's own sound files, as a library that can be searched by words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_ENDINGS: Final = ("ing", "es", "s")
_SHORTEST_STEM: Final = 3


@dataclass(frozen=True)
class LibrarySound:
    """A sound file: path, folder where it was found, tags as text, length in seconds, and 1, 2 or 4 channels."""

    path: str
    name: str
    folder: str = ""
    tags: str = ""
    seconds: float = 0.0
    channels: int = 1

    @cached_property
    def stems(self) -> tuple[frozenset[str], frozenset[str]]:
        """The stems of the words of its name, and of its folders and tags."""
        return frozenset(stems(self.name)), frozenset(stems(f"{self.folder} {self.tags}"))


def stems(text: str) -> list[str]:
    """Return the words of a text in lower case without their endings: "Dogs_barking-02" is dog, bark, 02."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", text)
    return [_stem(word.lower()) for word in _WORD.findall(spaced)]


def found(sounds: Iterable[LibrarySound], text: str) -> list[LibrarySound]:
    """Return the sounds that have all words of a text, or begin with them; those with most in the name come first."""
    wanted = stems(text)
    scored = []
    for sound in sounds:
        in_name, beside = sound.stems
        hits = [(_has(in_name, word), _has(beside, word)) for word in wanted]
        if all(name or other for name, other in hits):
            scored.append((-sum(name for name, _ in hits), sound.name.lower(), sound.path, sound))
    return [sound for *_, sound in sorted(scored, key=lambda row: row[:3])]


def _has(words: frozenset[str], wanted: str) -> bool:
    return wanted in words or any(word.startswith(wanted) for word in words)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word
