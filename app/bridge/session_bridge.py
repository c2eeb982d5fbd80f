"""The session as Qt signals.

Threads: lives in the GUI thread and is the only caller of the session, besides SceneBridge and exports, which hand
`save_take` to a background task. A timer asks for the frame that is due (PicturePace). The telemetry is drained
together with a frame, 15 to 20 times per second: what moves is painted in one go with the film. Without a frame, a
timer drains it.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, SignalInstance

from app.bridge.picture_pace import PicturePace
from engine.contract.control import GenerationSettings
from engine.contract.errors import EngineError
from engine.contract.heard_channels import EVERY_CHANNEL, HeardChannels
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
    TakeSummary,
)
from engine.contract.video import NO_CHOICE, FilmChoice, VideoInfo
from engine.contract.view import FRONT, ViewOrientation

if TYPE_CHECKING:
    from engine.ambisonics.binaural import BinauralFilters
    from engine.runtime.processes.messages import TakeToGoOn
    from engine.runtime.session.session import Session

_TELEMETRY_MS = 70  # the longest that telemetry waits for a picture to be shown with
_TELEMETRY_REST_S = 0.045  # a picture that comes sooner after the last telemetry is shown alone
_PICTURE_MS = 16  # how often a frame is asked for while none comes
_AT_THE_END_S = 0.1

logger = logging.getLogger(__name__)


class SessionBridge(QObject):
    """Owns the session. A restart of the engine keeps the user's prompt, view, volume, channels, head and loop."""

    levels = Signal(object)
    loudness = Signal(object)
    metrics = Signal(object)
    prompt_heard = Signal(object)
    output_changed = Signal(object)
    noticed = Signal(object)
    failed = Signal(object)
    frame = Signal(object)
    position = Signal(float)
    film_opened = Signal(object)
    film_closed = Signal()
    playing_changed = Signal(bool)
    scene_news = Signal(object)  # SilentLanes or SoundPeaks
    started = Signal()  # the engine runs, for the first time or again: pass on to it what is not kept here

    def __init__(self, make_session: "Callable[[], Session]", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_session = make_session
        self._session: Session | None = None
        self._film: VideoInfo | None = None
        self._settings = GenerationSettings()
        self._view = FRONT
        self._volume = 1.0
        self._channels = EVERY_CHANNEL
        self._head: BinauralFilters | None = None
        self._loop = False
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
    def settings(self) -> GenerationSettings:
        """The settings that were sent last."""
        return self._settings

    @property
    def playing(self) -> bool:
        """Whether the user wants it to play; the engine itself may still be filling its buffer."""
        return self._playing

    def start(self) -> None:
        """Start the engine. `failed` reports a failure."""
        try:
            self._session = self._make_session()
            self._session.start()
            self._session.set_settings(self._settings)
            self._session.set_view(self._view)
            self._session.set_volume(self._volume)
            self._session.set_channels(self._channels)
            if self._head is not None:
                self._session.set_head(self._head)
            self._session.set_loop(self._loop)
        except EngineError as error:
            self.fail(error)
        self._telemetry.start()
        self._picture.start()
        self.started.emit()

    def close(self) -> None:
        """End the engine and everything that it started. May be called twice."""
        self._telemetry.stop()
        self._picture.stop()
        if self._session is not None:
            self._session.close()
            self._session = None

    def restart(self) -> None:
        """Restart after a failure: the same film, settings and place, and the same take continues."""
        film, goes_on, position_s = self._film, None, 0.0
        if self._session is not None:
            goes_on, position_s = self._session.take_to_go_on, self._session.position_s
        self.close()
        self._set_playing(False)
        self.start()
        if film is not None and self._session is not None:
            self.show_film(film, goes_on)
            if 0.0 < position_s < film.duration_s - _AT_THE_END_S:
                self.seek(position_s)

    @property
    def take_summary(self) -> TakeSummary:
        """How much of the film can be exported."""
        return self._session.take_summary() if self._session is not None else TakeSummary(0.0)

    def open_film(self, path: Path, choice: FilmChoice = NO_CHOICE) -> VideoInfo:
        """Probe a film, which may take seconds, and open it without playing it.

        Raises MediaError; then the current film stays open.
        """
        session = self._running()
        kept = self._kept_take(session)
        film = session.open_video(path, choice)
        self._film_is_open(film, kept)
        return film

    def show_film(self, film: VideoInfo, goes_on: "TakeToGoOn | None" = None) -> None:
        """Open a film that was already probed, without playing it.

        The take of the previous film is kept. This film gets a new one, or continues `goes_on`, an earlier one.
        """
        session = self._running()
        kept = self._kept_take(session)
        session.open_film(film, goes_on)
        self._film_is_open(film, kept)

    def close_film(self) -> None:
        """Show and play no film any more; its take is kept."""
        if self._film is None:
            return
        kept = self._kept_take(self._running()) if self._session is not None else None
        self.pause()
        if self._session is not None:
            self._session.close_film()
        self._film = None
        self.film_closed.emit()
        if kept is not None:
            self.notice(kept)

    def _kept_take(self, session: "Session") -> EngineNotice | None:
        """Return the notice about the take of the film that is closed."""
        if self._film is None or session.take_summary().length_s <= 0.0:
            return None
        return EngineNotice(f"The take of {Path(self._film.path).name} is kept: File, Takes.", topic="kept take")

    def _film_is_open(self, film: VideoInfo, kept: EngineNotice | None) -> None:
        self._set_playing(False)
        self._film = film
        self.film_opened.emit(film)
        if kept is not None:
            self.notice(kept)

    def play(self) -> None:
        """Play, if a film or a scene is open."""
        if self._session is None or not self._session.can_play:
            return
        self._session.play()
        self._set_playing(True)

    def pause(self) -> None:
        """Pause; what is buffered stays."""
        if self._session is not None:
            self._session.pause()
        self._set_playing(False)

    def seek(self, position_s: float) -> None:
        """Go to a film time in seconds."""
        if self._session is not None and self._session.can_play:
            self._session.seek(position_s)

    def set_loop(self, on: bool) -> None:
        """Start again at the film's end, or stop there."""
        self._loop = on
        if self._session is not None:
            self._session.set_loop(on)

    def set_settings(self, settings: GenerationSettings) -> int | None:
        """Pass on new settings; returns the version that `prompt_heard` will name, or None without an engine."""
        self._settings = settings
        return self._session.set_settings(settings) if self._session is not None else None

    def set_view(self, view: ViewOrientation) -> None:
        """Rotate the sound with the view."""
        self._view = view
        if self._session is not None:
            self._session.set_view(view)

    def set_volume(self, linear: float) -> None:
        """Set the playback volume, linear: 1 leaves the sound as it is."""
        self._volume = linear
        if self._session is not None:
            self._session.set_volume(linear)

    def set_channels(self, channels: HeardChannels) -> None:
        """Hear only some channels of the field."""
        self._channels = channels
        if self._session is not None:
            self._session.set_channels(channels)

    def set_head(self, filters: "BinauralFilters | None") -> None:
        """Listen with other binaural filters, None for the shipped head."""
        self._head = filters
        if self._session is not None:
            self._session.set_head(filters)

    def reset_loudness(self) -> None:
        """Restart integrated loudness and the highest peaks."""
        if self._session is not None:
            self.loudness.emit(self._session.reset_loudness())

    def set_output_device(self, name: str | None) -> bool:
        """Play on another device; `output_changed` reports the result. Returns whether there is an engine to try it."""
        if self._session is None or self._has_failed:
            return False
        self._session.set_output_device(name)
        return True

    def notice(self, notice: EngineNotice) -> None:
        """Notify the user of something that the window itself found out."""
        self.noticed.emit(notice)

    def _running(self) -> "Session":
        if self._session is None:
            raise EngineError("The sound engine is not running: choose Playback, Restart the Engine, then try again.")
        return self._session

    def _set_playing(self, playing: bool) -> None:
        if playing != self._playing:
            self._playing = playing
            self.playing_changed.emit(playing)

    def fail(self, error: EngineError) -> None:
        """Report that the engine cannot do what it should."""
        logger.error("engine: %s", error)
        self.failed.emit(EngineFailure(str(error)))

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
            SilentLanes: self.scene_news,
            SoundPeaks: self.scene_news,
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
        wait_ms = self._pace.wait_ms(frame is not None, self._film.fps)
        if wait_ms != self._picture.interval():
            self._picture.setInterval(wait_ms)
        if frame is not None:
            self.frame.emit(frame)
            if time.monotonic() - self._drained_at_s >= _TELEMETRY_REST_S:
                self._drain()
