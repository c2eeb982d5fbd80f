"""From decoded pictures to arrays of pixels, and to smaller pictures. Single-threaded unless a picture is large."""

from enum import Enum
from pathlib import Path
from typing import Final

import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from engine.contract.errors import MediaError
from engine.media.container import FFMPEG_ERRORS, Picture

__all__ = ["Interpolation", "PixelOrder", "Pixels", "Smaller", "black_like", "bytes_of", "grey_of"]

_LARGE_PX: Final = 2048 * 1024
"""Above this, FFmpeg may divide the work among threads. Below it, waking them takes longer than the work."""


class PixelOrder(Enum):
    """The bytes of a pixel in an array, by FFmpeg's name: three for a model, four for a screen."""

    RGB = "rgb24"
    SCREEN = "bgra"
    """Blue, green, red, 255: what `QImage.Format.Format_RGB32` holds on a little-endian machine."""


class Pixels:
    """Makes arrays of decoded pictures. Pictures of one size share what the conversion needs; not thread-safe.

    Otherwise FFmpeg would prepare every conversion for itself, which takes as long as the conversion.
    """

    def __init__(self, order: PixelOrder) -> None:
        self._order = order
        self._scaler = VideoReformatter()

    def of(self, picture: Picture, width: int, height: int, by: Interpolation | None, path: str) -> NDArray[np.uint8]:
        """Return a picture (height, width, channels) at a size.

        The array is FFmpeg's memory, without a copy. Raises MediaError, which names the file at `path`.
        """
        try:
            made = self._scaler.reformat(
                picture, width, height, self._order.value, interpolation=by, threads=_threads_for(picture)
            )
            pixels: NDArray[np.uint8] = made.to_ndarray()  # type: ignore[assignment]  # both orders are uint8
        except FFMPEG_ERRORS as error:
            raise _cannot_be_shown(path) from error
        if self._order is PixelOrder.SCREEN and _may_be_transparent(picture):
            pixels = pixels.copy()  # FFmpeg returns the picture itself if there is nothing to convert
            pixels[:, :, 3] = 255
        return pixels


class Smaller:
    """Makes pictures smaller that stay encoded as light and colour, half a byte for the colours of each pixel.

    Pictures of one size share what scaling needs; not thread-safe.
    """

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def picture(self, picture: Picture, width: int, height: int, path: str) -> Picture:
        """Return a picture at a size; one in other colours (RGB, palette, grey) as it is.

        Raises MediaError with the name of the file at `path` if it cannot.
        """
        kind = picture.format
        if kind.is_rgb or len(kind.components) != 3 or not kind.name.startswith(("yuv", "nv", "p0")):
            return picture
        kept = "yuvj420p" if kind.name.startswith("yuvj") else "yuv420p"
        try:
            return self._scaler.reformat(picture, width, height, kept, threads=_threads_for(picture))
        except FFMPEG_ERRORS as error:
            raise _cannot_be_shown(path) from error


def black_like(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a black picture in the shape (H, W, 3 or 4) of another one; the fourth byte of a screen's pixel is 255."""
    black = np.zeros_like(pixels)
    black[..., 3:] = 255
    return black


def bytes_of(picture: Picture) -> int:
    """Return how much memory a picture takes."""
    return sum(plane.buffer_size for plane in picture.planes)


def grey_of(picture: Picture) -> NDArray[np.uint8] | None:
    """Return a picture in grey (H, W); None if it cannot be converted."""
    try:
        grey: NDArray[np.uint8] = picture.to_ndarray(format="gray")  # type: ignore[assignment]  # gray is uint8
        return grey
    except FFMPEG_ERRORS:
        return None


def _cannot_be_shown(path: str) -> MediaError:
    """Return the error about a file with pictures that FFmpeg cannot convert."""
    return MediaError(f"The pictures of {Path(path).name} cannot be shown: convert the film to H.264.")


def _threads_for(picture: Picture) -> int:
    """Return the number of threads that convert a picture; 0 leaves it to FFmpeg."""
    return 0 if picture.width * picture.height > _LARGE_PX else 1


def _may_be_transparent(picture: Picture) -> bool:
    kind = picture.format
    return kind.has_palette or any(component.is_alpha for component in kind.components)
