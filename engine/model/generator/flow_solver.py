"""Solvers that were fitted to a generator's guided flow: few steps with the result of many.

`engine/training/generator/solver.py` fits them.

Five steps of a general solver shrink changes from latent to latent by a fifth: ticks and drops go flat (LOG.md).
The errors of the data estimates, x_t + (1 - t) v, always have the same sign; a fitted solver knows it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

DataEstimate = Callable[[Tensor, Tensor], Tensor]
"""(x (B, P, D), t ()) -> estimate of the data (B, P, D)."""


@dataclass(frozen=True, eq=False)
class FittedSolver:
    """A solver whose points are weighted sums of the noise and of all estimates of the data so far.

    Each code has its own weights (the form of Shaul et al. 2024, "Bespoke Non-Stationary Solvers").

    `times` (N + 1,) from 0 to 1; `weights` (N, N + 1, D): row k makes the point after step k from the noise (column 0)
    and the estimates of steps 0 to k (columns 1 to k + 1); the rest is zero. Raises ValueError otherwise.
    """

    times: Tensor
    weights: Tensor

    def __post_init__(self) -> None:
        """Check that times and weights belong together."""
        steps = len(self.times) - 1
        rising = all(float(a) < float(b) for a, b in pairwise(self.times))
        if steps < 1 or not rising or float(self.times[0]) != 0.0 or float(self.times[-1]) != 1.0:
            raise ValueError("The times of a solver rise from 0 to 1.")
        if self.weights.ndim != 3 or self.weights.shape[:2] != (steps, steps + 1):
            raise ValueError(f"A solver of {steps} steps has as many rows of {steps + 1} weights a code.")

    def path(self, estimate: DataEstimate, noise: Tensor) -> tuple[Tensor, ...]:
        """Return the points (B, P, D) at the solver's times, noise first."""
        times, weights = self.times.to(noise), self.weights.to(noise)
        points, terms = [noise], [noise]
        for k, now in enumerate(times[:-1]):
            terms.append(estimate(points[-1], now))
            points.append(weighted_sum(terms, weights[k]))
        return tuple(points)


def weighted_sum(terms: list[Tensor], weights: Tensor) -> Tensor:
    """Return the sum (B, P, D) of K terms, each code with its weight; of `weights` (K or more, D) the first K count."""
    return (torch.stack(terms) * weights[: len(terms), None, None]).sum(0)
