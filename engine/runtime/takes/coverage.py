"""Which film samples exist: stretches, merged if they touch."""

import bisect
from typing import Final

Stretch = tuple[int, int]
"""Film samples from the first to the one after the last."""

NO_STRETCHES: Final[tuple[Stretch, ...]] = ()


class Coverage:
    """A set of film samples, kept as stretches in order and apart from each other."""

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The stretches (begin, end), in order and separate from each other."""
        return tuple(self._stretches)

    @property
    def end(self) -> int:
        """The film sample after the last that exists."""
        return self._stretches[-1][1] if self._stretches else 0

    @property
    def samples(self) -> int:
        """How many film samples exist."""
        return sum(end - begin for begin, end in self._stretches)

    def add(self, begin: int, end: int) -> None:
        """Add a stretch; an empty one changes nothing."""
        if end <= begin:
            return
        first = bisect.bisect_left(self._stretches, begin, key=lambda stretch: stretch[1])
        last = bisect.bisect_right(self._stretches, end, key=lambda stretch: stretch[0])
        if first < last:
            begin = min(begin, self._stretches[first][0])
            end = max(end, self._stretches[last - 1][1])
        self._stretches[first:last] = [(begin, end)]

    def holds(self, begin: int, end: int) -> bool:
        """Return whether the whole of a stretch exists."""
        index = bisect.bisect_right(self._stretches, begin, key=lambda stretch: stretch[0]) - 1
        return end <= begin or (index >= 0 and self._stretches[index][1] >= end)


def holes_of(stretches: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """Return the gaps between film sample 0 and the end of the last stretch."""
    edges = [0, *(edge for stretch in stretches for edge in stretch)]
    return tuple((end, begin) for end, begin in zip(edges[::2], edges[1::2], strict=False) if end < begin)
