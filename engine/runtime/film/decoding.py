"""What the window's process needs of a decoder, and the one that it opens."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.video import VideoInfo
from engine.runtime.film.video_loop import VideoLoop
from engine.video.effort import Effort

EYE_WIDTH: Final = 1920
"""A view of a panorama cannot show more."""

Place = tuple[int, float]
"""An epoch, which counts iterations of the loop, and a film time."""


class Seeable(Protocol):
    """A decoded picture: see `engine.video.for_both.FilmPicture`."""

    @property
    def from_s(self) -> float:
        """When it comes on show."""

    @property
    def until_s(self) -> float:
        """When the next one takes its place."""

    @property
    def size_bytes(self) -> int:
        """How much memory it takes."""

    def narrowed(self) -> "Seeable":
        """Return it in less memory, for the display alone."""

    def for_eye(self) -> NDArray[np.uint8]:
        """Return the panorama (H, W, 4) in the screen's pixels."""

    def for_model(self) -> NDArray[np.uint8]:
        """Return the conditioning picture."""


class FilmDecoder(Protocol):
    """What decodes: see `engine.video.for_both.DecoderForBoth`."""

    def spare(self, effort: Effort) -> None:
        """Decode these pictures alone: fewer from now on, more from the next call of `pictures` on."""

    def pictures(self, start_s: float) -> Iterator[Seeable]:
        """Yield pictures with exact times; the first is the one due at `start_s`."""


OpenDecoder = Callable[[VideoInfo], AbstractContextManager[FilmDecoder]]


def open_decoder(film: VideoInfo) -> AbstractContextManager[FilmDecoder]:
    """Open the film for the display, not wider than a view of it can show, and for the model."""
    from engine.video.for_both import DecoderForBoth

    return DecoderForBoth(film, EYE_WIDTH)


def lead_s(film: VideoInfo, loop: VideoLoop, ahead: Place, behind: Place) -> float:
    """Return by how many seconds a place of a take is ahead of another one, iterations counted."""
    return (ahead[0] - behind[0]) * loop.lap_s(film.duration_s) + ahead[1] - behind[1]
