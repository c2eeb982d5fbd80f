"""The take on disk: what was generated, at its place on the film's timeline, before rotation and volume.

Raw float32, four channels interleaved, as long as the film; what was never generated is a hole. Generating a place
again replaces what was there, with short fades where old and new meet, so that the take never clicks.

Threads: `TakeSpool` belongs to the generation process; `TakeReader` reads the same file from the session's.
"""

import bisect
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import FOA_CHANNELS
from engine.contract.errors import ExportError

SEAM_SAMPLES: Final = 480
_FRAME_BYTES: Final = 4 * FOA_CHANNELS


def _fade_in(n: int) -> NDArray[np.float32]:
    return ((np.arange(n, dtype=np.float32) + 1.0) / (SEAM_SAMPLES + 1.0)).astype(np.float32)


class TakeSpool:
    """Writes the take. OSError (a full disk) is the caller's to tell."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "w+b", buffering=0)
        self._at = 0
        self._is_fresh = False

    def clear(self) -> None:
        """Forget everything: another film begins."""
        self._file.truncate(0)
        self._at = 0

    def begin(self, start_sample: int) -> None:
        """Go on at another place of the film: what ends here is faded out, what follows it on disk in."""
        if self._at > 0:
            before = min(SEAM_SAMPLES, self._at)
            self._scale(self._at - before, _fade_in(before)[::-1])
            self._scale(self._at, _fade_in(SEAM_SAMPLES))
        self._start_at(start_sample)

    def begin_lap(self) -> None:
        """Go on at the start of the film after its end."""
        self._start_at(0)

    def write(self, samples: NDArray[np.float32]) -> None:
        """Write the next samples (4, n)."""
        if self._is_fresh and self._at > 0:
            n = min(SEAM_SAMPLES, samples.shape[1])
            samples = samples.copy()
            rising = _fade_in(n)
            samples[:, :n] = rising * samples[:, :n] + (1.0 - rising) * self._read(self._at, n)
        self._is_fresh = False
        self._put(self._at, samples)
        self._at += samples.shape[1]

    def close(self) -> None:
        self._file.close()

    def _start_at(self, start_sample: int) -> None:
        self._at = start_sample
        self._is_fresh = True

    def _scale(self, start: int, gains: NDArray[np.float32]) -> None:
        there = max(0, min(gains.size, os.fstat(self._file.fileno()).st_size // _FRAME_BYTES - start))
        if there:
            self._put(start, self._read(start, there) * gains[:there])

    def _put(self, start: int, samples: NDArray[np.float32]) -> None:
        self._file.seek(start * _FRAME_BYTES)
        data = np.ascontiguousarray(samples.T, "<f4").tobytes()
        if self._file.write(data) != len(data):
            raise OSError(28, "No space left on device")

    def _read(self, start: int, n: int) -> NDArray[np.float32]:
        self._file.seek(start * _FRAME_BYTES)
        return _samples_of(self._file.read(n * _FRAME_BYTES), n)


class TakeReader:
    """Reads the take while it grows. Raises ExportError where it cannot be read."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = open(path, "rb", buffering=0)
        except OSError as error:
            raise ExportError(f"The take on disk cannot be read ({error.strerror}): play the film again.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, start: int, n: int) -> NDArray[np.float32]:
        """Return (4, n) float32 from a film sample on; zeros where nothing was generated."""
        try:
            self._file.seek(start * _FRAME_BYTES)
            data = self._file.read(n * _FRAME_BYTES)
        except OSError as error:
            raise ExportError(f"The take on disk cannot be read ({error.strerror}): play the film again.") from error
        return _samples_of(data, n)


def _samples_of(data: bytes, n: int) -> NDArray[np.float32]:
    frames = len(data) // _FRAME_BYTES
    samples = np.zeros((FOA_CHANNELS, n), np.float32)
    samples[:, :frames] = np.frombuffer(data, "<f4", frames * FOA_CHANNELS).reshape(frames, FOA_CHANNELS).T
    return samples


class Coverage:
    """Which film samples exist: half-open stretches, merged where they touch."""

    def __init__(self) -> None:
        self._stretches: list[tuple[int, int]] = []

    @property
    def stretches(self) -> tuple[tuple[int, int], ...]:
        """The stretches (begin, end), in order, apart from each other."""
        return tuple(self._stretches)

    @property
    def end(self) -> int:
        """The film sample after the last that exists."""
        return self._stretches[-1][1] if self._stretches else 0

    def clear(self) -> None:
        self._stretches.clear()

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
