"""The transport runs together with a workstation, by OSC and by MIDI time code. Everything is off until turned on.

Threads: lives in the GUI thread. MIDI messages come in a thread of the MIDI system and wait in a queue; MIDI time code
is sent by a thread (`mtc_sender.py`).
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.context import AppContext
from app.daw.midi_ports import Port, opened_input, opened_output, port_names
from app.daw.mtc_sender import MtcSender
from app.daw.paths_out import PathsOut
from app.daw.transport_in import take_message
from app.daw.transport_out import TransportOut
from app.files.workstation_settings import WorkstationChoice
from app.osc.listener import HOST, OscListener
from app.osc.messages import messages_in
from app.osc.sender import OscSender
from app.window.dialogs import panel_dialog
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import EngineError
from engine.daw.following import Follower
from engine.daw.panners import Panner
from engine.daw.time_code import MtcRate, MtcReader
from widgets.panels.workstation_panel import (
    FOLLOW_MTC,
    FOLLOW_OSC,
    SEND_MTC,
    SEND_OSC,
    SEND_PATHS,
    WorkstationPanel,
)

_POLL_MS: Final = 15
_SILENT_S: Final = 0.3
"""MIDI time code that stops coming for this long has stopped."""
_STANDS_S: Final = 0.3
"""Playback whose position stays for this long waits for its sound."""
_MOST_WAITING: Final = 1_024
_NEWEST: Final = 64
"""A workstation sends meters and names too: its "play" must not be lost among them."""


class Workstation(QObject):
    """Connects on construction; `close` ends everything that was turned on."""

    def __init__(self, context: AppContext, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__(context.window)
        self._context, self._now_s = context, now_s
        self.listener = OscListener(self, newest=_NEWEST)
        self._osc, self._panner = OscSender(), OscSender()
        self._out = TransportOut(lambda address, value: self._osc.send(address, value))
        self._paths = PathsOut(lambda address, value: self._panner.send(address, value))
        self._follower = Follower()
        self._reader = MtcReader()
        self._received: deque[tuple[float, bytes]] = deque(maxlen=_MOST_WAITING)
        self._midi_in: Port | None = None
        self._midi_out: MtcSender | None = None
        self._mtc_at_s: float | None = None
        self._position_s = self._moved_at_s = 0.0
        self.panel = WorkstationPanel()
        self.dialog = panel_dialog(context.window, "Workstation", self.panel, "Close this dialog; what is on stays on")
        self._show_choice(context.settings.workstation)
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._read_midi)
        self.panel.switched.connect(self._switch)
        self.panel.changed.connect(self._change)
        self.listener.received.connect(self._take_datagrams)
        context.bridge.position.connect(self._report)
        context.bridge.playing_changed.connect(lambda _plays: self._report(self._position_s))

    def show_dialog(self) -> None:
        """Open the dialog; the window stays usable."""
        choice = self._context.settings.workstation
        self.panel.show_ports(port_names(inputs=True), port_names(inputs=False), (choice.midi_in, choice.midi_out))
        self.dialog.show()
        self.dialog.activateWindow()

    def close(self) -> None:
        """Turn everything off and remember what was chosen. May be called twice."""
        self._context.settings.workstation = self._choice
        for link in self.panel.boxes:
            self._end(link)

    @property
    def _choice(self) -> WorkstationChoice:
        panel = self.panel
        return WorkstationChoice(
            panel.listen_port.value(), panel.send_port.value(), panel.paths_port.value(),
            panel.panner.currentData() or "iem", panel.midi_in.currentText(), panel.midi_out.currentText(),
        )  # fmt: skip

    def _show_choice(self, choice: WorkstationChoice) -> None:
        panel = self.panel
        panel.listen_port.setValue(choice.listen_port)
        panel.send_port.setValue(choice.send_port)
        panel.paths_port.setValue(choice.paths_port)
        panel.panner.setCurrentIndex(max(0, panel.panner.findData(choice.panner)))
        panel.show_ports((), (), (choice.midi_in, choice.midi_out))  # what is there is asked when the dialog opens

    def _change(self, link: str) -> None:
        box = self.panel.boxes.get(link)
        if box is not None and box.isChecked():
            self._switch(link, True)

    def _switch(self, link: str, on: bool) -> None:
        self._end(link)
        if not on:
            self.panel.show_off(link)
            return
        other = {FOLLOW_OSC: FOLLOW_MTC, FOLLOW_MTC: FOLLOW_OSC}.get(link)
        if other is not None and self.panel.boxes[other].isChecked():
            self._end(other)
            self.panel.show_off(other, "Off: the transport follows one program at a time.")
        begin = {
            FOLLOW_OSC: self._follow_osc, SEND_OSC: self._send_osc, SEND_PATHS: self._send_paths,
            FOLLOW_MTC: self._follow_mtc, SEND_MTC: self._send_mtc,
        }[link]  # fmt: skip
        try:
            self.panel.say(link, begin())
        except EngineError as error:
            self.panel.show_off(link, str(error))

    def _end(self, link: str) -> None:
        if link == FOLLOW_OSC:
            self.listener.stop()
        elif link == SEND_OSC:
            self._osc.stop()
        elif link == SEND_PATHS:
            self._panner.stop()
        elif link == FOLLOW_MTC and self._midi_in is not None:
            self._timer.stop()
            self._midi_in.close()
            self._midi_in = self._mtc_at_s = None
        elif link == SEND_MTC and self._midi_out is not None:
            self._midi_out.close()
            self._midi_out = None
        if link in (FOLLOW_OSC, FOLLOW_MTC):
            self._follower.stop()

    def _follow_osc(self) -> str:
        self.listener.start(self.panel.listen_port.value())
        return f"Listens on {HOST}, port {self.listener.port}, for /play, /stop, /pause and /time (seconds)."

    def _send_osc(self) -> str:
        self._osc.start(self.panel.send_port.value())
        return f"Sends /play, /stop and /time (seconds) to {HOST}, port {self._osc.port}."

    def _send_paths(self) -> str:
        self._panner.start(self.panel.paths_port.value())
        self._paths.begin(Panner(self.panel.panner.currentData()))
        return f"Sends to {HOST}, port {self._panner.port}, while the scene plays. The first placed lane is source 1."

    def _follow_mtc(self) -> str:
        name = self.panel.midi_in.currentText()
        self._received.clear()  # what came before it was turned off is no longer true
        self._midi_in = opened_input(name, lambda message: self._received.append((self._now_s(), message)))
        self._timer.start()
        return f"Waits for time code on the MIDI port {name}."

    def _send_mtc(self) -> str:
        name, film = self.panel.midi_out.currentText(), self._context.bridge.film
        row = self.panel.rate.currentIndex()
        rate = list(MtcRate)[row - 1] if row > 0 else MtcRate.of(30.0 if film is None else film.fps)
        self._midi_out = MtcSender(opened_output(name), rate, self._now_s)
        return f"Sends {float(rate.grid.rate):g} frames/s to the MIDI port {name} while it plays."

    @property
    def _begin_s(self) -> float:
        """The time of day of the film's time 0."""
        film = self._context.bridge.film
        return 0.0 if film is None else film.time_reference_samples / SAMPLE_RATE_HZ

    def _take_datagrams(self, datagrams: list[bytes]) -> None:
        now_s = self._now_s()
        taken = [take_message(m, self._follower, now_s) for each in datagrams for m in messages_in(each)]
        if any(taken):
            self.panel.say(FOLLOW_OSC, "Follows: playing." if self._follower.runs else "Follows: stopped.")
            self._obey()

    def _read_midi(self) -> None:
        now_s, begin_s, film = self._now_s(), self._begin_s, self._context.bridge.film
        self._reader.slow = film is not None and MtcRate.of(film.fps) is MtcRate.FPS_23_976
        told = False
        while self._received:
            at_s, message = self._received.popleft()
            found = self._reader.take(message)
            if found is None:
                continue
            told, day_s = True, found.at_sample / SAMPLE_RATE_HZ
            self._follower.tell(day_s - begin_s if day_s >= begin_s else day_s, at_s)
            if found.is_running:
                self._mtc_at_s = at_s
                self._follower.start(at_s)
            self.panel.say(FOLLOW_MTC, f"Follows {found.rate.grid.timecode(found.at_sample)}.")
        if self._mtc_at_s is not None and now_s - self._mtc_at_s > _SILENT_S:
            self._mtc_at_s, told = None, True
            self._follower.stop()
        if told:
            self._obey()

    def _obey(self) -> None:
        """Do what the other program wants."""
        bridge, now_s = self._context.bridge, self._now_s()
        if self._midi_in is None and self.listener.port is None:
            return
        session = bridge.session
        own_s = self._position_s if session is None else session.position_s
        order = self._follower.order(own_s, bridge.playing, now_s)
        if order.play is False:
            bridge.pause()
        if order.seek_s is not None:
            bridge.seek(order.seek_s)
        if order.play:
            bridge.play()
        if self._follower.runs or order.play is not None or order.seek_s is not None:
            self._out.hush(now_s)

    def _report(self, position_s: float) -> None:
        """Pass on where the transport is, after the other program's wishes were followed."""
        moved, self._position_s = position_s != self._position_s, position_s
        bridge, now_s = self._context.bridge, self._now_s()
        if moved:
            self._moved_at_s = now_s
        if self._follower.runs:
            self._obey()
        if self._osc.port is not None:
            self._out.report(position_s, bridge.playing, now_s)
        if self._panner.port is not None and bridge.playing:
            self._paths.report(self._context.editor.project.scene, position_s)
        if self._midi_out is not None and self._midi_out.has_failed:
            self._end(SEND_MTC)
            self.panel.show_off(SEND_MTC, "The MIDI port is gone: connect it, then turn this on again.")
        if self._midi_out is not None:
            day = (position_s + self._begin_s) * SAMPLE_RATE_HZ
            if not bridge.playing or now_s - self._moved_at_s > _STANDS_S:
                self._midi_out.stop(day)
            elif moved:
                self._midi_out.follow(day)
