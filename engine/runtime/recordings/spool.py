"""Sound that is made once and then read from anywhere: samples in a file of a private folder, measured on the way."""

import contextlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.loudness import LevelMeter, SourceLevel
from engine.ambisonics.turning.field_track import PIECE_SAMPLES, FieldMeter, FieldTrack
from engine.ambisonics.turning.finished import shown_by
from engine.contract.conventions import FOA_CHANNELS
from engine.contract.errors import MediaError, reason_of
from engine.files.staging import refused
from engine.rendering.mix.sounds import BlockSound, FieldFacts

_CHUNK_SAMPLES: Final = 9_600
"""So much is read from disk at a time: 0.2 s."""
_PAIR_GAIN: Final = np.float32(np.sqrt(0.5))


class SoundSpool:
    """Takes a sound (C, N) in blocks of any length, C = 1, 2 or 4 (AmbiX), and gives it back as a `BlockSound`.

    All of it is measured, but only the samples of `kept` are written to `file`. A pair is weighed as it will be heard:
    `head_locked` by the ears, or otherwise in the field. Raises ExportError if the disk is full.
    """

    def __init__(self, file: Path, channels: int, kept: range, *, head_locked: bool = False) -> None:
        self._path, self._channels, self._kept = file, channels, kept
        self._at = 0
        self._is_pair_in_field = channels == 2 and not head_locked
        self._level, self._meter = LevelMeter(2 if channels == 2 and head_locked else 1), FieldMeter()
        self._tracks: list[FieldTrack] = []
        self._rest = np.zeros((channels, 0), np.float32)
        try:
            self._file = open(file, "wb")
        except OSError as error:
            raise refused(file.parent, error) from error

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        with contextlib.suppress(OSError):  # a full disk refuses the last buffered bytes
            self._file.close()

    def append(self, block: NDArray[np.float32]) -> None:
        """Take the next samples (C, n)."""
        weighed = block
        if self._is_pair_in_field:  # both channels go into W
            weighed = np.concatenate([_PAIR_GAIN * block.sum(axis=0, keepdims=True), block])
        self._level.add(weighed)
        if self._channels == FOA_CHANNELS:
            self._measure(block)
        first = min(max(self._kept.start - self._at, 0), block.shape[1])
        last = min(max(self._kept.stop - self._at, 0), block.shape[1])
        self._at += block.shape[1]
        try:
            self._file.write(np.ascontiguousarray(block[:, first:last].T, np.float32).tobytes())
        except OSError as error:
            raise refused(self._path.parent, error) from error

    def flush(self) -> None:
        """Let the file have all that was taken. Raises ExportError if the disk is full."""
        try:
            self._file.flush()
        except OSError as error:
            raise refused(self._path.parent, error) from error

    @property
    def samples(self) -> int:
        """How many samples were taken."""
        return self._at

    @property
    def level_so_far(self) -> SourceLevel:
        """How loud what was taken is."""
        return self._level.level()

    def sound(self, *, follows_path: bool) -> BlockSound:
        """Return what was taken; nothing can be added afterwards. See `FieldFacts` for `follows_path`."""
        try:
            self._file.close()
        except OSError as error:
            raise refused(self._path.parent, error) from error
        if self._rest.shape[1]:
            self._measure(np.zeros((self._channels, -self._rest.shape[1] % PIECE_SAMPLES), np.float32))
        facts = None
        if self._channels == FOA_CHANNELS:
            track = FieldTrack.joined(self._tracks)
            facts = FieldFacts(shown_by(track), track.share, follows_path)
        samples = _FileSamples(self._path, self._channels, self._kept.start)
        return BlockSound(self._channels, samples, self._level.level(), facts)

    def _measure(self, block: NDArray[np.float32]) -> None:
        waiting = np.concatenate([self._rest, block], axis=1)
        whole = waiting.shape[1] // PIECE_SAMPLES * PIECE_SAMPLES
        if whole:
            self._tracks.append(self._meter.measure(waiting[:, :whole]))
        self._rest = waiting[:, whole:]


class _FileSamples:
    """Implements `Samples` for a file of interleaved samples; its first one is the sound's sample `start`.

    The file is not held open: a scene may have thousands, and some systems do not remove what is open.
    """

    def __init__(self, path: Path, channels: int, start: int) -> None:
        self._path, self._start, self._channels = path, start, channels
        self._total = path.stat().st_size // (4 * channels)
        self._chunk_at = 0
        self._chunk: NDArray[np.float32] = np.zeros((0, channels), np.float32)

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Return samples (C, count); see `Samples`."""
        begin = start - self._start
        first, last = min(max(begin, 0), self._total), min(max(begin + count, 0), self._total)
        out = np.zeros((self._channels, count), np.float32)
        if first < last:
            if first < self._chunk_at or last > self._chunk_at + len(self._chunk):
                self._fetch(first, max(count, _CHUNK_SAMPLES))
            out[:, first - begin : last - begin] = self._chunk[first - self._chunk_at : last - self._chunk_at].T
        return out

    def _fetch(self, first: int, count: int) -> None:
        self._chunk_at, self._chunk = first, read_frames(self._path, self._channels, first, count)


def read_frames(path: Path, channels: int, first: int, count: int) -> NDArray[np.float32]:
    """Return up to `count` frames (n, channels) of a file of interleaved samples. Raises MediaError if it is gone."""
    frame_bytes = 4 * channels
    try:
        with open(path, "rb") as file:
            file.seek(first * frame_bytes)
            data = file.read(count * frame_bytes)
    except OSError as error:
        raise MediaError(f"A converted sound in {path.parent} cannot be read: {reason_of(error)}.") from error
    return np.frombuffer(data[: len(data) // frame_bytes * frame_bytes], np.float32).reshape(-1, channels)
