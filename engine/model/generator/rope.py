"""Rotary position embedding (Su et al. 2021), by absolute position, so that a stream can continue for ever."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Rotation:
    """Cosines and sines of the angles by which pairs of features turn; both (..., D / 2) float64.

    Made once for all layers that share positions.
    """

    cos: Tensor
    sin: Tensor

    @classmethod
    def at(cls, positions: Tensor, features: int, base: float = 10_000.0) -> "Rotation":
        """Return the rotation (..., D / 2) of vectors of D features at positions (...)."""
        half = features // 2
        rates = base ** (-torch.arange(half, device=positions.device, dtype=torch.float64) / half)
        angle = positions.to(torch.float64)[..., None] * rates
        return cls(angle.cos(), angle.sin())

    def to(self, dtype: torch.dtype) -> "Rotation":
        """Return the same rotation in another precision."""
        return Rotation(self.cos.to(dtype), self.sin.to(dtype))

    def of_last(self, count: int) -> "Rotation":
        """Return the rotation of the last positions."""
        return Rotation(self.cos[..., -count:, :], self.sin[..., -count:, :])

    def rotated(self, x: Tensor) -> Tensor:
        """Return x (..., D) with its pairs of features turned; shapes broadcast."""
        cos, sin = self.cos.to(x.dtype), self.sin.to(x.dtype)
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)
