"""The grid of times at which the model looks at a film: 4 per second, picture k is the one on show at k / 4 s."""

from math import ceil, floor, inf
from typing import Final

from engine.contract.conventions import CONDITIONING_FPS

EPSILON_S: Final = 1e-6
FOR_EVER: Final = 1 << 40
"""The last index of a picture after which none comes."""


def index_at(t_s: float) -> int:
    """Return the index of the newest grid time at or before a film time."""
    return max(0, floor(t_s * CONDITIONING_FPS + EPSILON_S))


def indices_on_show(from_s: float, until_s: float) -> tuple[int, int] | None:
    """Return the first and the last index at which a picture is on show; None if it comes and goes between two."""
    first = ceil((from_s - EPSILON_S) * CONDITIONING_FPS)
    last = FOR_EVER if until_s == inf else ceil((until_s - EPSILON_S) * CONDITIONING_FPS) - 1
    return (first, last) if first <= last else None


def time_of(index: int) -> float:
    """Return the film time of an index."""
    return index / CONDITIONING_FPS
