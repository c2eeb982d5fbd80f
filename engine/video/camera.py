"""A live camera as a film: what is known of it, and its pictures for the display and for the model."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.camera import CAMERA, LIVE_S, camera_as_chosen, camera_source
from engine.contract.conventions import CONDITIONING_FRAME_SIZE
from engine.contract.video import NO_CHOICE, FilmChoice, VideoInfo
from engine.files.closing import Closing
from engine.media.camera import CameraFeed
from engine.media.container import Picture
from engine.media.pixels import PixelOrder
from engine.video.chosen import film_as_chosen
from engine.video.conditioning import CONDITIONING_PANORAMA_WIDTH
from engine.video.decoder import resized
from engine.video.effort import open_in_background
from engine.video.unpacking import Unpacking

OpenFeed = Callable[[str, tuple[int, int] | None], CameraFeed]
"""Opens what is behind the name of a camera; the size of its pictures is None if it is not known yet."""


def source_as_chosen(path: Path, choice: FilmChoice = NO_CHOICE, open_feed: OpenFeed = CameraFeed) -> VideoInfo:
    """Return what is known of a film or of a camera, with the user's choice above all. Raises MediaError.

    A camera is opened until its first picture has come.
    """
    source = camera_source(path)
    if source is None:
        return film_as_chosen(path, choice)
    with open_feed(source, None) as feed:
        width, height = feed.size
        camera = VideoInfo(f"{CAMERA}{source}", width, height, feed.fps, LIVE_S, codec=feed.codec, times="live")
        chosen = camera_as_chosen(camera, choice)
        next(feed.pictures(time.monotonic))
        return chosen


class CameraPictures(Closing):
    """The open camera of a film. One thread reads, another one makes pictures ready."""

    def __init__(self, film: VideoInfo, max_width: int, open_feed: OpenFeed = CameraFeed) -> None:
        self._feed = open_feed(camera_source(film.path) or "", (film.width, film.height))
        open_in_background(self._feed.stream)
        self._eye = Unpacking(film, max_width, PixelOrder.SCREEN)
        self._model = Unpacking(film, CONDITIONING_PANORAMA_WIDTH)

    def close(self) -> None:
        """Let go of the camera; a second call does nothing."""
        self._feed.close()

    def pictures(self, now: Callable[[], float] = time.monotonic) -> Iterator[Picture]:
        """Yield pictures as they come; raises MediaError when no more do."""
        return self._feed.pictures(now)

    def for_eye(self, picture: Picture) -> NDArray[np.uint8]:
        """Return the panorama (H, W, 4) in the screen's pixels."""
        return self._eye.panorama(picture)

    def for_model(self, picture: Picture) -> NDArray[np.uint8]:
        """Return the conditioning picture (128, 256, 3)."""
        return resized(self._model.panorama(picture), *CONDITIONING_FRAME_SIZE)
