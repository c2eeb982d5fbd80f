"""The transport runs together with a workstation, by OSC and by MIDI. Everything is off until turned on.

Threads: lives in the GUI thread.
"""

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject

from app.context import AppContext
from app.daw.midi_links import MidiLinks
from app.daw.midi_ports import port_names
from app.daw.paths_out import PathsOut
from app.daw.transport_in import take_message
from app.daw.transport_out import TransportOut
from app.files.workstation_settings import WorkstationChoice
from app.osc.listener import HOST, OscListener
from app.osc.messages import messages_in
from app.osc.sender import OscSender
from app.window.dialogs import panel_dialog
from engine.contract.errors import EngineError
from engine.daw.following import Follower
from engine.daw.panners import Panner
from widgets.panels.workstation_panel import (
    FOLLOW_MIDI,
    FOLLOW_OSC,
    SEND_MIDI,
    SEND_OSC,
    SEND_PATHS,
    WorkstationPanel,
)

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
        self._position_s = 0.0
        self.panel = WorkstationPanel()
        self.midi = MidiLinks(context, self.panel, self._follower, self._obey, now_s)
        self.dialog = panel_dialog(context.window, "Workstation", self.panel, "Close this dialog; what is on stays on")
        self._show_choice(context.settings.workstation)
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
            panel.panner.currentData(), panel.midi_in.currentText(), panel.midi_out.currentText(),
            panel.kind_in.currentData(), panel.kind_out.currentData(), panel.tempo.value(),
        )  # fmt: skip

    def _show_choice(self, choice: WorkstationChoice) -> None:
        panel = self.panel
        panel.listen_port.setValue(choice.listen_port)
        panel.send_port.setValue(choice.send_port)
        panel.paths_port.setValue(choice.paths_port)
        for combo, value in (
            (panel.panner, choice.panner), (panel.kind_in, choice.kind_in), (panel.kind_out, choice.kind_out),
        ):  # fmt: skip
            combo.setCurrentIndex(combo.findData(value))
        panel.tempo.setValue(choice.tempo_bpm)
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
        other = {FOLLOW_OSC: FOLLOW_MIDI, FOLLOW_MIDI: FOLLOW_OSC}.get(link)
        if other is not None and self.panel.boxes[other].isChecked():
            self._end(other)
            self.panel.show_off(other, "Off: the transport follows one program at a time.")
        begin = {
            FOLLOW_OSC: self._follow_osc, SEND_OSC: self._send_osc, SEND_PATHS: self._send_paths,
            FOLLOW_MIDI: self.midi.follow, SEND_MIDI: self.midi.send,
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
        else:
            self.midi.end(link)
        if link in (FOLLOW_OSC, FOLLOW_MIDI):
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

    def _take_datagrams(self, datagrams: list[bytes]) -> None:
        now_s = self._now_s()
        taken = [take_message(m, self._follower, now_s) for each in datagrams for m in messages_in(each)]
        if any(taken):
            self.panel.say(FOLLOW_OSC, "Follows: playing." if self._follower.runs else "Follows: stopped.")
            self._obey()

    def _obey(self) -> None:
        """Do what the other program wants."""
        bridge, now_s = self._context.bridge, self._now_s()
        if not self.midi.follows and self.listener.port is None:
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
        if self._follower.runs:
            self._obey()
        if self._osc.port is not None:
            self._out.report(position_s, bridge.playing, now_s)
        if self._panner.port is not None and bridge.playing:
            self._paths.report(self._context.editor.project.scene, position_s)
        self.midi.report(position_s, moved)
