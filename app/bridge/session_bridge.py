"""The session as Qt signals.

Threads: lives in the GUI thread and is the only caller of the session, besides SceneBridge and exports, which hand
`save_take` to a background task. `session_news.py` reads what it reports.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.bridge.session_news import SessionNews
from engine.contract.camera import shown_name
from engine.contract.control import GenerationSettings
from engine.contract.errors import EngineError, MediaError
from engine.contract.heard_channels import EVERY_CHANNEL, HeardChannels
from engine.contract.telemetry import EngineNotice, TakeSummary
from engine.contract.video import NO_CHOICE, FilmChoice, VideoInfo
from engine.contract.view import FRONT, ViewOrientation

if TYPE_CHECKING:
    from engine.ambisonics.binaural import BinauralFilters
    from engine.runtime.processes.messages import TakeToGoOn
    from engine.runtime.session.session import Session

_AT_THE_END_S = 0.1
_LIVE = "live"


class SessionBridge(SessionNews):
    """Owns the session. A restart of the engine keeps the user's prompt, view, volume, channels, head and loop."""

    film_opened = Signal(object)
    film_closed = Signal()
    started = Signal()  # the engine runs, for the first time or again: pass on to it what is not kept here

    def __init__(self, make_session: "Callable[[], Session]", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_session = make_session
        self._settings = GenerationSettings()
        self._view = FRONT
        self._volume = 1.0
        self._channels = EVERY_CHANNEL
        self._head: BinauralFilters | None = None
        self._loop = False

    @property
    def settings(self) -> GenerationSettings:
        """The settings that were sent last."""
        return self._settings

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
                self._session.go_on_at(position_s)

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
        return EngineNotice(f"The take of {shown_name(self._film.path)} is kept: File, Takes.", topic="kept take")

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
        """Go to a film time in seconds; a notice says so if that is impossible."""
        if self._session is None or not self._session.can_play:
            return
        try:
            self._session.seek(position_s)
        except MediaError as error:
            self.notice(EngineNotice(str(error), topic=_LIVE))

    def set_loop(self, on: bool) -> None:
        """Start again at the film's end, or stop there; a notice says so if that is impossible."""
        self._loop = on
        if self._session is None:
            return
        try:
            self._session.set_loop(on)
        except MediaError as error:
            self.notice(EngineNotice(str(error), topic=_LIVE))

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

    def _running(self) -> "Session":
        if self._session is None:
            raise EngineError("The sound engine is not running: choose Playback, Restart the Engine, then try again.")
        return self._session
