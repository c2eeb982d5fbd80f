"""Shows a camera: always the newest picture, for the display and for the model. Older ones are dropped.

Threads: one reads the camera, as long as it is open; one makes pictures ready. `open`, `leave`, `take_due` and `close`
belong to the session's thread and never wait for them.
"""

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.camera import shown_name
from engine.contract.errors import EngineError
from engine.contract.telemetry import EngineNotice
from engine.contract.video import ScreenFrame, VideoInfo
from engine.runtime.film.decoding import EYE_WIDTH
from engine.runtime.film.picture_board import PictureBoard
from engine.video.grid import FOR_EVER

_AGAIN_S: Final = 1.0
_LET_GO_S: Final = 4.0
_FOR_MODEL_S: Final = 0.1
_LOOKED_S: Final = 0.5
"""A window that has not asked for so long shows nothing."""
_JOIN_S: Final = 0.6
_TOPIC: Final = "camera"


class OpenCamera(Protocol):
    """What is read: see `engine.video.camera.CameraPictures`."""

    def __enter__(self) -> "OpenCamera":
        """Open it."""

    def __exit__(self, *ended: Any) -> None:
        """Let go of it."""

    def pictures(self) -> Any:
        """Yield pictures as they come; raises MediaError when no more do."""

    def for_eye(self, picture: Any) -> NDArray[np.uint8]:
        """Return the panorama (H, W, 4) in the screen's pixels."""

    def for_model(self, picture: Any) -> NDArray[np.uint8]:
        """Return the conditioning picture."""


def open_camera(film: VideoInfo) -> OpenCamera:
    """Open a camera for the display, not wider than a view of it can show, and for the model."""
    from engine.video.camera import CameraPictures

    return CameraPictures(film, EYE_WIDTH)


@dataclass(eq=False)
class _Job:
    film: VideoInfo
    film_number: int
    over: threading.Event = field(default_factory=threading.Event)
    reader: threading.Thread | None = None
    is_unreadable: bool = False


@dataclass(frozen=True, eq=False)
class _Come:
    """A picture that has come from an open camera."""

    job: _Job
    camera: OpenCamera
    picture: Any


class LiveCamera:
    """A camera that stops is reported once, and opened again until it comes back or `leave` is called.

    Meanwhile the last picture stays on show, and the model keeps it.
    """

    def __init__(
        self,
        open_: Callable[[VideoInfo], OpenCamera],
        tell: Callable[[EngineNotice], None],
        board: PictureBoard,
        again_s: float = _AGAIN_S,
    ) -> None:
        self._open = open_
        self._tell = tell
        self._board = board
        self._again_s = again_s
        self._changed = threading.Condition()
        self._job: _Job | None = None
        self._newest: _Come | None = None
        self._ready: NDArray[np.uint8] | None = None
        self._looked_s = self._shown_to_model_s = 0.0
        self._closing = False
        self._maker = threading.Thread(target=self._make, name="camera pictures", daemon=True)
        self._maker.start()

    def open(self, film: VideoInfo, film_number: int) -> None:
        """Show a camera in place of what was shown. Numbers grow with every film that is opened."""
        before = self._job
        self.leave()
        self._board.serve(film_number)
        job = _Job(film, film_number)
        last = None if before is None else before.reader
        job.reader = threading.Thread(target=self._read, args=(job, last), name="camera", daemon=True)
        with self._changed:
            self._job, self._looked_s = job, time.monotonic()
        job.reader.start()

    def leave(self) -> None:
        """Show no camera any more; it is let go of as soon as its driver allows."""
        with self._changed:
            job = self._job
            self._job = self._newest = self._ready = None
            self._shown_to_model_s = 0.0
        if job is not None:
            job.over.set()
            self._tell(EngineNotice("", topic=_TOPIC))

    def take_due(self, epoch: int, t_s: float) -> ScreenFrame | None:
        """Return the newest picture, or None if it is the one returned before."""
        with self._changed:
            self._looked_s = time.monotonic()
            ready, self._ready = self._ready, None
        return None if ready is None else ScreenFrame(epoch, t_s, ready)

    def close(self) -> None:
        """End the threads and let go of the camera."""
        job = self._job
        with self._changed:
            self._closing = True
            if job is not None:
                job.over.set()
            self._changed.notify_all()
        self._maker.join(_JOIN_S)
        if job is not None and job.reader is not None:
            job.reader.join(_JOIN_S)

    # Reading, in a separate thread for each camera that is opened.

    def _read(self, job: _Job, before: threading.Thread | None) -> None:
        if before is not None:
            before.join(_LET_GO_S)  # it may be the same camera
        is_lost = False
        while not job.over.is_set():
            try:
                with self._open(job.film) as camera:
                    for picture in camera.pictures():
                        if job.over.is_set():
                            return
                        if is_lost:
                            is_lost = False
                            self._tell(EngineNotice("", topic=_TOPIC))
                        self._put(_Come(job, camera, picture))
            except Exception as error:  # told, and tried again
                if not is_lost and not job.over.is_set():
                    is_lost = True
                    self._tell(_lost(job.film, error))
            job.over.wait(self._again_s)

    def _put(self, come: _Come) -> None:
        with self._changed:
            if self._job is come.job:
                self._newest = come
                self._changed.notify_all()

    # Making pictures ready, in a separate thread.

    def _make(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._newest is not None)
                if self._closing:
                    return
                come, self._newest = self._newest, None
            assert come is not None
            if come.job.is_unreadable:
                continue
            try:
                self._make_ready(come)
            except Exception as error:  # told once: no thread dies silently
                come.job.is_unreadable = True
                self._tell(_lost(come.job.film, error))

    def _make_ready(self, come: _Come) -> None:
        now_s = time.monotonic()
        if now_s - self._shown_to_model_s >= _FOR_MODEL_S:
            picture = come.camera.for_model(come.picture)
            with self._changed:
                if self._job is come.job:
                    self._shown_to_model_s = now_s
                    self._board.pin(come.job.film_number, 0, FOR_EVER, picture)
        if now_s - self._looked_s < _LOOKED_S:
            pixels = come.camera.for_eye(come.picture)
            with self._changed:
                if self._job is come.job:
                    self._ready = pixels


def _lost(film: VideoInfo, error: Exception) -> EngineNotice:
    is_told = isinstance(error, EngineError)
    message = str(error) if is_told else f"The pictures of {shown_name(film.path)} cannot be shown."
    goes_on = f"{message} The last picture stays and the sound continues; the camera is opened again when it is there."
    return EngineNotice(goes_on, "".join(traceback.format_exception(error)), topic=_TOPIC, lasts=True)
