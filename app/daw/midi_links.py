"""MIDI of the workstation dialog: follows or sends time code or clock through the chosen ports.

Threads: lives in the GUI thread. Messages come in a thread of the MIDI system and wait in a queue; a thread sends
(`midi_sender.py`).
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.context import AppContext
from app.daw.midi_following import ClockFollowing, MidiFollowing, TimeCodeFollowing
from app.daw.midi_ports import Port, opened_input, opened_output
from app.daw.midi_sender import MidiSender, SentClock
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.telemetry import EngineNotice
from engine.daw.following import Follower
from engine.daw.midi_clock import MidiClock
from engine.daw.mtc_clock import MtcClock
from engine.daw.time_code import MtcRate
from widgets.panels.workstation_panel import FOLLOW_MIDI, SEND_MIDI, WorkstationPanel

_POLL_MS: Final = 15
_STANDS_S: Final = 0.3
"""Playback whose position stays for this long waits for its sound."""
_MOST_WAITING: Final = 1_024
_TOPIC: Final = "midi clock"


class MidiLinks(QObject):
    """`obey` is called after messages for the follower."""

    def __init__(
        self, context: AppContext, panel: WorkstationPanel, follower: Follower, obey: Callable[[], None],
        now_s: Callable[[], float],
    ) -> None:  # fmt: skip
        super().__init__(context.window)
        self._context, self._panel, self._follower, self._obey, self._now_s = context, panel, follower, obey, now_s
        self._received: deque[tuple[float, bytes]] = deque(maxlen=_MOST_WAITING)
        self._in: Port | None = None
        self._heard: MidiFollowing = ClockFollowing(panel.tempo.value())
        self._out: MidiSender | None = None
        self._moved_at_s = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._read)
        panel.retimed.connect(self._retime)

    @property
    def follows(self) -> bool:
        """Whether a port is followed."""
        return self._in is not None

    @property
    def sends(self) -> bool:
        """Whether something is sent to a port."""
        return self._out is not None

    def follow(self) -> str:
        """Open the input; returns a sentence. Raises DeviceError."""
        name = self._panel.midi_in.currentText()
        self._received.clear()  # what came before it was turned off is no longer true
        self._heard = self._chosen_in()
        self._in = opened_input(name, lambda message: self._received.append((self._now_s(), message)))
        self._timer.start()
        return self._waits()

    def send(self) -> str:
        """Open the output; returns a sentence. Raises DeviceError."""
        name = self._panel.midi_out.currentText()
        clock, said = self._chosen_out()
        self._out = MidiSender(opened_output(name), clock, self._now_s)
        return said

    def end(self, link: str) -> None:
        """Close the port of a link, if it is open."""
        if link == FOLLOW_MIDI and self._in is not None:
            self._timer.stop()
            self._in.close()
            self._in = None
        elif link == SEND_MIDI and self._out is not None:
            self._out.close()
            self._out = None

    def report(self, position_s: float, moved: bool) -> None:
        """Pass on where the transport is."""
        now_s = self._now_s()
        if moved:
            self._moved_at_s = now_s
        if self._out is None:
            return
        if self._out.has_failed:
            self.end(SEND_MIDI)
            self._panel.show_off(SEND_MIDI, "The MIDI port is gone: connect it, then turn this on again.")
            return
        samples = (position_s + (0.0 if self._sends_clock else self._begin_s)) * SAMPLE_RATE_HZ
        if not self._context.bridge.playing or now_s - self._moved_at_s > _STANDS_S:
            self._out.stop(samples)
        elif moved:
            self._out.follow(samples)

    @property
    def _sends_clock(self) -> bool:
        return bool(self._panel.kind_out.currentData() == "clock")

    @property
    def _begin_s(self) -> float:
        """The time of day of the film's time 0."""
        film = self._context.bridge.film
        return 0.0 if film is None else film.time_reference_samples / SAMPLE_RATE_HZ

    def _is_slow(self) -> bool:
        film = self._context.bridge.film
        return film is not None and MtcRate.of(film.fps) is MtcRate.FPS_23_976

    def _chosen_in(self) -> MidiFollowing:
        if self._panel.kind_in.currentData() == "clock":
            return ClockFollowing(self._panel.tempo.value())
        return TimeCodeFollowing(lambda: self._begin_s, self._is_slow)

    def _chosen_out(self) -> tuple[SentClock, str]:
        name = self._panel.midi_out.currentText()
        if self._sends_clock:
            bpm = self._panel.tempo.value()
            clock = MidiClock(bpm)
            reach = f"It can name places in the first {clock.reach_s / 60.0:.0f} minutes."
            return clock, f"Sends clock at {bpm:g} BPM to the MIDI port {name} while it plays. {reach}"
        film, row = self._context.bridge.film, self._panel.rate.currentIndex()
        rate = list(MtcRate)[row - 1] if row > 0 else MtcRate.of(30.0 if film is None else film.fps)
        return MtcClock(rate), f"Sends {float(rate.grid.rate):g} frames/s to the MIDI port {name} while it plays."

    def _waits(self) -> str:
        what = "clock" if isinstance(self._heard, ClockFollowing) else "time code"
        return f"Waits for {what} on the MIDI port {self._panel.midi_in.currentText()}."

    def _retime(self, link: str) -> None:
        """Follow or send something else through the open ports; others stay connected to them."""
        if link == SEND_MIDI and self._out is not None:
            clock, said = self._chosen_out()
            self._out.use(clock)
            self._panel.say(link, said)
        elif link == FOLLOW_MIDI and self._in is not None:
            chosen = self._chosen_in()
            if isinstance(chosen, ClockFollowing) and isinstance(self._heard, ClockFollowing):
                self._heard.expect(self._panel.tempo.value())
            elif type(chosen) is not type(self._heard):
                self._heard = chosen
                self._follower.stop()
                self._panel.say(link, self._waits())

    def _read(self) -> None:
        told = False
        while self._received:
            at_s, message = self._received.popleft()
            said = self._heard.take(message, at_s, self._follower)
            if said is not None:
                told = True
                self._panel.say(FOLLOW_MIDI, said)
        if self._heard.is_silent(self._now_s()):
            told = True
            self._follower.stop()
            if self._heard.loss:
                self._panel.say(FOLLOW_MIDI, self._heard.loss)
                self._context.bridge.notice(EngineNotice(self._heard.loss, topic=_TOPIC))
        if told:
            self._obey()
