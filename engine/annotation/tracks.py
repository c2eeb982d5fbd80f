"""Trajectories: the directions of consecutive segments, joined to continuing sources."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from engine.ambisonics.intensity import smoothed_directions
from engine.annotation.several import DetectedSource
from engine.contract.directions import angle_between

_FARTHEST_RAD = np.radians(45.0)
_LONGEST_GAP = 2
_SAME_PLACE_RAD = np.radians(15.0)
_LONGEST_PAUSE = 15
_SHORTEST = 2
_ALONE = 0.5


@dataclass
class Track:
    """One source: the segments in which it was heard, its unit vectors there and its shares of the energy.

    `end` (3,) is its last position, which for a fast source is not the mean of its last segment.
    """

    segments: list[int] = field(default_factory=list)
    vectors: list[NDArray[np.float64]] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    end: NDArray[np.float64] | None = None

    def smoothed(self) -> NDArray[np.float64]:
        """Return the unit vectors (S, 3), averaged over three neighbours."""
        return smoothed_directions(np.array(self.vectors).reshape(-1, 3))


class Tracker:
    """Takes one segment at a time; a source may move by up to 45 degrees and fall silent for two segments.

    One that restarts within 15 degrees of where it stopped may have paused for 15 segments.
    """

    def __init__(self) -> None:
        self._tracks: list[Track] = []

    def feed(self, segment: int, sources: tuple[DetectedSource, ...]) -> None:
        """Join the sources of a segment to the continuing tracks, nearest first; the rest begin new tracks."""
        going = [t for t in self._tracks if segment - t.segments[-1] <= _LONGEST_PAUSE + 1]
        left = list(range(len(sources)))
        if going and sources:
            ends: NDArray[np.float64] = np.array([t.vectors[-1] if t.end is None else t.end for t in going])
            begins: NDArray[np.float64] = np.array([s.vector if s.begins is None else s.begins for s in sources])
            angles = angle_between(ends[:, None], begins[None])
            paused: NDArray[np.bool_] = np.array([segment - t.segments[-1] > _LONGEST_GAP + 1 for t in going])
            reach: NDArray[np.float64] = np.where(paused, float(_SAME_PLACE_RAD), float(_FARTHEST_RAD))
            ways = angles / reach[:, None]
            for row, column in zip(*linear_sum_assignment(np.minimum(ways, 1.0)), strict=True):
                if ways[row, column] < 1.0:
                    self._append(going[row], segment, sources[column])
                    left.remove(int(column))
        for index in left:
            self._tracks.append(Track())
            self._append(self._tracks[-1], segment, sources[index])

    def tracks(self, segments: int) -> tuple[Track, ...]:
        """Return the tracks of a recording of this many segments, the most heard first.

        A track that was heard in only one of several segments counts as chance, unless it is most of what that segment
        holds and nothing else is: a single bark has a direction in the numbers, and so it has one in words.
        """
        least = min(_SHORTEST, segments)
        kept = [t for t in self._tracks if len(t.segments) >= least]
        covered = {segment for track in kept for segment in track.segments}
        short = [t for t in self._tracks if len(t.segments) < least and t.segments[0] not in covered]
        kept += [t for t in short if t.shares[0] >= _ALONE]
        return tuple(sorted(kept, key=lambda t: -sum(t.shares)))

    @staticmethod
    def _append(track: Track, segment: int, source: DetectedSource) -> None:
        track.segments.append(segment)
        track.vectors.append(source.vector)
        track.shares.append(source.share)
        track.end = source.ends
