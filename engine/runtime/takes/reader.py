"""Reads one version of a take, while the take may continue."""

from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.contract.errors import ExportError
from engine.runtime.takes.timeline import SEAM_SAMPLES, Piece, TakeVersion

FRAME_BYTES: Final = 4 * FOA_CHANNELS
"""A frame of the sound file: float32 W, Y, Z, X, little-endian."""
BYTES_PER_S: Final = FRAME_BYTES * SAMPLE_RATE_HZ


class TakeReader:
    """Use as a context manager. Raises ExportError if the sound cannot be read."""

    def __init__(self, sound: Path, version: TakeVersion) -> None:
        self._sound = sound
        self._version = version
        try:
            self._file = open(sound, "rb", buffering=0)
        except OSError as error:
            raise self._failed(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, start: int, n: int) -> NDArray[np.float32]:
        """Return AmbiX (4, n) float32 from a film sample on; zeros where nothing was heard."""
        out = np.zeros((FOA_CHANNELS, n), np.float32)
        for piece in self._version.pieces:
            begin, end = max(start, piece.begin), min(start + n, piece.end)
            if begin >= end:
                continue
            samples = self._frames(piece.at_frame + begin - piece.begin, end - begin)
            below = out[:, begin - start : end - start]
            gains = _gains(piece, begin, end)
            below[:] = samples if gains is None else gains * samples + (np.float32(1.0) - gains) * below
        return out

    def _frames(self, at_frame: int, n: int) -> NDArray[np.float32]:
        try:
            self._file.seek(at_frame * FRAME_BYTES)
            data = bytearray()
            while len(data) < n * FRAME_BYTES and (more := self._file.read(n * FRAME_BYTES - len(data))):
                data += more
        except OSError as error:
            raise self._failed(error) from error
        if len(data) < n * FRAME_BYTES:
            raise ExportError(f"The sound of the take in {self._sound.parent} is shorter than its journal says.")
        return np.frombuffer(bytes(data), "<f4").reshape(n, FOA_CHANNELS).T

    def _failed(self, error: OSError) -> ExportError:
        reason = (error.strerror or str(error)).lower()
        return ExportError(f"The take in {self._sound.parent} cannot be read: {reason}.")


def _gains(piece: Piece, begin: int, end: int) -> NDArray[np.float32] | None:
    """Return the gains (end - begin,) of a piece there, or None for full level."""
    solid_begin, solid_end = piece.solid
    if solid_begin <= begin and end <= solid_end:
        return None
    at = np.arange(begin, end, dtype=np.float64)
    gains = np.ones(end - begin)
    if piece.fades_in:
        gains = np.minimum(gains, (at - piece.begin + 1.0) / (SEAM_SAMPLES + 1.0))
    if piece.fades_out:
        gains = np.minimum(gains, (piece.end - at) / (SEAM_SAMPLES + 1.0))
    return gains.astype(np.float32)
