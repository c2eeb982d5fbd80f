"""The causal language model: plans each patch from the history, the film, the text and the requested direction."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from engine.model.generator.attention import GatedFeedForward, RmsNorm, SelfAttention, StepCrossAttention
from engine.model.generator.kv_cache import RingPlace
from engine.model.generator.masks import windowed_causal_mask
from engine.model.generator.rope import Rotation


@dataclass(frozen=True, eq=False)
class LmState:
    """`position` (B,) are the indices of the next patches of B streams; streams of any age advance together.

    `rings` (B, P, L, 2, H, W, D) are the keys and values of the last W patches: for each of P plans of a stream and
    each of L layers.
    """

    position: Tensor
    rings: Tensor


class LmLayer(nn.Module):
    """Self-attention, cross-attention to the text, feed-forward; each behind an RMSNorm."""

    def __init__(self, dim: int, heads: int, kv_heads: int, multiplier: float) -> None:
        super().__init__()
        self.norm_self, self.norm_cross, self.norm_forward = RmsNorm(dim), RmsNorm(dim), RmsNorm(dim)
        self.attention = SelfAttention(dim, heads, kv_heads)
        self.cross = StepCrossAttention(dim, heads)
        self.feed_forward = GatedFeedForward(dim, multiplier)

    def whole(self, x: Tensor, memory: Tensor, rotation: Rotation, mask: Tensor) -> Tensor:
        """Transform all patches (B, T, dim) with the text's memory (B, T, M, dim)."""
        return self._rest(x + self.attention.causal(self.norm_self(x), rotation, mask), memory)

    def advance(self, x: Tensor, memory: Tensor, place: RingPlace, ring: Tensor) -> tuple[Tensor, Tensor]:
        """Transform the next patch (R, 1, dim) with the text's memory (R, 1, M, dim); returns the new ring as well."""
        mixed, ring = self.attention.advance(self.norm_self(x), place, ring)
        return self._rest(x + mixed, memory), ring

    def _rest(self, x: Tensor, memory: Tensor) -> Tensor:
        x = x + self.cross(self.norm_cross(x), memory)
        fed: Tensor = self.feed_forward(self.norm_forward(x))
        return x + fed


class CausalLm(nn.Module):
    """A stack of layers over patches with a sliding window.

    With `recompute`, layers are computed again in the backward pass instead of being kept in memory.
    """

    def __init__(self, *, dim: int, layers: int, heads: int, kv_heads: int, multiplier: float, window: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(LmLayer(dim, heads, kv_heads, multiplier) for _ in range(layers))
        self.norm = RmsNorm(dim)
        self.window = window
        self.recompute = False
        self._ring_shape = (layers, 2, kv_heads, window, dim // heads)

    def initial_state(self, batch: int, plans: int, like: Tensor) -> LmState:
        """Return the state of `batch` streams of `plans` plans each before the first patch."""
        return LmState(
            torch.zeros(batch, dtype=torch.long, device=like.device), like.new_zeros(batch, plans, *self._ring_shape)
        )

    def whole(self, x: Tensor, memory: Tensor) -> Tensor:
        """Return h (B, T, dim) of all patches (B, T, dim) with their memories (B, T, M, dim)."""
        length = x.shape[1]
        rotation = Rotation.at(torch.arange(length, device=x.device), self._ring_shape[-1])
        mask = windowed_causal_mask(length, length, self.window, x.device)
        for layer in self._typed():
            given = (x, memory, rotation, mask)
            x = checkpoint(layer.whole, *given, use_reentrant=False) if self.recompute else layer.whole(*given)
        h: Tensor = self.norm(x)
        return h

    def advance(self, x: Tensor, memory: Tensor, position: Tensor, rings: Tensor) -> tuple[Tensor, Tensor]:
        """Return h (R, 1, dim) of the next patch of R rows, and their new rings (R, L, 2, H, W, D).

        `x` is (R, 1, dim), `memory` (R, 1, M, dim) and `position` (R,).
        """
        place = RingPlace.of(position, self.window, self._ring_shape[-1])
        after = []
        for layer, ring in zip(self._typed(), rings.unbind(1), strict=True):
            x, ring = layer.advance(x, memory, place, ring)
            after.append(ring)
        return self.norm(x), torch.stack(after, dim=1)

    def _typed(self) -> Iterable[LmLayer]:
        return cast("Iterable[LmLayer]", self.layers)
