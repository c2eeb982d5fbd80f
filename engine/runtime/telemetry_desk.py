"""What the children said, sorted into what the window wants to know and what the session must remember.

Threads: belongs to the session's thread, except for `take`, a snapshot that an export may ask for from another one.
"""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from engine.contract.control import SettingsChange
from engine.contract.conventions import PATCH_S, SAMPLE_RATE_HZ
from engine.contract.telemetry import EngineFailure, EngineNotice, FoaLevels, PromptHeard
from engine.runtime.epochs import take_of
from engine.runtime.foa_recorder import Coverage
from engine.runtime.messages import Failure, OutputChanged, PatchMade, SettingsTaken, SourceReady

_SMOOTHING: Final = 0.2


@dataclass(frozen=True)
class TakeOnDisk:
    """What of the film exists: `length` samples up to the last one, `open_end` where generation is now (or None)."""

    length: int
    open_end: int | None


class TelemetryDesk:
    """Keeps levels until they are heard, the log of settings, what exists on disk, and the engine's health."""

    def __init__(self) -> None:
        self.is_ready = False
        self.has_failed = False
        self.checkpoint_sha256 = ""
        self.device_name = ""
        self.patch_ms = 0.0
        self.flow_steps = 0
        self.late_pictures = 0
        self._lock = threading.Lock()
        self._levels: deque[FoaLevels] = deque()
        self._log: list[SettingsChange] = []
        self._coverage = Coverage()
        self._written_to = 0
        self._oldest_epoch = 0
        self._film_end = 0

    @property
    def realtime_factor(self) -> float:
        """Time of a patch over its duration, smoothed; below 1 the ear can be fed."""
        return self.patch_ms / (1000.0 * PATCH_S)

    @property
    def log(self) -> tuple[SettingsChange, ...]:
        return tuple(self._log)

    @property
    def take(self) -> TakeOnDisk:
        with self._lock:
            length = self._coverage.end
            open_end = self._written_to if 0 < self._written_to < self._film_end else None
            return TakeOnDisk(length, open_end)

    def begin_film(self, epoch: int, film_end: int) -> None:
        """Forget the film before; what is still said of it is not counted."""
        with self._lock:
            self._coverage.clear()
            self._written_to = 0
            self._film_end = film_end
        self._oldest_epoch = epoch
        self.late_pictures = 0
        self._log.clear()
        self._levels.clear()

    def begin_take(self) -> None:
        """Forget the levels that will not be heard any more."""
        self._levels.clear()

    def read(self, messages: list[object]) -> list[PromptHeard | EngineNotice | EngineFailure]:
        """Take in what was said; returns what the user is to be told at once."""
        news: list[PromptHeard | EngineNotice | EngineFailure] = []
        for message in messages:
            match message:
                case PatchMade():
                    self._patch_made(message)
                case SettingsTaken() if message.change.epoch >= self._oldest_epoch:
                    self._log.append(message.change)
                    if message.is_news:
                        patch_index, heard_at_s = message.change.patch_index, message.heard_at_s
                        news.append(PromptHeard(message.version, patch_index, heard_at_s, message.read_as))
                case SourceReady():
                    self.is_ready = True
                    self.checkpoint_sha256 = message.checkpoint_sha256
                case OutputChanged():
                    self.device_name = message.name
                case EngineNotice():
                    news.append(message)
                case Failure():
                    # After the first fatal one the rest are echoes of it.
                    if not self.has_failed:
                        news.append(EngineFailure(message.message, message.detail))
                    self.has_failed = self.has_failed or message.fatal
        return news

    def due_levels(self, epoch: int, sample: int) -> list[FoaLevels]:
        """Return the levels of what has been heard by now; those of older takes are dropped."""
        due: list[FoaLevels] = []
        now_s = sample / SAMPLE_RATE_HZ
        while self._levels:
            first = self._levels[0]
            if first.epoch > epoch or (first.epoch == epoch and first.start_s >= now_s):
                break
            self._levels.popleft()
            if take_of(first.epoch) == take_of(epoch):
                due.append(first)
        return due

    def _patch_made(self, patch: PatchMade) -> None:
        if patch.epoch < self._oldest_epoch:
            return
        self._levels.extend(patch.levels)
        with self._lock:
            self._written_to = patch.start_sample + patch.samples
            self._coverage.add(patch.start_sample, self._written_to)
        share = _SMOOTHING if self.patch_ms > 0.0 else 1.0
        self.patch_ms += share * (patch.patch_ms - self.patch_ms)
        self.flow_steps = patch.flow_steps
        self.late_pictures += patch.is_picture_late
