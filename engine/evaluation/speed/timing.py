"""Timing in milliseconds: a summary that a table and a JSON file share."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Spread:
    """Milliseconds of repeated runs: median, 95th percentile, slowest, mean, and how often."""

    p50: float
    p95: float
    max: float
    mean: float
    count: int


def spread(times_ms: Sequence[float]) -> Spread:
    """Summarise times in milliseconds; raises ValueError if there are none."""
    if not times_ms:
        raise ValueError("Nothing was timed.")
    p50, p95, slowest = np.percentile(times_ms, [50, 95, 100])
    rounded = [round(float(v), 3) for v in (p50, p95, slowest, np.mean(times_ms))]
    return Spread(rounded[0], rounded[1], rounded[2], rounded[3], len(times_ms))


def timed_ms(work: Callable[[], T]) -> tuple[T, float]:
    """Run `work` and return its result and its time in milliseconds."""
    began = time.perf_counter()
    result = work()
    return result, 1_000.0 * (time.perf_counter() - began)
