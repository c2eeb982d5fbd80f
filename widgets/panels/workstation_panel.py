"""The workstation: follow its transport, tell it this one, and tell panners where lanes are."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QGridLayout, QLabel, QSpinBox, QWidget

from widgets.parts.describe import describe
from widgets.parts.panel import role_label

FOLLOW_OSC: Final = "follow_osc"
SEND_OSC: Final = "send_osc"
SEND_PATHS: Final = "send_paths"
FOLLOW_MIDI: Final = "follow_midi"
SEND_MIDI: Final = "send_midi"
PANNERS: Final = (("iem", "IEM MultiEncoder"), ("sparta", "SPARTA AmbiENC in Reaper"))
RATES: Final = ("Rate of the film", "23.976", "24", "25", "29.97 drop", "30")
MIDI_KINDS: Final = (("time_code", "Time code"), ("clock", "Clock"))
TEMPO_RANGE: Final = (20.0, 400.0)
_OFF: Final = "Off."
_SAID_WIDTH: Final = 460
_ROWS: Final = (
    (FOLLOW_OSC, "Follow the transport (OSC)", "Alt+F", "Play, stop and go where a program on this computer says"),
    (SEND_OSC, "Send the transport (OSC)", "Alt+S", "Tell a program on this computer to play, stop and go along"),
    (
        SEND_PATHS,
        "Send places of lanes (OSC)",
        "Alt+P",
        "Send the places of the lanes to a panner while the scene plays",
    ),
    (FOLLOW_MIDI, "Follow MIDI", "Alt+M", "Play and go where MIDI time code or MIDI clock says"),
    (SEND_MIDI, "Send MIDI", "Alt+T", "Send MIDI time code or MIDI clock while the film or the scene plays"),
)


class WorkstationPanel(QWidget):
    """`switched` carries which link is turned on or off; `changed` which of a link's ports or panners changed.

    `retimed` says that what MIDI carries, its rate or its tempo changed: the ports stay.
    """

    switched = Signal(str, bool)
    changed = Signal(str)
    retimed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, QCheckBox] = {}
        self.said: dict[str, QLabel] = {}
        self.listen_port = self._port(FOLLOW_OSC, "Port that the workstation sends to", "Alt+Shift+F")
        self.send_port = self._port(SEND_OSC, "Port that the workstation listens on", "Alt+Shift+S")
        self.paths_port = self._port(SEND_PATHS, "Port that the panner listens on", "Alt+Shift+P")
        self.panner = self._list("Panner", "The program that the places are for", "Alt+N", PANNERS)
        self.midi_in = self._list("MIDI input", "The MIDI port to follow", "Alt+I")
        self.kind_in = self._list("What is followed", "What the MIDI input carries", "Alt+K", MIDI_KINDS)
        self.midi_out = self._list("MIDI output", "The MIDI port to send to", "Alt+O")
        self.kind_out = self._list("What is sent", "What goes to the MIDI output", "Alt+L", MIDI_KINDS)
        rates = [(text, text) for text in RATES]
        self.rate = self._list("Rate of the time code", "Frames per second of the sent time code", "Alt+R", rates)
        self.tempo = self._tempo()
        for combo, signal, link in (
            (self.panner, self.changed, SEND_PATHS),
            (self.midi_in, self.changed, FOLLOW_MIDI),
            (self.midi_out, self.changed, SEND_MIDI),
            (self.kind_in, self.retimed, FOLLOW_MIDI),
            (self.kind_out, self.retimed, SEND_MIDI),
            (self.rate, self.retimed, SEND_MIDI),
        ):
            combo.currentIndexChanged.connect(lambda _row, signal=signal, link=link: signal.emit(link))
        self._lay_out()

    def show_ports(self, inputs: Sequence[str], outputs: Sequence[str], chosen: tuple[str, str]) -> None:
        """List the MIDI ports and select the chosen ones."""
        for combo, names, name in zip((self.midi_in, self.midi_out), (inputs, outputs), chosen, strict=True):
            before = combo.currentText() or name
            combo.blockSignals(True)
            combo.clear()
            combo.addItems([*names, *([before] if before and before not in names else [])])
            combo.setCurrentText(before or (names[0] if names else ""))
            combo.blockSignals(False)

    def show_off(self, link: str, why: str = "") -> None:
        """Show that a link is off, and why if it should be on."""
        box = self.boxes[link]
        box.blockSignals(True)
        box.setChecked(False)
        box.blockSignals(False)
        self.say(link, why or _OFF)

    def say(self, link: str, text: str) -> None:
        """Show a sentence about a link."""
        if text != self.said[link].text():
            self.said[link].setText(text)

    def _port(self, link: str, tip: str, key: str) -> QSpinBox:
        port = QSpinBox()
        port.setRange(1, 65_535)
        port.setPrefix("port ")
        port.setKeyboardTracking(False)
        describe(port, f"Port: {_name(link)}", tip, key)
        port.valueChanged.connect(lambda: self.changed.emit(link))
        return port

    def _list(self, name: str, tip: str, key: str, rows: Sequence[tuple[str, str]] = ()) -> QComboBox:
        combo = QComboBox()
        combo.setMinimumWidth(170)
        for value, text in rows:
            combo.addItem(text, value)
        describe(combo, name, tip, key)
        return combo

    def _tempo(self) -> QDoubleSpinBox:
        tempo = QDoubleSpinBox()
        tempo.setRange(*TEMPO_RANGE)
        tempo.setDecimals(2)
        tempo.setValue(120.0)
        tempo.setSuffix(" BPM")
        tempo.setKeyboardTracking(False)
        describe(
            tempo, "Tempo of MIDI clock",
            "The tempo of the workstation. Clock is sent at this tempo; received clock is measured, and this is taken "
            "as exact if both agree",
            "Alt+B",
        )  # fmt: skip
        for link in (FOLLOW_MIDI, SEND_MIDI):
            tempo.valueChanged.connect(lambda _bpm, link=link: self.retimed.emit(link))
        return tempo

    def _lay_out(self) -> None:
        options: dict[str, tuple[QWidget, ...]] = {
            FOLLOW_OSC: (self.listen_port,),
            SEND_OSC: (self.send_port,),
            SEND_PATHS: (self.paths_port, self.panner),
            FOLLOW_MIDI: (self.midi_in, self.kind_in),
            SEND_MIDI: (self.midi_out, self.kind_out),
        }
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        for row, (link, text, key, tip) in enumerate(_ROWS):
            box = QCheckBox(text)
            describe(box, text, f"{tip}; off at every start", key)
            box.toggled.connect(lambda on, link=link: self.switched.emit(link, on))
            said = role_label(_OFF, "muted")
            said.setWordWrap(True)
            said.setFixedSize(_SAID_WIDTH, 36)
            said.setAccessibleName(f"State: {text}")
            self.boxes[link], self.said[link] = box, said
            grid.addWidget(box, 2 * row, 0)
            for column, option in enumerate(options[link], start=1):
                grid.addWidget(option, 2 * row, column)
            grid.addWidget(said, 2 * row + 1, 0, 1, 3)
        last = 2 * len(_ROWS)
        label = role_label("Rate of time code, tempo of clock", "muted")
        for column, part in enumerate((label, self.rate, self.tempo)):
            grid.addWidget(part, last, column)
        grid.setColumnStretch(2, 1)


def _name(link: str) -> str:
    return next(text for each, text, _key, _tip in _ROWS if each == link)
