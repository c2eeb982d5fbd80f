"""Attention and feed-forward layers (paper, "LM": RMSNorm, QK-norm, RoPE, grouped heads, sigmoid gate, gated SiLU)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import rms_norm, scaled_dot_product_attention, silu

from engine.model.generator.kv_cache import KvCache, trimmed
from engine.model.generator.masks import windowed_causal_mask
from engine.model.generator.rope import rotate


class RmsNorm(nn.Module):
    """Root-mean-square norm that stays in the input's precision, where torch has one fused pass for it."""

    def __init__(self, dim: int, *, scaled: bool = True) -> None:
        super().__init__()
        self.dim = dim
        self.weight = nn.Parameter(torch.ones(dim)) if scaled else None

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., dim) scaled to a mean square of one."""
        weight = None if self.weight is None else self.weight.to(x.dtype)
        return rms_norm(x, (self.dim,), weight, 1e-6)


class GatedFeedForward(nn.Module):
    """W3 (silu(W1 x) * W2 x)."""

    def __init__(self, dim: int, multiplier: float) -> None:
        super().__init__()
        hidden = int(dim * multiplier)
        self.gate_up = nn.Linear(dim, 2 * hidden, bias=False)
        self.down = nn.Linear(hidden, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Transform (..., dim)."""
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        made: Tensor = self.down(silu(gate) * up)
        return made


class SelfAttention(nn.Module):
    """Self-attention with grouped key/value heads and a sigmoid gate on its output."""

    def __init__(self, dim: int, heads: int, kv_heads: int) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.head_dim = heads, kv_heads, dim // heads
        self.query_gate = nn.Linear(dim, 2 * dim, bias=False)
        self.key_value = nn.Linear(dim, 2 * kv_heads * self.head_dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)
        self.query_norm, self.key_norm = RmsNorm(self.head_dim), RmsNorm(self.head_dim)

    def _project(self, x: Tensor, positions: Tensor | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        query, gate = self.query_gate(x).chunk(2, dim=-1)
        key, value = self.key_value(x).chunk(2, dim=-1)
        query = self.query_norm(query.unflatten(-1, (self.heads, -1))).transpose(1, 2)
        key = self.key_norm(key.unflatten(-1, (self.kv_heads, -1))).transpose(1, 2)
        value = value.unflatten(-1, (self.kv_heads, -1)).transpose(1, 2)
        if positions is not None:
            query, key = rotate(query, positions), rotate(key, positions)
        return query, key, value, gate

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, gate: Tensor, mask: Tensor | None) -> Tensor:
        value = value.to(query.dtype)
        if mask is None:
            # A dozen tokens: plain products are several times quicker than the blocked kernel made for long sequences.
            groups = self.heads // self.kv_heads
            key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
            scores = (query * self.head_dim**-0.5) @ key.transpose(-1, -2)
            mixed = scores.softmax(dim=-1).to(value.dtype) @ value
        else:
            mixed = scaled_dot_product_attention(
                query, key, value, attn_mask=mask, enable_gqa=self.heads != self.kv_heads
            )
        made: Tensor = self.out(mixed.transpose(1, 2).flatten(2).to(gate.dtype) * torch.sigmoid(gate))
        return made

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """Attend in both directions over (B, T, dim)."""
        return self._attend(*self._project(x, positions), mask=None)

    def initial_cache(self, batch: int, like: Tensor) -> KvCache:
        """Return an empty cache."""
        empty = like.new_zeros(batch, self.kv_heads, 0, self.head_dim)
        return KvCache(empty, empty)

    def step(self, x: Tensor, start: int, cache: KvCache, window: int) -> tuple[Tensor, KvCache]:
        """Attend causally from (B, t, dim), whose first step has position `start`, to itself and the cache."""
        positions = torch.arange(start, start + x.shape[1], device=x.device)
        query, key, value, gate = self._project(x, positions)
        keys, values = cache.extended(key, value)
        mask = windowed_causal_mask(x.shape[1], keys.shape[2], window, x.device)
        return self._attend(query, keys, values, gate, mask), trimmed(keys, values, window)


class StepCrossAttention(nn.Module):
    """Gated cross-attention: every step sees only its own few memory tokens, so a prompt may change at any time."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query_gate = nn.Linear(dim, 2 * dim, bias=False)
        self.key_value = nn.Linear(dim, 2 * dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)
        self.query_norm, self.key_norm = RmsNorm(dim // heads), RmsNorm(dim // heads)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """Attend from x (B, T, dim) to memory (B, T, M, dim)."""
        query, gate = self.query_gate(x).chunk(2, dim=-1)
        key, value = self.key_value(memory).chunk(2, dim=-1)
        query = self.query_norm(query.unflatten(-1, (self.heads, -1)))
        key = self.key_norm(key.unflatten(-1, (self.heads, -1)))
        value = value.unflatten(-1, (self.heads, -1))
        scores = torch.einsum("bthd,btmhd->bthm", query, key) * query.shape[-1] ** -0.5
        mixed = torch.einsum("bthm,btmhd->bthd", scores.softmax(dim=-1).to(value.dtype), value)
        made: Tensor = self.out(mixed.flatten(2) * torch.sigmoid(gate))
        return made
