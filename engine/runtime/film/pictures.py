"""The pictures of what is open: a film is decoded ahead of the sound, a camera shows what happens now.

Threads: belongs to the session's thread.
"""

from engine.contract.video import ScreenFrame, VideoInfo
from engine.runtime.film.decoding import Place
from engine.runtime.film.live_camera import LiveCamera
from engine.runtime.film.video_loop import VideoLoop
from engine.runtime.film.video_worker import VideoWorker


class Pictures:
    """Passes everything on to the worker for films, or to that for cameras; the other one rests."""

    def __init__(self, films: VideoWorker, cameras: LiveCamera) -> None:
        self._films = films
        self._cameras = cameras
        self._is_live = False

    def open(self, film: VideoInfo, epoch: int, film_number: int) -> None:
        """Show another film from its start, or a camera. Numbers grow with every film that is opened."""
        self._is_live = film.is_live
        if film.is_live:
            self._films.leave()
            self._cameras.open(film, film_number)
        else:
            self._cameras.leave()
            self._films.open(film, epoch, film_number)

    def leave(self) -> None:
        """Let go of the camera, if one is open."""
        if self._is_live:
            self._cameras.leave()

    def seek(self, epoch: int, t_s: float) -> None:
        """Continue at another time, in a new take; a camera shows the same."""
        if not self._is_live:
            self._films.seek(epoch, t_s)

    def set_loop(self, loop: VideoLoop, now: Place) -> None:
        """Repeat the film or a range of it from now on; a camera does not repeat."""
        if not self._is_live:
            self._films.set_loop(loop, now)

    def take_due(self, epoch: int, t_s: float) -> ScreenFrame | None:
        """Return the picture to show at a film time, or None if it is the one returned before."""
        return (self._cameras if self._is_live else self._films).take_due(epoch, t_s)

    def close(self) -> None:
        """End the threads."""
        self._cameras.close()
        self._films.close()
