"""The user's own sound files, as a library that can be searched by words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
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
    words: tuple[str, str] = field(init=False, repr=False)
    """The stems of its name, and of its folders and tags, each after a space. They travel with a sound that is sent."""

    def __post_init__(self) -> None:
        """Find the stems, which takes longer than a search."""
        texts = (self.name, f"{self.folder} {self.tags}")
        object.__setattr__(self, "words", tuple("".join(f" {stem}" for stem in stems(text)) for text in texts))


def stems(text: str) -> list[str]:
    """Return the words of a text in lower case without their endings: "Dogs_barking-02" is dog, bark, 02."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", text)
    return [_stem(word.lower()) for word in _WORD.findall(spaced)]


class SoundLibrary:
    """Sounds that can be searched. Building it sorts them by name."""

    def __init__(self, sounds: Iterable[LibrarySound] = ()) -> None:
        self._sounds = sorted(sounds, key=lambda sound: (sound.name.lower(), sound.path))

    def __len__(self) -> int:
        return len(self._sounds)

    def found(self, text: str) -> list[LibrarySound]:
        """Return the sounds that have all words of a text, or begin with them; most in the name first, then by name."""
        wanted = [f" {stem}" for stem in stems(text)]
        by_hits: list[list[LibrarySound]] = [[] for _ in range(len(wanted) + 1)]
        for sound in self._sounds:
            in_name, beside = sound.words
            hits = 0
            for word in wanted:
                if word in in_name:
                    hits += 1
                elif word not in beside:
                    break
            else:
                by_hits[hits].append(sound)
        return [sound for sounds in reversed(by_hits) for sound in sounds]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word
