"""A mean over clips and its 95 % bootstrap interval (Efron, Annals of Statistics 7(1), 1979), the same every time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 2_000
_AT_ONCE = 200
_PERCENT = (2.5, 97.5)


@dataclass(frozen=True)
class Estimate:
    """A figure over `count` clips with its 95 % interval. A missing value is None, and `reason` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    count: int = 0
    reason: str | None = None


def missing(reason: str) -> Estimate:
    """Return the estimate of a figure that could not be measured."""
    return Estimate(None, reason=reason)


def mean_estimate(values: Sequence[float | None], seed: int, reason: str = "no clip could be measured") -> Estimate:
    """Return the mean of the clips that have a value, with the percentile interval over clips drawn with replacement.

    One clip has a value and no interval; no clip gives the `reason`.
    """
    there = np.array([value for value in values if value is not None], float)
    if there.size == 0:
        return missing(reason)
    if there.size == 1:
        return Estimate(float(there[0]), count=1, reason="one clip has no interval")
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(0, there.size, (_AT_ONCE, there.size)) for _ in range(DRAWS // _AT_ONCE))
    means = np.concatenate([there[picks].mean(axis=1) for picks in drawn])
    low, high = np.percentile(means, _PERCENT)
    return Estimate(float(there.mean()), float(low), float(high), int(there.size))


def estimate_from_draws(value: float, draws: NDArray[np.float64], count: int, *, recentre: bool = False) -> Estimate:
    """Return a figure with the percentile interval of bootstrap draws of it.

    `recentre` moves the draws' mean to the figure: a clip drawn twice makes two sets look further apart than they are,
    so the draws of a biased distance show its spread and not its place.
    """
    moved = draws + (value - draws.mean()) if recentre else draws
    low, high = np.percentile(moved, _PERCENT)
    return Estimate(value, float(low), float(high), count)
