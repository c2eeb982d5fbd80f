"""A recording of the user's as it enters a mix: mono and stereo as they are, four channels as AmbiX, all at 48 kHz."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.contract.errors import MediaError
from engine.contract.scene.blocks import Convention
from engine.export.reading.ambix_reader import TO_AMBIX
from engine.export.reading.opening import open_source
from engine.export.reading.resample import resampled, resampled_length
from engine.export.reading.source import Block, SoundSource, check_samples

_READ_FRAMES = 16_384


class RecordingReader:
    """Reads a sound file, or the sound of a film, block by block. Use as a context manager.

    Without a `convention` the file decides: one channel is mono, two are stereo, and the first four of more are a sound
    field, AmbiX if the file does not say otherwise. Raises MediaError if the file is missing, is not a sound file, or
    has another number of channels than the convention needs.
    """

    def __init__(self, path: Path, convention: Convention | None = None) -> None:
        self._path = path
        self._source = open_source(path)
        try:
            self._convention = _usual(path, self._source) if convention is None else convention
            if self._convention.channels != min(self._source.channels, FOA_CHANNELS):
                raise MediaError(
                    f"{path} has {self._source.channels} channels, and its block is {self._convention.value}: choose "
                    "another convention for the block, or another file."
                )
        except MediaError:
            self._source.close()
            raise
        self.channels = self._convention.channels
        """1, 2, or 4 for AmbiX."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._source.close()

    @property
    def samples(self) -> int:
        """The number of samples at 48 kHz, to within one; for a compressed file, approximately."""
        return resampled_length(self._source.frames, self._source.rate_hz, SAMPLE_RATE_HZ)

    def blocks(self) -> Iterator[Block]:
        """Yield samples (channels, n) float32 at 48 kHz from start to end. Raises MediaError if the file is damaged."""
        self._source.seek(0)
        return resampled(self._converted(), self.channels, self._source.rate_hz, SAMPLE_RATE_HZ)

    def _converted(self) -> Iterator[Block]:
        while (block := self._source.read(_READ_FRAMES)).shape[1]:
            block = block[: self.channels]
            check_samples(block, self._path)
            yield np.ascontiguousarray(_as_mixed(block, self._convention), np.float32)


def _usual(path: Path, source: SoundSource) -> Convention:
    if source.channels >= FOA_CHANNELS:
        return Convention.AMBIX if source.says is None else Convention(source.says)
    if source.channels > 2:
        raise MediaError(f"{path} has {source.channels} channels: use mono, stereo or first-order sound (4 channels).")
    return Convention.MONO if source.channels == 1 else Convention.STEREO


def _as_mixed(block: Block, convention: Convention) -> Block:
    if convention is Convention.AMBIX or convention.channels < FOA_CHANNELS:
        return block
    if convention is Convention.FUMA:
        return TO_AMBIX["fuma"](block).astype(np.float32)
    if convention is Convention.N3D:
        return TO_AMBIX["n3d"](block).astype(np.float32)
    return TO_AMBIX["a-format"](block).astype(np.float32)
