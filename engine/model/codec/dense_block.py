"""The XS codec's building block: a residual causal block that sees a few past frames through one dense layer.

A dense layer over taps replaces the depthwise convolution of ConvNeXt: on CPUs with matrix units it costs less than the
depthwise pass, and its streaming state is just the last frames.
"""

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn


class CausalDenseBlock(nn.Module):
    """y_t = x_t + W2 gelu(W1 [norm x_t, norm x_(t-d), norm x_(t-2d), ...])."""

    def __init__(self, dim: int, hidden: int, *, taps: int = 3, dilation: int = 1) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mix = nn.Linear(dim * taps, hidden)
        self.out = nn.Linear(hidden, dim)
        self.taps, self.dilation = taps, dilation
        nn.init.normal_(self.out.weight, std=0.02)
        nn.init.zeros_(self.out.bias)

    def initial_state(self, batch: int, like: Tensor) -> Tensor:
        """Return the state (B, past, D) before the first frame: zeros."""
        return like.new_zeros(batch, (self.taps - 1) * self.dilation, self.norm.normalized_shape[0])

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Advance by (B, t, D) frames; returns the output of the same shape and the new state."""
        seen = torch.cat([state, self.norm(x)], dim=1)
        past, t = (self.taps - 1) * self.dilation, x.shape[1]
        window = torch.cat([seen[:, past - k * self.dilation :][:, :t] for k in range(self.taps)], dim=-1)
        return x + self.out(nn.functional.gelu(self.mix(window))), seen[:, t:]


class CausalDenseStack(nn.Module):
    """Several blocks, one after the other, with growing dilation."""

    def __init__(self, dim: int, hidden: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(CausalDenseBlock(dim, hidden, dilation=d) for d in dilations)

    def _typed(self) -> Iterable[CausalDenseBlock]:
        return cast("Iterable[CausalDenseBlock]", self.blocks)

    def initial_state(self, batch: int, like: Tensor) -> tuple[Tensor, ...]:
        """Return the blocks' states before the first frame."""
        return tuple(block.initial_state(batch, like) for block in self._typed())

    def step(self, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Advance by (B, t, D) frames."""
        after = []
        for block, past in zip(self._typed(), state, strict=True):
            x, new = block.step(x, past)
            after.append(new)
        return x, tuple(after)
