"""The true directions of a clip: a trajectory from a file, or the reference recording's own directions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.ambisonics.encoding import path_at
from engine.contract.directions import Direction
from engine.contract.errors import InvalidInputError
from engine.evaluation.measures.direction import SEGMENT_S, direction_track
from engine.files.text_file import check_is_file

_LARGEST_BYTES = 16 << 20
_LOOKS_A_SEGMENT = 10
_SHORTEST_MEAN = 0.2


@dataclass(frozen=True, eq=False)
class Timeline:
    """Unit vectors (M, 3) at times (M,) in seconds.

    Without `hold_s` they are points of a path along great circles, held before the first and after the last. With it,
    each holds for that long, and between them there is nothing.
    """

    times_s: NDArray[np.float64]
    vectors: NDArray[np.float64]
    hold_s: float | None = None

    def at(self, times_s: ArrayLike) -> NDArray[np.float64]:
        """Return the vectors (N, 3) at times (N,), zero if there is nothing."""
        at_s = np.asarray(times_s, float)
        if self.hold_s is None:
            return path_at(self.vectors, self.times_s, at_s)
        if self.times_s.size == 0:
            return np.zeros((at_s.size, 3))
        last = np.searchsorted(self.times_s, at_s + 1e-9, side="right") - 1
        there = (last >= 0) & (at_s < self.times_s[last] + self.hold_s - 1e-9)
        return np.where(there[:, None], self.vectors[last], 0.0)

    def mean_over(self, start_s: float, length_s: float) -> NDArray[np.float64]:
        """Return the unit vector (3,) of the mean over a stretch; zero if there is none or it goes full circle."""
        looks = start_s + length_s * (np.arange(_LOOKS_A_SEGMENT) + 0.5) / _LOOKS_A_SEGMENT
        vectors = self.at(looks)
        return _mean_direction(vectors)


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The dominant direction over time, and each source's; `caption` is the annotation's, empty if there is none."""

    dominant: Timeline
    sources: tuple[Timeline, ...]
    caption: str = ""

    def segments(self, start_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the dominant directions (S, 3) of 1-s segments that begin at (S,) seconds; zero where unknown."""
        return np.array([self.dominant.mean_over(float(start), SEGMENT_S) for start in start_s]).reshape(-1, 3)

    def clip(self, seconds: float) -> NDArray[np.float64]:
        """Return the mean direction (3,) of a clip; zero if the source goes full circle."""
        vectors = self.segments(np.arange(0.0, seconds, SEGMENT_S))
        return _mean_direction(vectors)


def trajectory_of_recording(foa: NDArray[np.floating]) -> Trajectory:
    """Return the measured dominant direction of AmbiX (4, N) at 48 kHz, second by second."""
    dominant = Timeline(*_without_silence(*direction_track(foa)), SEGMENT_S)
    return Trajectory(dominant, (dominant,))


def read_trajectory(path: Path) -> Trajectory:
    """Return the trajectory of a direction path (for `generate --path`) or of an annotation.

    Raises InvalidInputError if the file cannot be read or is neither.
    """
    try:
        check_is_file(path, "trajectory")
        if path.stat().st_size > _LARGEST_BYTES:
            raise InvalidInputError(f"The trajectory {path} is larger than 16 MB: use a smaller one.")
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return _annotation(content)
        times, vectors = _points(content)
        timeline = Timeline(times, vectors)
        timeline.at([0.0])  # raises if the times do not increase
        return Trajectory(timeline, (timeline,))
    except OSError as error:
        raise InvalidInputError(f"The trajectory {path} cannot be read: {error.strerror}.") from None
    except (
        ArithmeticError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
        InvalidInputError,
    ) as error:
        if isinstance(error, InvalidInputError) and str(path) in str(error):
            raise
        raise InvalidInputError(
            f"The trajectory {path} cannot be used: it should be a list like "
            '[{"t_s": 0, "azimuth_deg": -90, "elevation_deg": 0}] or the output of annotate.'
        ) from None


def _annotation(content: Mapping[str, Any]) -> Trajectory:
    hold_s = float(content["segment_s"])
    if not 0.0 < hold_s < 3_600.0:
        raise ValueError("A segment has a length.")
    dominant = Timeline(*_points(content["segments"], allow_none=True), hold_s)
    sources = tuple(Timeline(*_points(source["path"], allow_none=True), hold_s) for source in content["sources"])
    caption = content.get("caption", "")
    return Trajectory(dominant, sources or (dominant,), caption if isinstance(caption, str) else "")


def _points(items: Any, *, allow_none: bool = False) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    times, vectors = [], []
    for item in items:
        if allow_none and item["azimuth_deg"] is None:
            continue
        times.append(float(item["t_s"]))
        place = Direction(float(item["azimuth_deg"]), float(item.get("elevation_deg", 0.0)))
        vectors.append(place.unit_vector())
    at, there = np.array(times, float), np.array(vectors, float).reshape(-1, 3)
    if not np.all(np.isfinite(at)) or np.any(np.diff(at) <= 0.0):
        raise ValueError("The times must increase.")
    return at, there


def _mean_direction(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit vector (3,) of the mean of the non-zero vectors (N, 3); zero if they go full circle."""
    there = vectors[np.any(vectors, axis=1)]
    mean = there.mean(axis=0) if len(there) else np.zeros(3)
    length = float(np.linalg.norm(mean))
    return mean / length if length >= _SHORTEST_MEAN else np.zeros(3)


def _without_silence(
    start_s: NDArray[np.float64], vectors: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    there = np.any(vectors, axis=1)
    return start_s[there], vectors[there]
