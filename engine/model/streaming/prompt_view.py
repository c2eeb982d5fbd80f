"""The model's view of a prompt that may change during playback.

A new meaning holds from the next patch on. Half of the old one in that patch kept one edit in four from being followed
within two patches (engine/training/LOG.md); the decoder overlaps its frames, so the change is no click.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.contract.control import Prompt
from engine.model.conditioning.prompt_encoder import PromptEncoder


class PromptView:
    """The prompt of one stream, patch after patch."""

    def __init__(self, reader: PromptEncoder, dim: int) -> None:
        self._reader = reader
        self._prompt: Prompt | None = None
        self._seen = (torch.zeros(dim), 0.0)
        self.remarks: tuple[str, ...] = ()
        """Remarks for the user on a prompt that is new in the patch that `advance` was asked for."""
        self.changed = False
        """Whether the prompt of that patch is not the one before."""
        self.steady: float | None = None
        """How far the prompt's sounds keep a beat, 0 to 1; None if that is not known, as without words."""

    def advance(self, prompt: Prompt) -> tuple[Tensor, float]:
        """Return the embedding (dim,) and its weight for the next patch."""
        self.remarks = ()
        self.changed = prompt != self._prompt
        if self.changed:
            meaning, weight = self._meaning(prompt.parts)
            self._seen = (self._seen[0] if meaning is None else meaning, weight)
            known = [self._reader.steadiness(text) for text, _ in prompt.parts]
            self.steady = max((steady for steady in known if steady is not None), default=None)
            self.remarks = tuple(
                dict.fromkeys(said for text in self._new_texts(prompt) for said in self._reader.remarks(text))
            )
            self._prompt = prompt
        return self._seen

    def _new_texts(self, prompt: Prompt) -> Iterable[str]:
        """Return the texts of a prompt that the one before did not have: in a transition, only weights change."""
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
