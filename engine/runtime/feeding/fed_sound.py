"""A sound of a scene on its way into the pool: measured from its start, and read in pieces of 40 ms."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.runtime.processes.scene_messages import KnownSound, PiecesShown


class FedSound(Protocol):
    """One thread. Every method may raise MediaError or ExportError: then the sound is given up."""

    number: int
    """What the audio process knows it by."""
    source: str
    """The id of the take or the path of the file."""

    def step(self) -> bool:
        """Measure a little more, some milliseconds at most; returns False if there is nothing to measure now."""

    def news(self) -> list[KnownSound | PiecesShown]:
        """Return what the audio process has to know and was not told yet."""

    @property
    def is_known(self) -> bool:
        """Whether enough is known to mix it."""

    @property
    def is_whole(self) -> bool:
        """Whether all of it is measured."""

    def has_piece(self, piece: int) -> bool:
        """Return whether a piece can be read; none lies before the start or behind the end."""

    def piece(self, piece: int) -> NDArray[np.float32]:
        """Return a piece (C, n), n up to 1920."""

    def needs(self, piece: int) -> bool:
        """Return whether there is, or will be, sound in a piece."""

    def peaks(self) -> NDArray[np.float32]:
        """Return the peaks (N,) of 480 samples each, as far as it is measured."""

    def rest(self) -> None:
        """Close files until they are needed again."""

    def close(self) -> None:
        """Close it for good; a second call does nothing."""
