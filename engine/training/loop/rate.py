"""The learning rate over a run."""

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class CosineRate:
    """A linear warm-up of `warmup` steps to `peak`, then a cosine over `total` steps down to 3 % of it."""

    peak: float
    total: int
    warmup: int = 100

    def at(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        shape = 0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * min(step / self.total, 1.0)))
        return self.peak * min((step + 1) / self.warmup, 1.0) * shape

    def apply(self, optimiser: torch.optim.Optimizer, step: int) -> None:
        """Set the learning rate of a step; a parameter group with a `share` gets that share of it."""
        rate = self.at(step)
        for group in optimiser.param_groups:
            group["lr"] = rate * group.get("share", 1.0)
