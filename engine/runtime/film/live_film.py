"""The model's view of the film during playback: it never waits so long that a listener would notice.

Threads: belongs to the generation thread.
"""

import time
from collections.abc import Callable
from typing import Final

from engine.contract.telemetry import EngineNotice
from engine.runtime.film.conditioning_feed import FilmFrames, Frame
from engine.runtime.processes.messages import TakeRequest
from engine.runtime.shared.state import Phase, SharedState

_LATE_S: Final = 1.0
_WELL_FOR: Final = 30
_TOPIC: Final = "film is read"
_PLAYING_PATIENCE_S: Final = 2.0
_PAUSED_PATIENCE_S: Final = 10.0
_SOUNDING_PATIENCE_S: Final = 0.2
_RESERVE_S: Final = 0.4
_SLICE_S: Final = 0.05


class FilmLateness:
    """Tracks how late the frames are. It reports once that they are late, and once that they are in time again."""

    def __init__(self) -> None:
        self._is_told = False
        self._in_time = 0

    def note(self, late_s: float) -> EngineNotice | None:
        """Note how late the frame of a patch was; returns a notice for the user or None."""
        if late_s <= 0.0:
            self._in_time += 1
            if self._is_told and self._in_time >= _WELL_FOR:
                self._is_told = False
                return EngineNotice("The film is read in time again.", topic=_TOPIC)
            return None
        self._in_time = 0
        if self._is_told or late_s < _LATE_S:
            return None
        self._is_told = True
        return EngineNotice(
            "The film is read too slowly: the sound continues, but follows late pictures. "
            "Copy the film to a faster disk, or use a smaller version.",
            topic=_TOPIC,
            lasts=True,
        )

    def forget(self) -> EngineNotice | None:
        """Begin with another film; returns what removes the notice."""
        was_told, self._is_told, self._in_time = self._is_told, False, 0
        return EngineNotice("", topic=_TOPIC) if was_told else None


class LiveFilm:
    """Opens the requested film and provides its current frame.

    Before a take sounds, it waits for frames: 2 s in total, or 10 s while the film is paused. During playback,
    it waits only for as long as the buffer allows. `is_over` tells that the frame is no longer wanted.
    """

    def __init__(
        self,
        open_film: Callable[[TakeRequest], FilmFrames],
        state: SharedState,
        tell: Callable[[object], None],
        is_over: Callable[[], bool],
    ) -> None:
        self._open_film = open_film
        self._state = state
        self._tell = tell
        self._is_over = is_over
        self._frames: FilmFrames | None = None
        self._lateness = FilmLateness()
        self._waited_s = 0.0

    def begin(self, t_s: float) -> None:
        """Begin a take at a film time in seconds: earlier frames from another place are not used any more."""
        self._waited_s = 0.0
        if self._frames is not None:
            self._frames.begin(t_s)

    def see(self, take: TakeRequest, t_s: float, buffered_s: float) -> tuple[Frame | None, float]:
        """Return the latest frame of a take's film at a time, None if there is none yet, and its lateness in seconds.

        Raises MediaError if the film is damaged.
        """
        if self._frames is None:
            self._frames = self._open_film(take)
            self._frames.begin(t_s)
        began_s = time.perf_counter()
        before_s = self._waited_s
        while True:
            self._state.beat_generation()
            waited_s = time.perf_counter() - began_s
            left_s = self._patience_s(buffered_s, before_s) - waited_s
            seen = self._frames.advance_to(t_s, min(_SLICE_S, max(0.0, left_s)))
            if seen.late_s <= 0.0 or left_s <= 0.0 or self._is_over():
                break
        self._waited_s = before_s + time.perf_counter() - began_s
        self._say(self._lateness.note(seen.late_s))
        return seen.frame, seen.late_s

    def close(self) -> None:
        """Close the film. May be called twice."""
        if self._frames is not None:
            self._frames.close()
        self._frames = None
        self._say(self._lateness.forget())

    def _patience_s(self, buffered_s: float, waited_before_s: float) -> float:
        if not self._state.play:
            return _PAUSED_PATIENCE_S - waited_before_s
        if self._state.phase in (Phase.PLAYING, Phase.REBUFFERING):
            return min(_SOUNDING_PATIENCE_S, buffered_s - _RESERVE_S)
        return _PLAYING_PATIENCE_S - waited_before_s

    def _say(self, notice: EngineNotice | None) -> None:
        if notice is not None:
            self._tell(notice)
