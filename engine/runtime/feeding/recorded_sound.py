"""A recording, or the film's own sound, as a sound of the mix: converted into a file of a private folder.

It can be heard while it is converted; its level is that of what is converted so far, and then that of the whole.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import FOA_CHANNELS
from engine.contract.scene.blocks import Convention
from engine.export.reading.recording import RecordingReader
from engine.rendering.mix.sounds import BlockSound
from engine.runtime.feeding.peaks import PeakMeter
from engine.runtime.feeding.telling import Telling
from engine.runtime.processes.scene_messages import KnownSound, PiecesShown
from engine.runtime.recordings.spool import SoundSpool, read_frames
from engine.runtime.shared.sound_pool import PIECE_SAMPLES

_ALL = range(2**62)


class RecordedSound:
    """Implements `FedSound` for a file. Without a `convention` the file decides, as for a film.

    `file` is written and removed at the end. Raises MediaError or ExportError.
    """

    def __init__(
        self, number: int, path: Path, convention: Convention | None, file: Path, *, head_locked: bool = False
    ) -> None:
        self.number, self.source = number, str(path)
        self._file = file
        self._reader = RecordingReader(path, convention)
        self._channels, self._promised = self._reader.channels, self._reader.samples
        try:
            self._spool = SoundSpool(file, self._channels, _ALL, head_locked=head_locked)
        except BaseException:
            self._reader.close()
            raise
        self._blocks: Iterator[NDArray[np.float32]] | None = self._reader.blocks()
        self._peaks, self._telling = PeakMeter(), Telling()
        self._at = 0

    def step(self) -> bool:
        """Convert a block; see `FedSound`."""
        if self._blocks is None:
            return False
        block = next(self._blocks, None)
        if block is None:
            self._blocks = None
            self._reader.close()
            return True
        self._spool.append(block)
        self._spool.flush()
        self._peaks.add(block)
        self._at += block.shape[1]
        return True

    def news(self) -> list[KnownSound | PiecesShown]:
        """Return what was not told yet; see `FedSound`."""
        if not self._telling.is_due(self._at, self.is_whole):
            return []
        pieces = -(-max(self._promised, self._at) // PIECE_SAMPLES) if self._channels == FOA_CHANNELS else 0
        if not self.is_whole:
            return [KnownSound(self.number, self._channels, self._spool.level_so_far, None, pieces)]
        sound, _ = self.finished()
        share = 1.0 if sound.field is None else sound.field.share
        known = KnownSound(self.number, self._channels, sound.level, self._at, pieces, share)
        if sound.field is None:
            return [known]
        return [known, PiecesShown(self.number, 0, sound.field.shown.directions, sound.field.shown.sure)]

    def finished(self) -> tuple[BlockSound, int]:
        """Return the sound of the whole file, and how many samples it has; only when it is whole."""
        return self._spool.sound(follows_path=False), self._at

    @property
    def is_known(self) -> bool:
        """Whether the audio process knows it."""
        return self._telling.has_begun

    @property
    def is_whole(self) -> bool:
        """Whether all of it is converted."""
        return self._blocks is None

    def has_piece(self, piece: int) -> bool:
        """Return whether a piece is converted."""
        end = (piece + 1) * PIECE_SAMPLES
        return piece >= 0 and (end <= self._at or (self.is_whole and end - PIECE_SAMPLES < self._at))

    def needs(self, piece: int) -> bool:
        """Return whether there is or will be sound."""
        return piece >= 0 and (not self.is_whole or piece * PIECE_SAMPLES < self._at)

    def piece(self, piece: int) -> NDArray[np.float32]:
        """Return a piece (C, n)."""
        return read_frames(self._file, self._channels, piece * PIECE_SAMPLES, PIECE_SAMPLES).T

    def peaks(self) -> NDArray[np.float32]:
        """Return the peaks so far."""
        return self._peaks.peaks()

    def rest(self) -> None:
        """Do nothing: no file stays open for reading."""

    def close(self) -> None:
        """Close everything and remove the converted sound."""
        self._reader.close()
        self._spool.close()
        with contextlib.suppress(OSError):  # it goes with its folder
            self._file.unlink(missing_ok=True)


class NoSound:
    """Implements `FedSound` for a film without sound: silence, of which nothing is missing."""

    def __init__(self, number: int, path: Path) -> None:
        self.number, self.source = number, str(path)
        self._telling = Telling()

    def step(self) -> bool:
        """Do nothing."""
        return False

    def news(self) -> list[KnownSound | PiecesShown]:
        """Return that there is nothing to hear, once."""
        from engine.ambisonics.loudness import LevelMeter

        due = self._telling.is_due(0, is_whole=True)
        return [KnownSound(self.number, 1, LevelMeter().level(), 0)] if due else []

    is_known = is_whole = True

    def has_piece(self, piece: int) -> bool:
        """Return that there is none."""
        return False

    def needs(self, piece: int) -> bool:
        """Return that none is needed."""
        return False

    def piece(self, piece: int) -> NDArray[np.float32]:
        """Return nothing: there is no piece."""
        return np.zeros((1, 0), np.float32)

    def peaks(self) -> NDArray[np.float32]:
        """Return none."""
        return np.zeros(0, np.float32)

    def rest(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
