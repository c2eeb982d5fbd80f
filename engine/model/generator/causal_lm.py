"""The causal language model: plans each patch from the history, the film, the text and the requested direction."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from engine.model.generator.attention import GatedFeedForward, RmsNorm, SelfAttention, StepCrossAttention
from engine.model.generator.kv_cache import KvCache


@dataclass(frozen=True)
class LmState:
    """`position` is the next patch's index; one cache per layer."""

    position: int
    caches: tuple[KvCache, ...]


class LmLayer(nn.Module):
    """Self-attention, cross-attention to the text, feed-forward; each behind an RMSNorm."""

    def __init__(self, dim: int, heads: int, kv_heads: int, multiplier: float) -> None:
        super().__init__()
        self.norm_self, self.norm_cross, self.norm_forward = RmsNorm(dim), RmsNorm(dim), RmsNorm(dim)
        self.attention = SelfAttention(dim, heads, kv_heads)
        self.cross = StepCrossAttention(dim, heads)
        self.feed_forward = GatedFeedForward(dim, multiplier)

    def step(self, x: Tensor, memory: Tensor, start: int, cache: KvCache, window: int) -> tuple[Tensor, KvCache]:
        """Advance by (B, t, dim) with the text's memory (B, t, M, dim)."""
        mixed, cache = self.attention.step(self.norm_self(x), start, cache, window)
        x = x + mixed
        x = x + self.cross(self.norm_cross(x), memory)
        return x + self.feed_forward(self.norm_forward(x)), cache


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

    def initial_state(self, batch: int, like: Tensor) -> LmState:
        """Return the state before the first patch."""
        layers = cast("Iterable[LmLayer]", self.layers)
        return LmState(0, tuple(layer.attention.initial_cache(batch, like) for layer in layers))

    def step(self, x: Tensor, memory: Tensor, state: LmState) -> tuple[Tensor, LmState]:
        """Advance by the tokens (B, t, dim) of t patches; returns h (B, t, dim) and the new state."""
        caches = []
        layers = cast("Iterable[LmLayer]", self.layers)
        for layer, cache in zip(layers, state.caches, strict=True):
            given = (x, memory, state.position, cache, self.window)
            x, cache = checkpoint(layer.step, *given, use_reentrant=False) if self.recompute else layer.step(*given)
            caches.append(cache)
        return self.norm(x), LmState(state.position + x.shape[1], tuple(caches))
