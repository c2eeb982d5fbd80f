"""The model's view of a prompt that may change during playback: the new meaning is ramped in."""

import numpy as np
import torch
from torch import Tensor

from engine.contract.control import Prompt
from engine.model.conditioning.prompt_encoder import PromptEncoder

PROMPT_RAMP_PATCHES = 1


class PromptRamp:
    """The prompt of one stream, patch after patch."""

    def __init__(self, reader: PromptEncoder, dim: int) -> None:
        self._reader = reader
        self._prompt: Prompt | None = None
        self._old = self._new = (torch.zeros(dim), 0.0)
        self._left = 0
        self.remarks: tuple[str, ...] = ()
        """Remarks for the user on a prompt that is new in the patch that `advance` was asked for."""

    def advance(self, prompt: Prompt) -> tuple[Tensor, float]:
        """Return the embedding (dim,) and its weight for the next patch; a changed prompt takes a few patches."""
        self.remarks = ()
        if prompt != self._prompt:
            first = self._prompt is None
            self._old = self._at()
            words = prompt.text.strip()
            weight = float(np.clip(prompt.weight, 0.0, 1.0)) if words else 0.0
            # Without words the old embedding fades out in place: the ramp does not pass through a third meaning.
            self._new = (self._reader.encode([words])[0] if words else self._old[0], weight)
            if words and self._old[1] == 0.0:
                self._old = (self._new[0], 0.0)
            self.remarks = self._reader.remarks(words) if words else ()
            self._left = 0 if first else PROMPT_RAMP_PATCHES
            self._prompt = prompt
        now = self._at()
        self._left = max(self._left - 1, 0)
        return now

    def _at(self) -> tuple[Tensor, float]:
        old = self._left / (PROMPT_RAMP_PATCHES + 1)
        (a, weight_a), (b, weight_b) = self._old, self._new
        return old * a + (1 - old) * b, old * weight_a + (1 - old) * weight_b
