"""What the session reports, as Qt signals.

Threads: lives in the GUI thread. A timer asks for the frame that is due (PicturePace). The telemetry is drained
together with a frame, 15 to 20 times per second: what moves is painted in one go with the film. Without a frame, a
timer drains it.
"""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, SignalInstance

from app.bridge.picture_pace import PicturePace
from engine.contract.errors import EngineError
from engine.contract.making import SilentLanes, SoundPeaks
from engine.contract.telemetry import (
    EngineFailure,
    EngineMetrics,
    EngineNotice,
    EngineState,
    FoaLevels,
    HeardLoudness,
    OutputDevice,
    PromptHeard,
)
from engine.contract.video import VideoInfo

if TYPE_CHECKING:
    from engine.runtime.session.session import Session

_TELEMETRY_MS = 70  # the longest that telemetry waits for a picture to be shown with
_TELEMETRY_REST_S = 0.045  # a picture that comes sooner after the last telemetry is shown alone
_LIVE_LOOKS = 2
_PICTURE_MS = 16  # how often a frame is asked for while none comes

logger = logging.getLogger(__name__)


class SessionNews(QObject):
    """The reading half of SessionBridge: frames, telemetry and failures of the running session."""

    levels = Signal(object)
    loudness = Signal(object)
    metrics = Signal(object)
    prompt_heard = Signal(object)
    output_changed = Signal(object)
    noticed = Signal(object)
    failed = Signal(object)
    frame = Signal(object)
    position = Signal(float)
    playing_changed = Signal(bool)
    silent_lanes = Signal(object)
    sound_peaks = Signal(object)

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._film: VideoInfo | None = None
        self._has_failed = False
        self._playing = False
        self._drained_at_s = 0.0
        self._pace = PicturePace(_PICTURE_MS, _TELEMETRY_MS)
        self._telemetry = self._timer(_TELEMETRY_MS, self._drain)
        self._picture = self._timer(_PICTURE_MS, self._show_due_picture)

    def _timer(self, interval_ms: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    @property
    def session(self) -> "Session | None":
        """The running session, or None before `start`."""
        return self._session

    @property
    def film(self) -> VideoInfo | None:
        """The open film, or None."""
        return self._film

    @property
    def playing(self) -> bool:
        """Whether the user wants it to play; the engine itself may still be filling its buffer."""
        return self._playing

    def notice(self, notice: EngineNotice) -> None:
        """Notify the user of something that the window itself found out."""
        self.noticed.emit(notice)

    def fail(self, error: EngineError) -> None:
        """Report that the engine cannot do what it should."""
        logger.error("engine: %s", error)
        self.failed.emit(EngineFailure(str(error)))

    def _set_playing(self, playing: bool) -> None:
        if playing != self._playing:
            self._playing = playing
            self.playing_changed.emit(playing)

    def _drain(self) -> None:
        if self._session is None:
            return
        self._drained_at_s = time.monotonic()
        self._telemetry.start()  # again from its beginning
        passed_on: dict[type, SignalInstance] = {
            FoaLevels: self.levels,
            HeardLoudness: self.loudness,
            PromptHeard: self.prompt_heard,
            OutputDevice: self.output_changed,
            SilentLanes: self.silent_lanes,
            SoundPeaks: self.sound_peaks,
        }
        for item in self._session.poll():
            if type(item) in passed_on:
                passed_on[type(item)].emit(item)
                continue
            match item:
                case EngineMetrics():
                    self._take_metrics(item)
                case EngineNotice():
                    logger.warning("engine: %s\n%s", item.message or f"{item.topic}: over", item.detail)
                    self.noticed.emit(item)
                case EngineFailure():
                    logger.error("engine: %s\n%s", item.message, item.detail)
                    self._set_playing(False)
                    self.failed.emit(item)
        if self._session is not None and self._session.can_play:
            self.position.emit(self._session.position_s)

    def _take_metrics(self, metrics: EngineMetrics) -> None:
        self._has_failed = metrics.state is EngineState.FAILED
        if metrics.state in (EngineState.FAILED, EngineState.ENDED):
            self._set_playing(False)
        self.metrics.emit(metrics)

    def _show_due_picture(self) -> None:
        if self._session is None or self._film is None:
            return
        frame = self._session.latest_frame()
        # A camera's pictures come at any moment: one that has just been missed is not shown a whole picture later.
        fps = _LIVE_LOOKS * self._film.fps if self._film.is_live else self._film.fps
        wait_ms = self._pace.wait_ms(frame is not None, fps)
        if wait_ms != self._picture.interval():
            self._picture.setInterval(wait_ms)
        if frame is not None:
            self.frame.emit(frame)
            if time.monotonic() - self._drained_at_s >= _TELEMETRY_REST_S:
                self._drain()
