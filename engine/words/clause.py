"""One clause of a prompt: its words, with marks for the places and movements in them."""

import re
from dataclasses import dataclass
from typing import Final

from engine.words.movement import Way
from engine.words.place import Place

MARK: Final = re.compile(r"⟦(\d+)⟧")
"""Stands for a place or a way in the words of a clause."""
_ENDS: Final = (
    r"and|me|us|from|to|at|on|in|of|by|the|is|are|was|that|which|it|coming|comes?|heard|located|placed|starting|beginning|"
    r"then|while|with|slightly|somewhere|just|right|very"
)
_LEADING: Final = re.compile(
    r"^(?:[\s,;:]+|(?:there(?:'s| is| are)|(?:i|we|you)(?: can)? hear|is|are|comes?|and|then|first|finally|also)\s+)+",
    re.IGNORECASE,
)
_HANGING: Final = re.compile(rf"(?:[\s,;:]+(?:{_ENDS})?)+$", re.IGNORECASE)


@dataclass(frozen=True)
class Mark:
    """The meaning of a mark: the original text, and its place or movement."""

    text: str
    says: Place | Way


@dataclass(frozen=True)
class Clause:
    """One part of a prompt. A mark in `words` is an index into `marks`; `joint` is the text before it."""

    words: str
    joint: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def ways(self) -> list[Way]:
        """The movements in it, in order."""
        return [mark.says for mark in self._own if isinstance(mark.says, Way)]

    @property
    def places(self) -> list[Place]:
        """The places in it, in order."""
        return [mark.says for mark in self._own if isinstance(mark.says, Place)]

    @property
    def is_placed(self) -> bool:
        """Return whether it has any."""
        return bool(self._own)

    @property
    def bare(self) -> str:
        """The words without marks and without dangling function words at their ends."""
        return tidy(MARK.sub(" ", self.words)) if self._own else self.words

    @property
    def said(self) -> str:
        """The original words."""
        if not self.marks:
            return self.words
        return " ".join(MARK.sub(lambda hit: self.marks[int(hit[1])].text, self.words).split())

    @property
    def _own(self) -> list[Mark]:
        return [self.marks[int(number)] for number in MARK.findall(self.words)] if self.marks else []


def tidy(words: str) -> str:
    """Return words with single spaces and without the function words that a removed place left dangling."""
    words = _LEADING.sub("", " ".join(words.split()))
    return _HANGING.sub("", f"{words} ").strip()
