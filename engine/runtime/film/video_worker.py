"""Decodes the film for display, ahead of the sound's clock, and returns the frame that is due.

If the pictures between the sound and the model fit into memory, the same decoder serves the model (`for_model`): it
runs ahead of the model, and frames for later display wait as they were decoded.

Threads: one decodes, one makes pictures ready to show; `open`, `seek`, `set_loop`, `due` and `close` belong to the
session's thread and never wait for them.
"""

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from engine.contract.conventions import PATCH_S
from engine.contract.errors import EngineError
from engine.contract.telemetry import EngineNotice
from engine.contract.video import ScreenFrame, VideoInfo
from engine.runtime.film.decode_pace import DecodePace, PaceNotice
from engine.runtime.film.decoding import EYE_WIDTH, FilmDecoder, OpenDecoder, Place, Seeable, lead_s
from engine.runtime.film.for_model import LEAD_S, PicturesForModel
from engine.runtime.film.look_ahead import LookAhead
from engine.runtime.film.ready_maker import ReadyMaker
from engine.runtime.film.video_loop import NO_LOOP, VideoLoop
from engine.runtime.shared.epochs import next_iteration, take_of
from engine.video.effort import Effort
from engine.video.grid import index_at, time_of

_LATE_S: Final = 1.5
_CATCH_UP_S: Final = 0.5
_MODEL_LATE_S: Final = 0.5
_CATCHING_UP_S: Final = 0.1
_JUDGE_S: Final = 1.0
_LOOK_S: Final = 0.05
_JOIN_S: Final = 0.6


@dataclass(frozen=True)
class _Job:
    film: VideoInfo
    film_number: int
    epoch: int
    start_s: float
    effort: Effort = Effort.EVERY


class VideoWorker:
    """Keeps frames ready. A failure is reported once to `tell`; the sound continues without a picture.

    Frames that cannot be decoded in time are skipped: the decoder jumps to the sound's position and decodes fewer.
    """

    def __init__(
        self, open_decoder: OpenDecoder, tell: Callable[[EngineNotice], None], model: PicturesForModel | None = None
    ) -> None:
        self._open_decoder = open_decoder
        self._tell = tell
        self._model = model
        self._changed = threading.Condition()
        self._job: _Job | None = None
        self._failed: _Job | None = None
        self._ahead = LookAhead()
        self._serves_model = False
        self._head: Place | None = None  # up to where this job has served the model
        self._effort = Effort.EVERY
        self._pace = DecodePace(tuple(Effort))
        self._judge_again_s = 0.0
        self._was_late_s: float | None = None
        self._pace_notice = PaceNotice(tell)
        self._loop = NO_LOOP
        self._closing = False
        self._maker = ReadyMaker(self._ahead, self._changed, self._fail_now)
        self._thread = threading.Thread(target=self._run, name="video", daemon=True)
        self._thread.start()

    def open(self, film: VideoInfo, epoch: int, film_number: int) -> None:
        """Show another film from its start. Numbers grow with every film that is opened."""
        self._pace = DecodePace(tuple(Effort))
        self._pace_notice.update(Effort.EVERY)
        with self._changed:
            self._serves_model = self._model is not None and self._model.begin(film, film_number, EYE_WIDTH)
            self._put(_Job(film, film_number, epoch, 0.0))

    def leave(self) -> None:
        """Show no film any more."""
        self._pace_notice.update(Effort.EVERY)
        with self._changed:
            self._job, self._serves_model, self._head = None, False, None
            self._ahead.clear()
            self._changed.notify_all()

    def seek(self, epoch: int, t_s: float) -> None:
        """Continue at another time, in a new take."""
        if self._job is not None:
            self._put(replace(self._job, epoch=epoch, start_s=t_s))

    def set_loop(self, loop: VideoLoop, now: Place) -> None:
        """Repeat the film or a range of it from now on; `now` is what is seen, by epoch and time."""
        with self._changed:
            is_other_range = not loop.has_range_of(self._loop)
            self._loop = loop
            self._changed.notify_all()
        if is_other_range and self._job is not None:  # what was decoded ahead may not follow any more
            self._put(replace(self._job, epoch=now[0], start_s=now[1]))

    def take_due(self, epoch: int, t_s: float) -> ScreenFrame | None:
        """Return the newest frame due at a film time, or None if it is the one returned before.

        The first frame of a take is due at once: after a seek the display does not wait for the sound.
        """
        with self._changed:
            due = self._ahead.take_due(epoch, t_s)
            if due is not None and self._ahead.wants_work:
                self._changed.notify_all()
            job, serves_model, head = self._job, self._serves_model, self._head
        if job is None or take_of(job.epoch) != take_of(epoch):
            return due
        if serves_model and self._model is not None:
            self._keep_pace_with_model(job, self._model.reached, head)
        elif due is not None and due.epoch == epoch:
            # The first picture of a job may have come long before: a still one is not late.
            due_s = max(due.pts_s, job.start_s) if job.epoch == epoch else due.pts_s
            self._keep_pace(job, epoch, t_s, t_s - due_s)
        return due

    def close(self) -> None:
        """End the threads and close the film."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._maker.close(_JOIN_S)
        self._thread.join(_JOIN_S)

    # How much is decoded: the session's thread.

    def _keep_pace(self, job: _Job, epoch: int, t_s: float, late_s: float) -> None:
        """Jump ahead when the decoder cannot keep up, instead of falling back for ever, and choose what it decodes."""
        effort = self._pace.note_late() if late_s > _LATE_S else self._pace.note_in_time()
        if late_s > _LATE_S or effort is not job.effort:
            self._pace_notice.update(effort)
            start_s = min(t_s + _CATCH_UP_S, job.film.duration_s)
            self._put(replace(job, epoch=epoch, start_s=start_s, effort=effort))

    def _keep_pace_with_model(self, job: _Job, reached: Place, head: Place | None) -> None:
        """Decode less if the model's pictures are late and stay so, and jump where that does not help.

        A decoder that was held up for a moment catches up by itself. What waits for the display stays. To decode more
        again is to begin again at a key picture, at the head.
        """
        now_s = time.monotonic()
        if head is None or take_of(reached[0]) != take_of(head[0]) or now_s < self._judge_again_s:
            return
        late_s = -lead_s(job.film, self._loop, head, reached)
        if late_s <= _MODEL_LATE_S:
            self._was_late_s = None
            effort = self._pace.note_in_time()
            if effort is not self._effort:
                self._go_on(job, head, effort)
            return
        self._judge_again_s = now_s + _JUDGE_S
        before_s, self._was_late_s = self._was_late_s, late_s
        if before_s is None or late_s < before_s - _CATCHING_UP_S:
            return
        effort = self._pace.note_late()
        if late_s > _LATE_S:
            epoch, t_s = reached
            self._go_on(job, (epoch, min(t_s + _CATCH_UP_S, job.film.duration_s)), effort)
        else:
            self._pace_notice.update(effort)
            self._effort = effort  # the decoder's thread follows with its next picture

    def _go_on(self, job: _Job, place: Place, effort: Effort) -> None:
        self._pace_notice.update(effort)
        self._put(replace(job, epoch=place[0], start_s=place[1], effort=effort), keep_ahead=True)

    def _put(self, job: _Job, *, keep_ahead: bool = False) -> None:
        with self._changed:
            self._job = job
            self._effort = job.effort
            self._head = None
            self._was_late_s = None
            if not keep_ahead:
                self._ahead.clear()
            self._changed.notify_all()

    # Decoding, in a separate thread.

    def _run(self) -> None:
        done: _Job | None = None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._is_new(done))  # noqa: B023  (used at once)
                if self._closing:
                    return
                job = self._job
            assert job is not None
            try:
                with self._open_decoder(job.film) as decoder:
                    done = self._show_film(decoder, job)
            except Exception as error:
                self._fail(job, error)

    def _fail(self, job: _Job, error: Exception) -> None:
        """Show nothing more of a job, and leave the model to a separate reader."""
        with self._changed:
            if self._failed is job:
                return
            self._failed = job
            self._ahead.clear()
            self._leave_model(job)
            self._changed.notify_all()
        message = str(error) if isinstance(error, EngineError) else "The picture stopped because of an internal error."
        without = f"{message} The sound continues without a picture; open the film again to retry."
        self._tell(EngineNotice(without, "".join(traceback.format_exception(error)), topic="picture"))

    def _fail_now(self, error: Exception) -> None:
        if self._job is not None:
            self._fail(self._job, error)

    def _leave_model(self, job: _Job) -> None:
        is_open = self._job is not None and self._job.film_number == job.film_number
        if is_open and self._serves_model and self._model is not None:
            self._serves_model = False
            self._model.give_up(job.film_number)

    def _show_film(self, decoder: FilmDecoder, job: _Job) -> _Job:
        """Decode until another film is wanted; returns the last job that was served."""
        while True:
            self._decode(decoder, job)
            with self._changed:
                self._changed.wait_for(lambda: self._is_over(job))  # noqa: B023  (used at once)
                following = self._job
                if self._closing or following is None or following is job or following.film_number != job.film_number:
                    return job
            job = following

    def _decode(self, decoder: FilmDecoder, job: _Job) -> None:
        """Decode a job, iteration after iteration, until it is over or the film ends for good."""
        decoder.spare(job.effort)
        effort, epoch, start_s, pictures = job.effort, job.epoch, job.start_s, 0
        while True:
            # The model looks at times of a grid, and up to a patch earlier.
            from_s = time_of(index_at(start_s - PATCH_S)) if self._serves_model else start_s
            end_s = self._loop.end_for(start_s)
            for picture in decoder.pictures(from_s):
                if picture.from_s >= end_s:
                    break
                pictures += 1
                self._show_model(job, epoch, picture)
                if picture.until_s > start_s and not self._add(job, epoch, picture.narrowed()):
                    return
                if self._is_over(job):
                    return
                if self._effort is not effort:
                    effort = self._effort
                    decoder.spare(effort)
            if not self._next_iteration_comes(job, can_loop=pictures > 0):
                return
            epoch, start_s, pictures = next_iteration(epoch), self._loop.start_s, 0

    def _show_model(self, job: _Job, epoch: int, picture: Seeable) -> None:
        """Hand a picture to the model, if this decoder serves it."""
        if not self._serves_model or self._model is None or self._is_over(job):
            return
        self._model.show(job.film_number, picture)
        with self._changed:
            if self._job is job:
                self._head = (epoch, min(picture.until_s, job.film.duration_s))

    def _add(self, job: _Job, epoch: int, picture: Seeable) -> bool:
        """Put a picture behind the others once there is room for it; return whether the job continues."""
        with self._changed:
            while not self._is_over(job) and not self._has_room(job):
                self._changed.wait(_LOOK_S if self._serves_model else None)
            if self._is_over(job):
                return False
            self._ahead.add(epoch, picture)
            self._changed.notify_all()
            return True

    def _has_room(self, job: _Job) -> bool:
        """Return whether more is to be decoded: for the display, or for the model as far as memory allows."""
        if self._ahead.is_short:
            return True
        if not self._serves_model or self._model is None or self._head is None:
            return False
        reached = self._model.reached
        if take_of(reached[0]) != take_of(self._head[0]) or lead_s(job.film, self._loop, self._head, reached) >= LEAD_S:
            return False
        # The model does not wait for a window that has not looked for a while.
        if self._ahead.drop_missed(self._model.heard) or self._ahead.size_bytes < self._model.most_bytes:
            return True
        self._leave_model(job)
        return False

    def _next_iteration_comes(self, job: _Job, can_loop: bool) -> bool:
        """Wait at the film's end; True if the loop wraps, False if the job is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over(job) or (self._loop.is_on and can_loop))
            return not self._is_over(job)

    def _is_new(self, done: _Job | None) -> bool:
        return self._job is not None and self._job is not done and self._job is not self._failed

    def _is_over(self, job: _Job) -> bool:
        return self._closing or self._job is not job or self._failed is job
