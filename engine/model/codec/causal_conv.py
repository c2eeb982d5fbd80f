"""Causal convolutions in time, whole or streamed: `y, state = layer.step(x, state)`.

A state is a value, never an attribute: the same layer serves any number of streams. All tensors are (B, C, N). A whole
pass is one step from the initial state, so streamed equals whole for any chunking that the layer's stride divides.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, conv_transpose1d

State = Tensor | tuple["State", ...]
"""The memory of a layer: a tensor, or one state per part."""


class CausalConv1d(nn.Module):
    """A convolution whose output i sees inputs up to the end of its stride, (i + 1) * stride - 1, and none later."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, dilation: int = 1, bias: bool = True
    ) -> None:
        super().__init__()
        if kernel < stride:
            raise ValueError(f"A kernel of {kernel} would skip inputs at a stride of {stride}.")
        self.conv = nn.Conv1d(inputs, outputs, kernel, stride, dilation=dilation, bias=bias)
        self.past = (kernel - 1) * dilation + 1 - stride

    def initial_state(self, batch: int, like: Tensor) -> Tensor:
        """Return zeros (B, C, past): silence before the start."""
        return like.new_zeros(batch, self.conv.in_channels, self.past)

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Convolve (B, C, n), n a multiple of the stride, to (B, C', n / stride)."""
        seen = torch.cat([state, x], dim=-1)
        conv = self.conv
        y = conv1d(seen, conv.weight, conv.bias, conv.stride, dilation=conv.dilation)
        return y, seen[..., seen.shape[-1] - self.past :]


class CausalConvTranspose1d(nn.Module):
    """An upsampling convolution: input i sounds from i * stride on, so no output precedes its input."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int) -> None:
        super().__init__()
        if kernel < stride:
            raise ValueError(f"A kernel of {kernel} would leave holes at a stride of {stride}.")
        self.conv = nn.ConvTranspose1d(inputs, outputs, kernel, stride)
        self.stride, self.overlap = stride, kernel - stride

    def initial_state(self, batch: int, like: Tensor) -> Tensor:
        """Return the tail (B, C', overlap) that earlier inputs still add to the next outputs: zeros."""
        return like.new_zeros(batch, self.conv.out_channels, self.overlap)

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Upsample (B, C, n) to (B, C', n * stride)."""
        ready = x.shape[-1] * self.stride
        sums = conv_transpose1d(x, self.conv.weight, None, self.stride)
        head = sums[..., : self.overlap] + state
        sums = torch.cat([head, sums[..., self.overlap :]], dim=-1)
        assert self.conv.bias is not None
        return sums[..., :ready] + self.conv.bias[:, None], sums[..., ready:]


class StreamingSequential(nn.Module):
    """Layers one after the other. Layers without a `step` have no memory and are simply called."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def initial_state(self, batch: int, like: Tensor) -> tuple[State, ...]:
        """Return one state for each layer that has one."""
        layers: Iterable[Any] = self.layers
        return tuple(layer.initial_state(batch, like) for layer in layers if hasattr(layer, "step"))

    def step(self, x: Tensor, state: tuple[State, ...]) -> tuple[Tensor, tuple[State, ...]]:
        """Advance all layers by (B, C, n)."""
        before, after = iter(state), []
        layers: Iterable[Any] = self.layers
        for layer in layers:
            if hasattr(layer, "step"):
                x, new = layer.step(x, next(before))
                after.append(new)
            else:
                x = layer(x)
        return x, tuple(after)
