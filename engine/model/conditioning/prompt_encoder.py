"""From a prompt's words to the generator's input: the sentence embedding, moved towards its known sounds."""

import re
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.contract.known_sounds import KnownAs
from engine.model.conditioning.prompt_remarks import PromptRemarks
from engine.model.conditioning.remembered_texts import RememberedTexts
from engine.model.conditioning.sound_vocabulary import SoundVocabulary
from engine.model.conditioning.text import TextEncoder
from engine.words.counting import without_count
from engine.words.vocabulary import PLACE_WORDS

_SHARE = 0.7
"""How far the embedding of a clause is moved to the nearest names."""
_CLOSE = 0.45
"""Clauses are separate if each is at least this close to a name; "flickering and spitting" is one sound."""
_MOST_CLAUSES = 6
_REMEMBERED = 64
_JOINTS = re.compile(r"\s*(?:[,;.]|\b(?:and|with|while|then)\b)\s*", re.IGNORECASE)
_PLACE = re.compile(
    r"\s+(?:(?:on|at|to|from|in|off|by|going|coming|moving|passing|circling)\s+)*(?:the\s+|all\s+)?"
    rf"(?:{'|'.join(PLACE_WORDS)})\b.*$",
    re.IGNORECASE,
)


class PromptEncoder:
    """Encodes texts like a text encoder; without known sounds it is the text encoder alone."""

    def __init__(self, encoder: TextEncoder, sounds: SoundVocabulary | None = None) -> None:
        self._encoder, self._sounds = RememberedTexts(encoder), sounds
        self._remarks = PromptRemarks(self._encoder, sounds)
        # In a ramp between two prompts every patch asks for both.
        self._read = lru_cache(_REMEMBERED)(lambda text: (self.encode([text])[0], self._steadiness(text)))

    def remarks(self, text: str) -> tuple[str, ...]:
        """Return a sentence for each part of a prompt that cannot be followed, or is mapped to something else."""
        return self._remarks.of(text, [without_place(part) for part in clauses(without_count(text))], _CLOSE)

    def meaning(self, text: str) -> Tensor:
        """Return the embedding (D,) of one prompt."""
        return self._read(text)[0]

    def steadiness(self, text: str) -> float | None:
        """Return how far the sounds of a prompt that is not empty keep a beat, 0 to 1; the steadiest counts.

        None if that is not known.
        """
        return self._read(text)[1]

    def _steadiness(self, text: str) -> float | None:
        if self._sounds is None:
            return None
        said = self._encoder.encode([without_place(part) for part in clauses(without_count(text))])
        found = self._sounds.steadiness(self._apart(text, said))
        return None if found is None else round(float(found.amax()), 2)

    def encode(self, texts: list[str]) -> Tensor:
        """Return the embeddings (N, D) of length one of prompts that are not empty.

        Only the sound is moved: a place in words ("on the left") stays unchanged, and so does a count ("one bark").
        """
        if self._sounds is None:
            return self._encoder.encode(texts)
        parts = [clauses(without_count(text)) for text in texts]
        said = self._encoder.encode([*texts, *(without_place(part) for each in parts for part in each)])
        whole, *clausal = said.split([len(texts), *map(len, parts)])
        shifts = [self._shift(text, each) for text, each in zip(texts, clausal, strict=True)]
        return normalize(whole + _SHARE * torch.stack(shifts), dim=1)

    def read_as(self, text: str) -> tuple[KnownAs, ...]:
        """Return what a prompt that is not empty is read as: one sound, or one for each of its clauses.

        Without known sounds there is nothing to read it as.
        """
        if self._sounds is None:
            return ()
        parts = [without_place(part) for part in clauses(without_count(text))]
        said = self._encoder.encode(parts)
        apart = self._apart(text, said)
        if len(apart) < len(parts):
            parts = [without_place(without_count(text))]
        nearness = self._sounds.similarities(apart)
        found = []
        for words, meaning, near in zip(parts, apart, nearness, strict=True):
            meant = self._sounds.most_meant(meaning)
            names = tuple(self._sounds.names[index] for index in meant)
            found.append(KnownAs(words, names, float(near[meant[0]]), float(near.amax()) >= _CLOSE))
        return tuple(found)

    def _shift(self, text: str, said: Tensor) -> Tensor:
        """Return the shift (D,) of a text whose clauses have the embeddings `said` (C, D)."""
        assert self._sounds is not None
        said = self._apart(text, said)
        return (self._sounds.meant(said) - said).mean(dim=0)

    def _apart(self, text: str, said: Tensor) -> Tensor:
        """Return the embeddings of what is read apart: of the clauses `said` (C, D), or (1, D) of the whole text."""
        assert self._sounds is not None
        if len(said) > 1 and not bool((self._sounds.similarities(said).amax(dim=1) >= _CLOSE).all()):
            return self._encoder.encode([without_place(without_count(text))])
        return said


def clauses(text: str) -> list[str]:
    """Return the parts of a text between "and", "with", "while" and commas.

    It is the text itself if there are none, or more than a prompt has sounds.
    """
    parts = [part for part in _JOINTS.split(text.strip()) if part]
    return parts if 0 < len(parts) <= _MOST_CLAUSES else [text]


def without_place(text: str) -> str:
    """Return a text without its place, from the first words of a place on; the text itself if that is all of it."""
    return _PLACE.sub("", text) or text
