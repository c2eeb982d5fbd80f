"""The model's view of a prompt that may change during playback: the new meaning is ramped in."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import normalize

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
            parts = prompt.parts
            meaning, weight = self._meaning(parts)
            # Without words the old embedding fades out in place: the ramp does not pass through a third meaning.
            self._new = (self._old[0] if meaning is None else meaning, weight)
            if meaning is not None and self._old[1] == 0.0:
                self._old = (meaning, 0.0)
            self.remarks = tuple(
                dict.fromkeys(said for text in self._new_texts(prompt) for said in self._reader.remarks(text))
            )
            self._left = 0 if first else PROMPT_RAMP_PATCHES
            self._prompt = prompt
        now = self._at()
        self._left = max(self._left - 1, 0)
        return now

    def _new_texts(self, prompt: Prompt) -> Iterable[str]:
        """Return the texts of a prompt that the one before did not have: within a ramp, only weights change."""
        before = () if self._prompt is None else self._prompt.parts
        known = {text for text, _ in before}
        return [text for text, _ in prompt.parts if text not in known]

    def _meaning(self, parts: Sequence[tuple[str, float]]) -> tuple[Tensor | None, float]:
        """Return the mixed embedding (dim,) of texts with weights, None without any, and how strongly it counts."""
        if not parts:
            return None, 0.0
        weight = min(max(weight for _, weight in parts), 1.0)
        if len(parts) == 1:
            return self._reader.meaning(parts[0][0]), weight
        mixed = torch.stack([weight * self._reader.meaning(text) for text, weight in parts]).sum(0)
        return normalize(mixed, dim=0), weight

    def _at(self) -> tuple[Tensor, float]:
        old = self._left / (PROMPT_RAMP_PATCHES + 1)
        (a, weight_a), (b, weight_b) = self._old, self._new
        return old * a + (1 - old) * b, old * weight_a + (1 - old) * weight_b
