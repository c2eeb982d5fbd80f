"""A recording that is played as a bed, as a sound of the mix: known as soon as its file is converted to the end."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.scene.blocks import Convention
from engine.rendering.mix.beds import as_bed
from engine.rendering.mix.sounds import BlockSound
from engine.runtime.feeding.recorded_sound import RecordedSound
from engine.runtime.processes.scene_messages import KnownSound, PiecesShown
from engine.runtime.shared.sound_pool import PIECE_SAMPLES


class BedSound:
    """Implements `FedSound` for a bed. `file` is written and removed at the end. Raises MediaError or ExportError."""

    def __init__(
        self, number: int, path: Path, convention: Convention, file: Path, seed: int, *, head_locked: bool = False
    ) -> None:
        self.number, self.source, self._seed = number, str(path), seed
        self._recorded = RecordedSound(number, path, convention, file, head_locked=head_locked)
        self._bed: BlockSound | None = None

    def step(self) -> bool:
        """Convert a block; see `FedSound`."""
        return self._recorded.step()

    def news(self) -> list[KnownSound | PiecesShown]:
        """Return what was not told yet; see `FedSound`."""
        if self._bed is not None or not self.is_whole:
            return []
        recording, samples = self._recorded.finished()
        bed = self._bed = as_bed(recording, samples, self._seed)
        length = samples if bed is recording else None  # a bed has no end
        if bed.field is None:
            return [KnownSound(self.number, bed.channels, bed.level, length)]
        shown = bed.field.shown
        known = KnownSound(self.number, bed.channels, bed.level, length, len(shown.sure), bed.field.share)
        return [known, PiecesShown(self.number, 0, shown.directions, shown.sure)]

    @property
    def is_known(self) -> bool:
        """Whether the audio process knows it."""
        return self._bed is not None

    @property
    def is_whole(self) -> bool:
        """Whether all of the file is converted."""
        return self._recorded.is_whole

    def has_piece(self, piece: int) -> bool:
        """Return whether a piece can be read: any one, once the file is whole."""
        return piece >= 0 and self._bed is not None

    def needs(self, piece: int) -> bool:
        """Return whether there is or will be sound: without an end."""
        return piece >= 0

    def piece(self, piece: int) -> NDArray[np.float32]:
        """Return a piece (C, 1920)."""
        assert self._bed is not None
        return self._bed.samples.read(piece * PIECE_SAMPLES, PIECE_SAMPLES)

    def peaks(self) -> NDArray[np.float32]:
        """Return the peaks of the file so far."""
        return self._recorded.peaks()

    def rest(self) -> None:
        """Do nothing: no file stays open for reading."""

    def close(self) -> None:
        """Close everything and remove the converted sound."""
        self._recorded.close()
