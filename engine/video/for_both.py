"""One decoder for the display and for the model: pictures wait as they were decoded until one of them asks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import CONDITIONING_FRAME_SIZE
from engine.contract.video import VideoInfo
from engine.media.pixels import PixelOrder, black_like, bytes_of
from engine.video.conditioning import CONDITIONING_PANORAMA_WIDTH
from engine.video.decoder import DecodedPicture, VideoDecoder, resized
from engine.video.effort import Effort
from engine.video.strips import StripPair
from engine.video.unpacking import Unpacking


@dataclass(frozen=True, eq=False)
class FilmPicture:
    """A picture that waits to be seen, on show from `from_s` to `until_s` (endless for the film's last one)."""

    _decoded: DecodedPicture
    _eye: Unpacking
    _model: Unpacking

    @property
    def from_s(self) -> float:
        """The exact time from which it is on show."""
        return self._decoded.from_s

    @property
    def until_s(self) -> float:
        """The exact time at which the next one takes its place."""
        return self._decoded.until_s

    @property
    def size_bytes(self) -> int:
        """How much memory it takes while it waits."""
        picture = self._decoded.picture
        parts = (picture.upper, picture.lower) if isinstance(picture, StripPair) else (picture,)
        return sum(bytes_of(part) for part in parts)

    def narrowed(self) -> "FilmPicture":
        """Return the same picture for the display in less memory; for the model it is not the same any more."""
        narrow = self._eye.narrowed(self._decoded.picture)
        return replace(self, _decoded=replace(self._decoded, picture=narrow))

    def for_eye(self) -> NDArray[np.uint8]:
        """Return the panorama (H, W, 4) in the screen's pixels: blue, green, red, 255."""
        return self._panorama(self._eye)

    def for_model(self) -> NDArray[np.uint8]:
        """Return the conditioning picture (128, 256, 3), the same as a `ConditioningReader` gives."""
        return resized(self._panorama(self._model), *CONDITIONING_FRAME_SIZE)

    def _panorama(self, unpacking: Unpacking) -> NDArray[np.uint8]:
        panorama = unpacking.panorama(self._decoded.picture)
        return black_like(panorama) if self._decoded.is_black else panorama


class DecoderForBoth:
    """Decodes one film for the display, not wider than `max_width`, and for the model.

    One thread decodes, calls `for_model` and `narrowed`; another one may call `for_eye`.
    """

    def __init__(self, film: VideoInfo, max_width: int) -> None:
        self._decoder = VideoDecoder(film, in_background=True)
        self._eye = Unpacking(film, max_width, PixelOrder.SCREEN)
        self._model = Unpacking(film, CONDITIONING_PANORAMA_WIDTH)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._decoder.close()

    def spare(self, effort: Effort) -> None:
        """Decode these pictures alone: fewer from now on, more from the next call of `pictures` on."""
        self._decoder.spare(effort)

    def pictures(self, start_s: float) -> Iterator[FilmPicture]:
        """Yield pictures in order; the first is the one on show at `start_s`. Raises MediaError if nothing decodes."""
        for decoded in self._decoder.pictures(start_s):
            yield FilmPicture(decoded, self._eye, self._model)
