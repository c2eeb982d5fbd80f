"""Decodes the film for display, ahead of the sound's clock, and returns the frame that is due.

Threads: one decodes; `open`, `seek`, `set_loop`, `due` and `close` belong to the session's thread and never wait for
the decoder.
"""

import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final, Protocol

from engine.contract.errors import EngineError
from engine.contract.telemetry import EngineNotice
from engine.contract.video import VideoFrame, VideoInfo
from engine.runtime.film.decode_pace import DecodePace
from engine.runtime.shared.epochs import next_lap, take_of
from engine.video.effort import Effort

_AHEAD_FRAMES: Final = 8
_LATE_S: Final = 1.5
_CATCH_UP_S: Final = 0.5
_JOIN_S: Final = 0.6
_MOST_WIDTH: Final = 1920
_TOO_LARGE: Final = (
    "This machine cannot decode every frame of the film in time: fewer are shown, and the sound continues."
)


class FrameDecoder(Protocol):
    """A decoder: see `engine.video.decoder.VideoDecoder`."""

    def spare(self, effort: Effort) -> None:
        """Decode only these frames from the next call of `frames` on."""

    def frames(self, start_s: float, epoch: int) -> Iterator[VideoFrame]:
        """Yield frames with exact times; the first is the one due at `start_s`."""


OpenDecoder = Callable[[VideoInfo], AbstractContextManager[FrameDecoder]]


@dataclass(frozen=True)
class _Job:
    film: VideoInfo
    film_number: int
    epoch: int
    start_s: float
    effort: Effort = Effort.EVERY


class VideoWorker:
    """Keeps a few frames ready. A failure is reported once to `tell`; the sound continues without a picture.

    Frames that cannot be decoded in time are skipped: the decoder jumps to the sound's position and decodes fewer.
    """

    def __init__(self, open_decoder: OpenDecoder, tell: Callable[[EngineNotice], None]) -> None:
        self._open_decoder = open_decoder
        self._tell = tell
        self._changed = threading.Condition()
        self._job: _Job | None = None
        self._frames: deque[VideoFrame] = deque()
        self._shown_epoch = -1
        self._pace = DecodePace(tuple(Effort))
        self._is_sparing = False
        self._loop = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="video", daemon=True)
        self._thread.start()

    def open(self, film: VideoInfo, epoch: int) -> None:
        """Show another film from its start."""
        number = self._job.film_number + 1 if self._job is not None else 0
        self._pace = DecodePace(tuple(Effort))
        self._say_pace(Effort.EVERY)
        self._put(_Job(film, number, epoch, 0.0))

    def seek(self, epoch: int, t_s: float) -> None:
        """Continue at another time, in a new take."""
        if self._job is not None:
            self._put(replace(self._job, epoch=epoch, start_s=t_s))

    def set_loop(self, on: bool) -> None:
        with self._changed:
            self._loop = on
            self._changed.notify_all()

    def due(self, epoch: int, t_s: float) -> VideoFrame | None:
        """Return the newest frame due at a film time, or None if it is the one returned before.

        The first frame of a take is due at once: after a seek the display does not wait for the sound.
        """
        due: VideoFrame | None = None
        with self._changed:
            while self._frames and self._is_due(self._frames[0], epoch, t_s):
                due = self._frames.popleft()
                self._shown_epoch = due.epoch
            if due is not None:
                self._changed.notify_all()
            job = self._job
        if due is not None and job is not None and due.epoch == epoch:
            # The first frame of a job may have come long before: a still one is not late.
            due_s = max(due.pts_s, job.start_s) if job.epoch == epoch else due.pts_s
            self._keep_pace(job, epoch, t_s, t_s - due_s)
        return due

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(_JOIN_S)

    def _keep_pace(self, job: _Job, epoch: int, t_s: float, late_s: float) -> None:
        """Jump ahead when the decoder cannot keep up, instead of falling back for ever, and choose what it decodes."""
        effort = self._pace.late() if late_s > _LATE_S else self._pace.in_time()
        if late_s > _LATE_S or effort is not job.effort:
            self._say_pace(effort)
            start_s = min(t_s + _CATCH_UP_S, job.film.duration_s)
            self._put(replace(job, epoch=epoch, start_s=start_s, effort=effort))

    def _say_pace(self, effort: Effort) -> None:
        spares = effort is not Effort.EVERY
        if spares == self._is_sparing:
            return
        self._is_sparing = spares
        self._tell(EngineNotice(_TOO_LARGE if spares else "", topic="pictures", lasts=spares))

    def _is_due(self, frame: VideoFrame, epoch: int, t_s: float) -> bool:
        if frame.epoch != epoch:
            return frame.epoch < epoch
        return frame.pts_s <= t_s or take_of(self._shown_epoch) != take_of(epoch)

    def _put(self, job: _Job) -> None:
        with self._changed:
            self._job = job
            self._frames.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        done: _Job | None = None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._job is not done)  # noqa: B023  (used at once)
                if self._closing:
                    return
                job = self._job
            assert job is not None
            try:
                with self._open_decoder(job.film) as decoder:
                    done = self._show_film(decoder, job)
            except EngineError as error:
                done = self._failed(job, str(error))
            except Exception:
                done = self._failed(job, "The picture stopped because of an internal error.")

    def _failed(self, job: _Job, message: str) -> _Job:
        without = f"{message} The sound continues without a picture; open the film again to retry."
        self._tell(EngineNotice(without, traceback.format_exc(), topic="picture"))
        return job

    def _show_film(self, decoder: FrameDecoder, job: _Job) -> _Job:
        """Decode until another film is wanted; returns the last job that was served."""
        while True:
            self._decode(decoder, job)
            with self._changed:
                self._changed.wait_for(lambda: self._is_over(job))  # noqa: B023  (used at once)
                following = self._job
                if self._closing or following is None or following.film_number != job.film_number:
                    return job
            job = following

    def _decode(self, decoder: FrameDecoder, job: _Job) -> None:
        """Decode a job, lap after lap, until it is over or the film ends for good."""
        decoder.spare(job.effort)
        epoch, start_s, frames = job.epoch, job.start_s, 0
        while True:
            for frame in decoder.frames(start_s, epoch):
                frames += 1
                with self._changed:
                    self._changed.wait_for(lambda: self._is_over(job) or len(self._frames) < _AHEAD_FRAMES)
                    if self._is_over(job):
                        return
                    self._frames.append(frame)
            if not self._next_lap_comes(job, can_loop=frames > 0):
                return
            epoch, start_s, frames = next_lap(epoch), 0.0, 0

    def _next_lap_comes(self, job: _Job, can_loop: bool) -> bool:
        """Wait at the film's end; True if the loop wraps, False if the job is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over(job) or (self._loop and can_loop))
            return not self._is_over(job)

    def _is_over(self, job: _Job) -> bool:
        return self._closing or self._job is not job


def open_decoder(film: VideoInfo) -> AbstractContextManager[FrameDecoder]:
    """Open the film for display, at most as wide as a view of it can show."""
    from engine.video.decoder import VideoDecoder

    return VideoDecoder(film, max_width=_MOST_WIDTH, in_background=True)
