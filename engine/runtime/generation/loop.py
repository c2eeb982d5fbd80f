"""Patch after patch into the ring: which one is next, with which settings and how many steps, and when to wait.

Threads: everything here runs in the generation child's main thread, the only inference thread of the program. It
never waits for another part: a full ring, paused playback or an unresponsive window only makes it idle. If a film
is read too slowly, it uses the latest available frame.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.intensity import levels_of
from engine.ambisonics.rotation import rotation_matrix
from engine.contract.audio import FoaBlock
from engine.contract.control import GenerationSettings, SettingsChange
from engine.contract.conventions import LATENTS_PER_PATCH, PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.errors import EngineError
from engine.contract.generation import PatchSource
from engine.contract.telemetry import FoaLevels
from engine.contract.view import FRONT, head_axes
from engine.rendering.requests import patch_start_s, request_for
from engine.runtime.film.conditioning_feed import FilmFrames
from engine.runtime.film.live_film import LiveFilm
from engine.runtime.generation.kept_lap import KeptLap, LapPart
from engine.runtime.generation.prompt_places import PromptPlaces
from engine.runtime.generation.step_controller import StepController
from engine.runtime.processes.mailbox import Mailbox
from engine.runtime.processes.messages import Failure, PatchMade, Rest, SettingsTaken, TakeRequest
from engine.runtime.shared.epochs import next_iteration, take_of
from engine.runtime.shared.laps import Lap, LoopRange, lap_at
from engine.runtime.shared.spsc_ring import SLOT_SAMPLES, RingWriter
from engine.runtime.shared.state import Phase, SharedState
from engine.runtime.takes.recorder import TakeRecorder

_IDLE_S: Final = 0.02
_SHORT_S: Final = 0.004
_NO_VERSION: Final = -1
_SPARE: Final = 0.5
"""A short lap is made again only while at least this share of the buffer, or of the ring, is full."""


class GenerationLoop:
    """Fills the ring with the wanted take and has it recorded.

    `wake` is set by anyone who sends a new take or settings, or wants it to end; `quit` ends `run`.
    """

    def __init__(
        self,
        source: PatchSource,
        ring: RingWriter,
        state: SharedState,
        recorder: TakeRecorder,
        settings: Mailbox[GenerationSettings],
        takes: Mailbox[TakeRequest | Rest | None],
        open_film: Callable[[TakeRequest], FilmFrames],
        tell: Callable[[object], None],
        wake: threading.Event,
        quit_: threading.Event,
        buffer_s: float,
    ) -> None:
        self._source = source
        self._ring = ring
        self._state = state
        self._recorder = recorder
        self._settings = settings
        self._takes = takes
        self._film = LiveFilm(open_film, state, tell, self._is_outdated)
        self._tell = tell
        self._wake = wake
        self._quit = quit_
        self._buffer_s = buffer_s
        self._steps = StepController(buffer_s)
        self._places = PromptPlaces(tell)
        self._take_version = 0
        self._take: TakeRequest | None = None
        self._film_number = 0
        self._epoch = 0
        self._next_patch = 0
        self._at = 0
        self._loop_range: LoopRange | None = None
        self._lap = Lap(0, 0)
        self._kept = KeptLap()
        self._replays = False
        self._logged_version = _NO_VERSION
        self._told_version = 0
        self._told_heard = (0, 0)

    def run(self) -> None:
        """Generate until asked to end. A model error is raised; a film error is reported and waited out."""
        try:
            while not self._quit.is_set():
                self._wake.clear()
                idle_s = self._turn()
                if idle_s > 0.0:
                    self._wake.wait(idle_s)
        finally:
            self._film.close()

    def _turn(self) -> float:
        """Do one step; returns how long to wait for news before the next."""
        self._state.beat_generation()
        version, take = self._takes.latest()
        if version != self._take_version and take is not None:
            self._take_version = version
            if isinstance(take, Rest):
                self._stop(take)
            else:
                self._begin(take)
        if self._take is None:
            return _IDLE_S
        self._follow_range(self._take)
        buffered_s = self._ring.filled_samples / SAMPLE_RATE_HZ
        if self._at >= self._lap.end:
            if not self._state.goes_on_after(self._lap.end) or self._state.ended:
                return _IDLE_S
            self._begin_lap(self._take, buffered_s)
        if buffered_s >= self._buffer_s or self._ring.free_slots < LATENTS_PER_PATCH:
            return _SHORT_S if self._state.play else _IDLE_S
        if self._replays:
            self._replay()
            return 0.0
        try:
            self._make_patch(self._take, buffered_s)
        except EngineError as error:
            self._tell(Failure(f"{error} The film is paused; the recorded sound is kept."))
            self._take = None
            self._film.close()
        return 0.0

    def _begin(self, take: TakeRequest) -> None:
        self._take = take
        self._epoch = take.epoch
        self._next_patch = take.start_sample // PATCH_SAMPLES
        self._at = take.start_sample
        self._choose_lap(take)
        self._kept.begin(None)
        self._replays = False
        self._start_source()
        self._film.begin(patch_start_s(self._next_patch))
        if take.heard_before <= self._told_heard:
            self._told_version = _NO_VERSION  # the seek dropped it before it was heard: report its new time
        if take.film_number != self._film_number:
            self._film_number = take.film_number
            self._film.close()
        self._recorder.begin(take)

    def _stop(self, rest: Rest) -> None:
        """Generate nothing more; what was heard until now is recorded."""
        if self._take is not None:
            self._recorder.begin(replace(self._take, heard_before=rest.heard_before))
        self._take = None
        self._film.close()

    def _begin_lap(self, take: TakeRequest, buffered_s: float) -> None:
        """Begin the next lap. A short one is played again from memory, unless it is outdated and there is time."""
        self._epoch = next_iteration(self._epoch)
        self._at = self._lap.back_to
        self._choose_lap(take)
        if self._kept.holds(self._lap):
            version, settings = self._settings.latest()
            steps = settings.steps or self._steps.choose(buffered_s, self._is_sounding)
            if not self._has_time(buffered_s) or self._kept.is_as_wanted(version, steps):
                self._replays = True
                return
        self._next_patch = self._at // PATCH_SAMPLES
        self._kept.begin(self._lap)
        self._start_source()

    def _has_time(self, buffered_s: float) -> bool:
        return buffered_s >= _SPARE * self._buffer_s or self._ring.filled_slots >= _SPARE * self._ring.slots

    def _replay(self) -> None:
        """Push the lap that is kept. It is recorded already, from the lap in which it was made."""
        whole, self._replays = self._kept.whole(), False
        self._publish(whole)
        self._at = whole.start + whole.samples.shape[1]

    def _follow_range(self, take: TakeRequest) -> None:
        """Follow another range from here on; the session begins another take if it is too late for that."""
        if self._state.loop_range != self._loop_range:
            self._choose_lap(take)

    def _choose_lap(self, take: TakeRequest) -> None:
        self._loop_range = self._state.loop_range
        self._lap = lap_at(self._at, self._loop_range, take.film_end)

    def _start_source(self) -> None:
        self._source.reset(self._settings.latest()[1].seed)
        self._places.begin_take()
        self._logged_version = _NO_VERSION

    def _make_patch(self, take: TakeRequest, buffered_s: float) -> None:
        frame, late_s = self._film.see(take, patch_start_s(self._next_patch), buffered_s)
        if self._is_outdated():
            return
        began_s = time.perf_counter()
        version, settings = self._settings.latest()
        steps = settings.steps or self._steps.choose(buffered_s, self._is_sounding)
        placed = self._places.place(settings, patch_start_s(self._next_patch), take.film_end / SAMPLE_RATE_HZ)
        request = request_for(placed.settings, patch_start_s(self._next_patch), steps, frame, self._in_film)
        result = self._source.next_patch(request)
        patch_ms = 1000.0 * (time.perf_counter() - began_s)
        self._steps.learn(steps, patch_ms)
        self._places.tell(result.remarks, patch_ms)
        if take_of(self._state.wanted_epoch) != take_of(self._epoch):
            return  # a seek came meanwhile: this patch is obsolete
        patch_start = self._next_patch * PATCH_SAMPLES
        start, end = self._at, min(patch_start + PATCH_SAMPLES, self._lap.end)
        samples = result.samples[:, start - patch_start : end - patch_start]
        part = LapPart(start, samples, version, steps, patch_ms, late_s > 0.0)
        self._kept.add(part)
        self._log(version, settings, placed.read_as, start)
        self._recorder.write(self._epoch, start, samples)
        self._publish(part)
        self._at = end
        self._next_patch += 1

    def _publish(self, part: LapPart) -> None:
        """Push a part of a lap into the ring, and tell that it was made."""
        count, levels = part.samples.shape[1], self._levels(part.start, part.samples)
        self._push(part.start, part.samples)
        self._state.publish_produced(self._epoch, part.start + count)
        made = PatchMade(self._epoch, part.start, count, part.patch_ms, part.steps, levels, part.is_picture_late)
        self._tell(made)

    @property
    def _in_film(self) -> NDArray[np.float64] | None:
        """Where the picture's own sphere has what the user sees upright: the ear turns the sound back."""
        upright = self._state.upright
        return None if upright == FRONT else head_axes(upright)

    @property
    def _is_sounding(self) -> bool:
        return self._state.phase in (Phase.PLAYING, Phase.REBUFFERING)

    def _push(self, start: int, samples: NDArray[np.float32]) -> None:
        for offset in range(0, samples.shape[1], SLOT_SAMPLES):
            block = FoaBlock(self._epoch, start + offset, samples[:, offset : offset + SLOT_SAMPLES])
            written = self._ring.try_write(block, self._lap.end)
            assert written, "room for a patch was asked for before it was made"

    def _log(self, version: int, settings: GenerationSettings, read_as: str, start: int) -> None:
        if version == self._logged_version:
            return
        self._logged_version = version
        is_news = version > 0 and version != self._told_version
        if is_news:
            self._told_version, self._told_heard = version, (self._epoch, start)
        change = SettingsChange(self._epoch, self._next_patch, settings)
        self._recorder.note_settings(change)
        self._tell(SettingsTaken(version, change, start / SAMPLE_RATE_HZ, is_news, read_as))

    def _levels(self, start: int, samples: NDArray[np.float32]) -> tuple[FoaLevels, ...]:
        """Return the levels of what is heard: upright."""
        upright = self._state.upright
        if upright != FRONT:
            samples = rotation_matrix(upright).astype(np.float32) @ samples
        return tuple(
            levels_of(FoaBlock(self._epoch, start + offset, samples[:, offset : offset + SLOT_SAMPLES]))
            for offset in range(0, samples.shape[1], SLOT_SAMPLES)
        )

    def _is_outdated(self) -> bool:
        """Whether the request has changed since the current work began."""
        return self._quit.is_set() or self._takes.latest()[0] != self._take_version
