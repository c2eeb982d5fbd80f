"""A text encoder that remembers what it has read: a new prompt is read by several readers, part by part."""

from functools import lru_cache
from typing import Final

import torch
from torch import Tensor

from engine.model.conditioning.text import TextEncoder

_REMEMBERED: Final = 256


class RememberedTexts:
    """Encodes like a text encoder. Every text is read alone, so what is remembered does not depend on what came first.

    Read beside longer ones, a text has an embedding of other last bits, and a take that is made again would not be
    the same.
    """

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder
        self._of = lru_cache(_REMEMBERED)(lambda text: encoder.encode([text])[0])

    def read_of(self, text: str) -> str:
        """Return the part of a text that is read."""
        return self._encoder.read_of(text)

    def encode(self, texts: list[str]) -> Tensor:
        """Return embeddings (N, D) of length one of texts."""
        return torch.stack([self._of(text) for text in texts])
