"""Attention and feed-forward layers (paper, "LM": RMSNorm, QK-norm, RoPE, grouped heads, sigmoid gate, gated SiLU)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import rms_norm, scaled_dot_product_attention, silu

from engine.model.generator.kv_cache import RingPlace
from engine.model.generator.rope import Rotation


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
        fed: Tensor = self.down(silu(gate) * up)
        return fed


class SelfAttention(nn.Module):
    """Self-attention with grouped key/value heads and a sigmoid gate on its output."""

    def __init__(self, dim: int, heads: int, kv_heads: int) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.head_dim = heads, kv_heads, dim // heads
        self.query_gate = nn.Linear(dim, 2 * dim, bias=False)
        self.key_value = nn.Linear(dim, 2 * kv_heads * self.head_dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)
        self.query_norm, self.key_norm = RmsNorm(self.head_dim), RmsNorm(self.head_dim)

    def _project(self, x: Tensor, rotation: Rotation, last: int | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return queries, keys, values and gates of x (B, T, dim); queries and gates of its `last` rows (None: all)."""
        asking, turned = (x, rotation) if last is None else (x[:, -last:], rotation.of_last(last))
        query, gate = self.query_gate(asking).chunk(2, dim=-1)
        key, value = self.key_value(x).chunk(2, dim=-1)
        query = self.query_norm(query.unflatten(-1, (self.heads, -1))).transpose(1, 2)
        key = self.key_norm(key.unflatten(-1, (self.kv_heads, -1))).transpose(1, 2)
        value = value.unflatten(-1, (self.kv_heads, -1)).transpose(1, 2)
        return turned.rotated(query), rotation.rotated(key), value, gate

    def _attend_few(self, query: Tensor, key: Tensor, value: Tensor, seen: Tensor | None = None) -> Tensor:
        """Attend to a few dozen keys at most; if `seen` (R, W) is given, only to those that are true.

        Plain products are several times quicker there than the blocked kernel made for long sequences.
        """
        groups = self.heads // self.kv_heads
        key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
        scores = (query * self.head_dim**-0.5) @ key.transpose(-1, -2)
        if seen is not None:
            scores = scores.masked_fill(~seen[:, None, None], -torch.inf)
        mixed: Tensor = scores.softmax(dim=-1).to(value.dtype) @ value
        return mixed

    def _gated(self, mixed: Tensor, gate: Tensor) -> Tensor:
        made: Tensor = self.out(mixed.transpose(1, 2).flatten(2).to(gate.dtype) * torch.sigmoid(gate))
        return made

    def forward(self, x: Tensor, rotation: Rotation, last: int | None = None) -> Tensor:
        """Attend in both directions over (B, T, dim): its `last` rows (None: all) to every row."""
        query, key, value, gate = self._project(x, rotation, last)
        return self._gated(self._attend_few(query, key, value.to(query.dtype)), gate)

    def causal(self, x: Tensor, rotation: Rotation, mask: Tensor) -> Tensor:
        """Attend over (B, T, dim) to what the mask (T, T) lets each query see."""
        query, key, value, gate = self._project(x, rotation)
        grouped = self.heads != self.kv_heads
        mixed = scaled_dot_product_attention(query, key, value.to(query.dtype), attn_mask=mask, enable_gqa=grouped)
        return self._gated(mixed, gate)

    def advance(self, x: Tensor, place: RingPlace, ring: Tensor) -> tuple[Tensor, Tensor]:
        """Attend from the next patch (R, 1, dim) to itself and the ring (R, 2, H, W, D) of keys and values.

        Returns the output of the same shape as x and the new ring.
        """
        query, key, value, gate = self._project(x, place.rotation)
        keys, values = place.written(ring[:, 0], key), place.written(ring[:, 1], value)
        return self._gated(self._attend_few(query, keys, values, place.seen), gate), torch.stack([keys, values], dim=1)


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
