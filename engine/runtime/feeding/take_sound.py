"""A take on disk as a sound of the mix, while it grows too.

While it grows, its directions are read as they come; when it is whole, from all of it, as for files.
"""

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.loudness import LevelMeter
from engine.ambisonics.turning.field_track import PIECE_SAMPLES, FieldTrack
from engine.ambisonics.turning.finished import shown_by
from engine.ambisonics.turning.shown import ShownReader
from engine.contract.conventions import FOA_CHANNELS, PATCH_SAMPLES
from engine.runtime.block_takes.reader import TakeReader
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.feeding.peaks import PeakMeter
from engine.runtime.feeding.telling import Telling
from engine.runtime.processes.scene_messages import KnownSound, PiecesShown

_STEP_PATCHES = 8
_PIECES = PATCH_SAMPLES // PIECE_SAMPLES


class TakeSound:
    """Implements `FedSound` for a take of which a block wants `wanted` patches. Raises MediaError if it is missing."""

    def __init__(self, number: int, store: BlockTakes, take_id: str, wanted: int) -> None:
        self.number, self.source, self.wanted = number, take_id, wanted
        self._store = store
        self._measured_by: TakeReader | None = store.open(take_id)
        self._read_by: TakeReader | None = None
        self._measured = 0
        self._patches = self._measured_by.patches
        self._level, self._peaks, self._reader = LevelMeter(), PeakMeter(), ShownReader()
        self._tracks: list[FieldTrack] = []
        self._shown: list[PiecesShown] = []
        self._telling, self._told_pieces = Telling(), 0

    def look(self) -> None:
        """See whether the take has grown."""
        if self._measured_by is None and self._patches < self.wanted:
            self._measured_by = self._store.open(self.source)
            self._telling.grows_again()
        if self._measured_by is not None:
            self._patches = self._measured_by.patches

    def step(self) -> bool:
        """Measure some patches; see `FedSound`."""
        reader = self._measured_by
        if reader is None:
            return False
        until = min(self._measured + _STEP_PATCHES, self._patches)
        for index in range(self._measured, until):
            patch = reader.patch(index)
            self._level.add(patch.samples)
            self._peaks.add(patch.samples)
            self._tracks.append(patch.track)
            shown = self._reader.read(patch.track)
            self._shown.append(PiecesShown(self.number, index * _PIECES, shown.directions, shown.sure))
        has_more = until > self._measured
        self._measured = until
        if self.is_whole and self._measured_by is not None:
            self._measured_by.close()
            self._measured_by = None
            shown = shown_by(FieldTrack.joined(self._tracks))
            self._shown = [PiecesShown(self.number, 0, shown.directions, shown.sure)]
        return has_more

    def news(self) -> list[KnownSound | PiecesShown]:
        """Return what was not told yet; see `FedSound`."""
        is_growing = self._patches < self.wanted
        samples = self._measured * PATCH_SAMPLES
        pieces = max(self.wanted, self._patches) * _PIECES
        told: list[KnownSound | PiecesShown] = []
        is_due = (is_growing or self.is_whole) and self._telling.is_due(samples, self.is_whole)
        if is_due or (self._telling.has_begun and pieces > self._told_pieces):  # room comes before what is shown
            self._told_pieces = pieces
            told.append(
                KnownSound(
                    self.number,
                    FOA_CHANNELS,
                    self._level.level(),
                    samples if self.is_whole else None,
                    pieces,
                    FieldTrack.joined(self._tracks).share,
                    follows_path=True,
                )
            )
        if self._telling.has_begun and self._shown:
            told += _joined(self._shown)
            self._shown = []
        return told

    @property
    def is_known(self) -> bool:
        """Whether the audio process knows it."""
        return self._telling.has_begun

    @property
    def is_whole(self) -> bool:
        """Whether it is as long as it is wanted, and measured."""
        return self._measured == self._patches >= self.wanted

    def has_piece(self, piece: int) -> bool:
        """Return whether a piece is on disk."""
        return 0 <= piece < self._patches * _PIECES

    def needs(self, piece: int) -> bool:
        """Return whether there is or will be sound."""
        return 0 <= piece < max(self._patches, self.wanted) * _PIECES

    def piece(self, piece: int) -> NDArray[np.float32]:
        """Return a piece (4, 1920)."""
        if self._read_by is None:
            self._read_by = self._store.open(self.source)
        index, part = divmod(piece, _PIECES)
        return self._read_by.patch(index).samples[:, part * PIECE_SAMPLES : (part + 1) * PIECE_SAMPLES]

    def peaks(self) -> NDArray[np.float32]:
        """Return the peaks so far."""
        return self._peaks.peaks()

    def rest(self) -> None:
        """Close the file that is read, until it is needed again."""
        if self._read_by is not None:
            self._read_by.close()
            self._read_by = None

    def close(self) -> None:
        """Close all files."""
        self.rest()
        if self._measured_by is not None:
            self._measured_by.close()
            self._measured_by = None


def _joined(shown: list[PiecesShown]) -> list[PiecesShown]:
    """Return consecutive messages as one."""
    directions = np.concatenate([part.directions for part in shown])
    sure = np.concatenate([part.sure for part in shown])
    return [PiecesShown(shown[0].number, shown[0].first, directions, sure)]
