"""Sorts the messages of the children into telemetry for the window and state for the session.

Threads: belongs to the session's thread, except for `kept`, which an export may read from another one.
"""

from collections import deque
from typing import Final

from engine.contract.control import SettingsChange
from engine.contract.conventions import PATCH_S, SAMPLE_RATE_HZ
from engine.contract.making import SilentLanes, SoundPeaks
from engine.contract.telemetry import (
    EngineFailure,
    EngineNotice,
    FoaLevels,
    HeardLoudness,
    OutputDevice,
    PromptHeard,
)
from engine.runtime.processes.messages import Failure, PatchMade, PieceHeard, SettingsTaken, SourceReady, TakeKept
from engine.runtime.processes.scene_messages import LevelsHeard
from engine.runtime.session.heard_meter import HeardMeter
from engine.runtime.shared.epochs import take_of

News = PromptHeard | OutputDevice | EngineNotice | EngineFailure | HeardLoudness | SoundPeaks | SilentLanes

_SMOOTHING: Final = 0.2


class TelemetryCollector:
    """Keeps levels until they are heard, the log of settings, the recorded part of the take, and the engine's state."""

    def __init__(self) -> None:
        self.is_ready = False
        self.has_failed = False
        self.checkpoint_sha256 = ""
        self.device = OutputDevice(None, "", 0)
        self.patch_ms = 0.0
        self.flow_steps = 0
        self.late_pictures = 0
        self.meter = HeardMeter()
        self._levels: deque[FoaLevels] = deque()
        self._log: list[SettingsChange] = []
        self._generated_end = 0
        self._oldest_epoch = 0
        self._film_number = 0
        self._kept: TakeKept | None = None

    @property
    def realtime_factor(self) -> float:
        """Time of a patch over its duration, smoothed; below 1 the model keeps up with playback."""
        return self.patch_ms / (1000.0 * PATCH_S)

    @property
    def log(self) -> tuple[SettingsChange, ...]:
        """Which settings held from which patch on."""
        return tuple(self._log)

    @property
    def generated_end(self) -> int:
        """The film sample after the last that was ever generated of this film."""
        return self._generated_end

    @property
    def kept(self) -> TakeKept | None:
        """The part of this film that is on disk and was heard, by the last report; None before anything is."""
        return self._kept

    def begin_film(self, epoch: int, film_number: int) -> None:
        """Forget the previous film; later messages about it are ignored."""
        self._generated_end = 0
        self._kept = None
        self._film_number = film_number
        self._oldest_epoch = epoch
        self.late_pictures = 0
        self._log.clear()
        self._levels.clear()
        self.meter.reset()

    def begin_take(self) -> None:
        """Forget the levels that will not be heard any more."""
        self._levels.clear()

    def read(self, messages: list[object]) -> list[News]:
        """Process messages; returns the ones for the user."""
        news: list[News] = []
        heard: HeardLoudness | None = None
        for message in messages:
            match message:
                case PatchMade():
                    self._add_patch(message)
                case SettingsTaken() if message.change.epoch >= self._oldest_epoch:
                    self._log.append(message.change)
                    if message.is_news:
                        patch_index, heard_at_s = message.change.patch_index, message.heard_at_s
                        news.append(PromptHeard(message.version, patch_index, heard_at_s, message.read_as))
                case SourceReady():
                    self.is_ready = True
                    self.checkpoint_sha256 = message.checkpoint_sha256
                case TakeKept() if message.film_number == self._film_number:
                    self._kept = message
                case LevelsHeard():
                    self._levels.append(message.levels)
                case PieceHeard():
                    heard = self.meter.add(message.levels)
                case OutputDevice():
                    self.device = message
                    news.append(message)
                case EngineNotice() | SoundPeaks() | SilentLanes():
                    news.append(message)
                case Failure():
                    # After the first fatal one the rest are echoes of it.
                    if not self.has_failed:
                        news.append(EngineFailure(message.message, message.detail))
                    self.has_failed = self.has_failed or message.fatal
        return news if heard is None else [*news, heard]

    def take_due_levels(self, epoch: int, sample: int) -> list[FoaLevels]:
        """Return the levels of the sound heard so far; those of older takes are dropped."""
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

    def _add_patch(self, patch: PatchMade) -> None:
        if patch.epoch < self._oldest_epoch:
            return
        self._levels.extend(patch.levels)
        self._generated_end = max(self._generated_end, patch.start_sample + patch.samples)
        share = _SMOOTHING if self.patch_ms > 0.0 else 1.0
        self.patch_ms += share * (patch.patch_ms - self.patch_ms)
        self.flow_steps = patch.flow_steps
        self.late_pictures += patch.is_picture_late
