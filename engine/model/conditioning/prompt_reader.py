"""From a prompt's words to what the generator is told: the sentence embedding, moved towards the sounds it knows."""

import re

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.model.conditioning.known_sounds import KnownSounds
from engine.model.conditioning.prompt_remarks import PromptRemarks
from engine.model.conditioning.text import TextEncoder
from engine.words.vocabulary import PLACE_WORDS

_SHARE = 0.7
"""How far what a clause says is moved to the names nearest to it."""
_CLOSE = 0.45
"""Clauses are read apart where each is at least this close to a name; "flickering and spitting" is one sound."""
_MOST_CLAUSES = 6
_JOINTS = re.compile(r"\s*(?:[,;.]|\b(?:and|with|while|then)\b)\s*", re.IGNORECASE)
_PLACE = re.compile(
    r"\s+(?:(?:on|at|to|from|in|off|by|going|coming|moving|passing|circling)\s+)*(?:the\s+|all\s+)?"
    rf"(?:{'|'.join(PLACE_WORDS)})\b.*$",
    re.IGNORECASE,
)


class PromptReader:
    """Encodes texts as a text encoder does; without known sounds it is the text encoder alone."""

    def __init__(self, encoder: TextEncoder, sounds: KnownSounds | None = None) -> None:
        self._encoder, self._sounds = encoder, sounds
        self._remarks = PromptRemarks(encoder, sounds)

    def remarks(self, text: str) -> tuple[str, ...]:
        """Return a sentence for each thing in a prompt that cannot be followed, or is read as something else."""
        return self._remarks.of(text, [without_place(part) for part in clauses(text)], _CLOSE)

    def encode(self, texts: list[str]) -> Tensor:
        """Return the embeddings (N, D) of length one of prompts that are not empty.

        What is moved is what sounds: a place in words ("on the left") stays as it was said.
        """
        if self._sounds is None:
            return self._encoder.encode(texts)
        parts = [clauses(text) for text in texts]
        said = self._encoder.encode([*texts, *(without_place(part) for each in parts for part in each)])
        whole, *clausal = said.split([len(texts), *map(len, parts)])
        shifts = [self._shift(text, each) for text, each in zip(texts, clausal, strict=True)]
        return normalize(whole + _SHARE * torch.stack(shifts), dim=1)

    def _shift(self, text: str, said: Tensor) -> Tensor:
        """Return how far a text has to be moved (D,), whose clauses' embeddings are `said` (C, D)."""
        assert self._sounds is not None
        if len(said) > 1 and not bool((self._sounds.similarities(said).amax(dim=1) >= _CLOSE).all()):
            said = self._encoder.encode([without_place(text)])
        return (self._sounds.meant(said) - said).mean(dim=0)


def clauses(text: str) -> list[str]:
    """Return the parts of a text between "and", "with", "while", commas; the text itself where there are none, or more
    than a prompt has sounds.
    """
    parts = [part for part in _JOINTS.split(text.strip()) if part]
    return parts if 0 < len(parts) <= _MOST_CLAUSES else [text]


def without_place(text: str) -> str:
    """Return a text without where it sounds, from the first words of a place on; the text itself where it is all."""
    return _PLACE.sub("", text) or text
