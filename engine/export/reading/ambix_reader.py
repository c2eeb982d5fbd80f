"""First-order recordings as AmbiX, whatever their format: the one reader of every command."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.a_format import a_format_to_ambix
from engine.ambisonics.normalisation import fuma_to_ambix, n3d_to_sn3d
from engine.contract.conventions import FOA_CHANNELS
from engine.contract.errors import MediaError
from engine.export.reading.doubt import sounds_like_fuma
from engine.export.reading.opening import open_take
from engine.export.reading.resample import in_blocks, resampled, resampled_length
from engine.export.reading.source import Block, Convention, SoundSource, check_samples, seek_last
from engine.export.reading.stems import missing_stems

_READ_FRAMES: Final = 16_384
_EXCERPTS: Final = 12
_EXCERPT_S: Final = 1.0

ConventionSource = Literal["file", "guess", "user"]
TO_AMBIX: Final[dict[Convention, Callable[[NDArray[np.floating[Any]]], NDArray[np.floating[Any]]]]] = {
    "ambix": lambda block: block,
    "fuma": fuma_to_ambix,
    "n3d": n3d_to_sn3d,
    "a-format": a_format_to_ambix,
}
_DOUBT: Final = (
    "{name} is read as AmbiX, but sounds like FuMa (W is about 3 dB low and the last channel is the weakest, as height "
    "is): if the directions are wrong, specify --convention fuma; --convention ambix hides this notice."
)


class AmbixReader:
    """Reads a first-order sound file block by block as AmbiX; from a higher order, its first four channels.

    Without a `convention` the file decides (AMB is FuMa); the default is AmbiX. With `rate_hz` it is resampled to that
    rate. One of four mono files W, Y, Z, X, or a pattern that matches them, is the take of all four. Use as a context
    manager. Raises MediaError if the file is missing, is not a sound file, or has not enough channels.

    `duration_s` is the stated duration. `notices` are sentences about conversions and oddities, to be shown.
    """

    def __init__(self, path: Path, convention: Convention | None = None, *, rate_hz: int | None = None) -> None:
        self._path = path
        self._source = open_take(path, convention)
        source = self._source
        if source.channels < FOA_CHANNELS:
            source.close()
            raise MediaError(_too_few(path, source.channels))
        self.channels, self.file_rate_hz = source.channels, source.rate_hz
        self.rate_hz = rate_hz or source.rate_hz
        self.duration_s = source.frames / source.rate_hz
        self.convention: Convention = convention or source.says or "ambix"
        self.convention_source: ConventionSource = "user" if convention else "file" if source.says else "guess"
        self.is_doubtful = self.convention_source == "guess" and self._is_doubtful()
        """Whether a file that does not say what it is sounds like FuMa."""
        self.notices: tuple[str, ...] = tuple(self._noticed(source))

    @property
    def frames(self) -> int:
        """The number of samples, to within one; for a compressed file, approximately."""
        return resampled_length(self._source.frames, self.file_rate_hz, self.rate_hz)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.close()

    def blocks(self, frames: int = _READ_FRAMES, *, last_s: float | None = None) -> Iterator[Block]:
        """Yield AmbiX (4, n) float32 from start to end; every n is `frames` except the last.

        With `last_s` it begins that many seconds before the end, if the file can be seeked.
        """
        if last_s is None:
            self._source.seek(0)
        else:
            seek_last(self._source, last_s)
        at_rate = resampled(self._converted(), FOA_CHANNELS, self.file_rate_hz, self.rate_hz)
        return in_blocks(at_rate, FOA_CHANNELS, frames)

    def _converted(self) -> Iterator[Block]:
        to_ambix = TO_AMBIX[self.convention]
        while (block := self._source.read(_READ_FRAMES)).shape[1]:
            block = block[:FOA_CHANNELS]
            check_samples(block, self._path)
            yield np.ascontiguousarray(to_ambix(block), np.float32)

    def _noticed(self, source: SoundSource) -> Iterator[str]:
        name = self._path.name
        for notice in source.notices:
            yield f"{name} {notice}"
        if source.channels > FOA_CHANNELS:
            order = {"fuma": "W, X, Y, Z", "a-format": "FLU, FRD, BLD, BRU"}.get(self.convention, "W, Y, Z, X")
            yield f"{name} has {source.channels} channels: the first four are used ({order}), the others are ignored."
        if self.rate_hz != self.file_rate_hz:
            yield f"{name} is at {self.file_rate_hz} Hz: it is converted to {self.rate_hz} Hz."
        if self.is_doubtful:
            yield _DOUBT.format(name=name)

    def _is_doubtful(self) -> bool:
        """Return whether excerpts from the whole file suggest FuMa; the actual reading reports damage."""
        try:
            with closing(open_take(self._path)) as source:
                return sounds_like_fuma(_excerpts(source), source.rate_hz)
        except MediaError:
            return False


def read_ambix(path: Path, convention: Convention | None = None, *, rate_hz: int | None = None) -> tuple[Block, int]:
    """Return a whole first-order sound file as AmbiX (4, N) float32, and its sampling rate in hertz.

    For short files: all of it is in memory. Raises MediaError as `AmbixReader` does.
    """
    with AmbixReader(path, convention, rate_hz=rate_hz) as reader:
        blocks = list(reader.blocks())
        empty = np.zeros((FOA_CHANNELS, 0), np.float32)
        return (np.concatenate(blocks, axis=1) if blocks else empty), reader.rate_hz


def _too_few(path: Path, channels: int) -> str:
    text = f"{path} has {channels} channel{'s' * (channels != 1)}: first-order AmbiX has four (W, Y, Z, X)."
    missing = missing_stems(path) if channels == 1 else ()
    if missing:
        text += f" If it is one of four mono files: those that end in {', '.join(missing)} are missing in its folder."
    return text


def _excerpts(source: SoundSource) -> Iterator[Block]:
    """Yield one-second stretches (4, n) from the whole file, or its start if it cannot be seeked."""
    length = round(_EXCERPT_S * source.rate_hz)
    for index in range(_EXCERPTS):
        if source.can_seek and source.frames > _EXCERPTS * length:
            source.seek(index * (source.frames - length) // (_EXCERPTS - 1))
        block = source.read(length)
        if block.shape[1] == 0:
            return
        yield block[:FOA_CHANNELS]
