"""The transport and a workstation, through the real window's wiring: OSC by sockets, MIDI by a loop of ports."""

import socket
import time
from pathlib import Path

import mido
import pytest

import app.daw.midi_links as midi_links
from app.daw.midi_following import CLOCK_LOST
from app.daw.midi_ports import port_names
from app.files.workstation_settings import WorkstationChoice
from app.osc.listener import HOST
from app.osc.messages import datagram, messages_in
from engine.contract.directions import Direction
from engine.contract.errors import DeviceError
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.edits.places import place_lane
from engine.daw.clock_reader import ClockReader
from engine.daw.midi_clock import CLOCK, CONTINUE, START, STOP, song_position
from engine.daw.time_code import MtcRate, MtcReader, full_frame, quarter_frame
from widgets.panels.workstation_panel import FOLLOW_MIDI, FOLLOW_OSC, SEND_MIDI, SEND_OSC, SEND_PATHS
from widgets.timeline.gestures.requests import EditRequest

pytestmark = pytest.mark.slow
FILM = Path("/films/beach.mp4")


@pytest.fixture
def daw(app):
    app.bridge.start()
    app.bridge.open_film(FILM)
    return next(end for end in app.wiring.ends if hasattr(end, "workstation")).workstation


@pytest.fixture
def udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((HOST, 0))
        made.settimeout(3.0)
        yield made


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def received(udp: socket.socket) -> list[tuple[str, float]]:
    """Return what came until nothing comes for 0.2 s."""
    udp.settimeout(0.2)
    found = []
    while True:
        try:
            found += [(message.address, message.values[0]) for message in messages_in(udp.recv(2_048))]
        except TimeoutError:
            return found


def test_everything_is_off_at_first(daw) -> None:
    assert not any(box.isChecked() for box in daw.panel.boxes.values())
    assert daw.listener.port is None
    assert daw._osc.port is daw._panner.port is None
    assert not daw.midi.follows
    assert not daw.midi.sends


def test_a_workstation_plays_places_and_stops_the_film(daw, app, session, qtbot, udp) -> None:
    port = free_port()
    daw.panel.listen_port.setValue(port)
    daw.panel.boxes[FOLLOW_OSC].click()
    assert str(port) in daw.panel.said[FOLLOW_OSC].text()
    udp.sendto(datagram("/time", 12.5), (HOST, port))
    qtbot.waitUntil(lambda: ("seek", 12.5) in session.calls, timeout=3000)
    udp.sendto(datagram("/play", 1.0), (HOST, port))
    qtbot.waitUntil(lambda: "play" in session.names(), timeout=3000)
    assert app.bridge.playing
    udp.sendto(datagram("/stop", 1.0), (HOST, port))
    qtbot.waitUntil(lambda: not app.bridge.playing, timeout=3000)
    daw.panel.boxes[FOLLOW_OSC].click()
    assert daw.listener.port is None


def test_a_port_in_use_is_said_and_stays_off(daw, udp) -> None:
    daw.panel.listen_port.setValue(udp.getsockname()[1])
    daw.panel.boxes[FOLLOW_OSC].click()
    assert "is in use by another program" in daw.panel.said[FOLLOW_OSC].text()
    assert not daw.panel.boxes[FOLLOW_OSC].isChecked()


def test_the_film_moves_a_workstation(daw, app, session, udp) -> None:
    daw.panel.send_port.setValue(udp.getsockname()[1])
    daw.panel.boxes[SEND_OSC].click()
    app.bridge.position.emit(3.0)
    app.bridge.play()
    app.bridge.position.emit(3.0)
    app.bridge.position.emit(20.0)
    app.bridge.pause()
    assert received(udp) == [("/time", 3.0), ("/play", 1.0), ("/time", 20.0), ("/stop", 1.0), ("/time", 20.0)]


def test_what_the_workstation_wanted_is_not_sent_back(daw, app, session, qtbot, udp) -> None:
    port = free_port()
    daw.panel.send_port.setValue(udp.getsockname()[1])
    daw.panel.listen_port.setValue(port)
    daw.panel.boxes[SEND_OSC].click()
    daw.panel.boxes[FOLLOW_OSC].click()
    app.bridge.position.emit(0.0)
    udp.sendto(datagram("/play", 1.0), (HOST, port))
    qtbot.waitUntil(lambda: app.bridge.playing, timeout=3000)
    app.bridge.position.emit(0.1)
    assert received(udp) == []


def test_a_panner_is_told_where_lanes_are_while_it_plays(daw, app, udp) -> None:
    editor = app.context.editor
    editor.make(EditRequest(lambda scene: add_lane(scene, "Dog")))
    lane_id = editor.project.scene.lanes[0].lane_id
    editor.make(EditRequest(lambda scene: place_lane(scene, lane_id, Direction(90.0, -20.0))))
    daw.panel.paths_port.setValue(udp.getsockname()[1])
    daw.panel.boxes[SEND_PATHS].click()
    app.bridge.position.emit(1.0)
    assert received(udp) == []
    app.bridge.play()
    app.bridge.position.emit(1.1)
    assert received(udp) == [("/MultiEncoder/azimuth0", 90.0), ("/MultiEncoder/elevation0", -20.0)]
    app.bridge.position.emit(1.2)
    assert received(udp) == []
    editor.make(EditRequest(lambda scene: place_lane(scene, lane_id, Direction(-45.0, -20.0))))
    app.bridge.position.emit(1.3)
    assert received(udp) == [("/MultiEncoder/azimuth0", -45.0)]


class Loop:
    """MIDI ports in memory."""

    def __init__(self) -> None:
        self.take = None
        self.sent: list[tuple[float, bytes]] = []
        self.closed = 0

    def input(self, _name, take):
        self.take = take
        return self

    def output(self, _name):
        return self

    def send(self, message: mido.Message) -> None:
        self.sent.append((time.monotonic(), bytes(message.bytes())))

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def midi(monkeypatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr(midi_links, "opened_input", loop.input)
    monkeypatch.setattr(midi_links, "opened_output", loop.output)
    return loop


def test_midi_time_code_plays_the_film_and_its_end_stops_it(daw, app, session, qtbot, midi) -> None:
    daw.panel.boxes[FOLLOW_MIDI].click()
    midi.take(full_frame(MtcRate.FPS_25, 250))
    qtbot.waitUntil(lambda: ("seek", 10.0) in session.calls, timeout=3000)
    assert not app.bridge.playing
    for piece in range(8):
        midi.take(quarter_frame(MtcRate.FPS_25, 250, piece))
    qtbot.waitUntil(lambda: app.bridge.playing, timeout=3000)
    assert "Follows 00:00:10" in daw.panel.said[FOLLOW_MIDI].text()
    qtbot.waitUntil(lambda: not app.bridge.playing, timeout=3000)
    daw.panel.boxes[FOLLOW_MIDI].click()
    assert midi.closed == 1


def play_from_5_s(app, session, qtbot, seconds: float) -> float:
    """Play, report places from 5 s on, and pause; returns when it began."""
    app.bridge.play()
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        session.position_s = 5.0 + time.monotonic() - began
        app.bridge.position.emit(session.position_s)
        qtbot.wait(20)
    app.bridge.pause()
    return began


def test_the_film_sends_time_code_that_a_reader_follows(daw, app, session, qtbot, midi) -> None:
    daw.panel.boxes[SEND_MIDI].click()
    assert "29.97" in daw.panel.said[SEND_MIDI].text()
    began = play_from_5_s(app, session, qtbot, 1.0)
    qtbot.waitUntil(lambda: midi.sent[-1][1][0] == 0xF0 and len(midi.sent) > 80, timeout=3000)
    daw.panel.boxes[SEND_MIDI].click()
    assert midi.closed == 1
    reader = MtcReader()
    found = [(at, reader.take(message)) for at, message in midi.sent]
    off = [t.at_sample / 48_000 - 5.0 - (at - began) for at, t in found if t is not None and t.is_running]
    assert len(off) > 8
    assert sorted(map(abs, off))[len(off) // 2] < 1 / 29.97


def choose_clock(daw) -> None:
    for combo in (daw.panel.kind_in, daw.panel.kind_out):
        combo.setCurrentIndex(combo.findData("clock"))


def tick_until_it_plays(app, midi, qtbot) -> None:
    until_s = time.monotonic() + 5.0
    while not app.bridge.playing and time.monotonic() < until_s:
        midi.take(bytes((CLOCK,)))
        qtbot.wait(10)


def test_midi_clock_places_plays_and_stops_the_film(daw, app, session, qtbot, midi) -> None:
    choose_clock(daw)
    daw.panel.boxes[FOLLOW_MIDI].click()
    midi.take(song_position(80))
    qtbot.waitUntil(lambda: ("seek", 10.0) in session.calls, timeout=3000)  # at 120 BPM
    assert not app.bridge.playing
    midi.take(bytes((START,)))
    tick_until_it_plays(app, midi, qtbot)
    assert app.bridge.playing
    assert "BPM" in daw.panel.said[FOLLOW_MIDI].text()
    midi.take(bytes((STOP,)))
    qtbot.waitUntil(lambda: not app.bridge.playing, timeout=3000)
    assert "stopped" in daw.panel.said[FOLLOW_MIDI].text()


def test_midi_clock_that_is_lost_stops_the_film_with_a_notice(daw, app, session, qtbot, midi) -> None:
    notices = []
    app.bridge.noticed.connect(notices.append)
    choose_clock(daw)
    daw.panel.boxes[FOLLOW_MIDI].click()
    midi.take(bytes((START,)))
    tick_until_it_plays(app, midi, qtbot)
    assert app.bridge.playing
    qtbot.waitUntil(lambda: not app.bridge.playing, timeout=3000)
    assert [notice.message for notice in notices if "MIDI clock" in notice.message] == [CLOCK_LOST]
    assert daw.panel.said[FOLLOW_MIDI].text() == CLOCK_LOST


def test_the_film_sends_clock_that_a_reader_follows_at_the_tempo_of_the_dialog(daw, app, session, qtbot, midi) -> None:
    choose_clock(daw)
    daw.panel.tempo.setValue(150.0)
    daw.panel.boxes[SEND_MIDI].click()
    assert "150 BPM" in daw.panel.said[SEND_MIDI].text()
    began = play_from_5_s(app, session, qtbot, 2.0)
    qtbot.waitUntil(lambda: bytes((STOP,)) in [message for _, message in midi.sent], timeout=3000)
    sent, reader = list(midi.sent), ClockReader(150.0)
    found = [(at, reader.take(message, at)) for at, message in sent]
    off = [place.position_s - 5.0 - (at - began) for at, place in found if place is not None and place.runs]
    assert len(off) > 40
    assert sorted(map(abs, off))[len(off) // 2] < 0.025
    assert midi.closed == 0
    daw.panel.tempo.setValue(90.0)
    assert "90 BPM" in daw.panel.said[SEND_MIDI].text()
    assert midi.closed == 0  # the port stays open, with what is connected to it
    daw.panel.boxes[SEND_MIDI].click()
    assert midi.closed == 1


def test_clock_that_is_turned_off_while_it_plays_says_stop(daw, app, session, qtbot, midi) -> None:
    choose_clock(daw)
    daw.panel.boxes[SEND_MIDI].click()
    app.bridge.play()
    for at_s in (1.0, 1.02):
        app.bridge.position.emit(at_s)
    qtbot.waitUntil(lambda: bytes((CONTINUE,)) in [message for _, message in midi.sent], timeout=3000)
    daw.panel.boxes[SEND_MIDI].click()
    assert midi.sent[-1][1] == bytes((STOP,))


def test_another_kind_is_followed_through_the_open_port(daw, app, session, qtbot, midi) -> None:
    daw.panel.boxes[FOLLOW_MIDI].click()
    choose_clock(daw)
    assert "Waits for clock" in daw.panel.said[FOLLOW_MIDI].text()
    assert midi.closed == 0
    midi.take(full_frame(MtcRate.FPS_25, 250))
    midi.take(song_position(8))
    qtbot.waitUntil(lambda: "seek" in session.names(), timeout=3000)
    assert ("seek", 1.0) in session.calls
    assert ("seek", 10.0) not in session.calls


def test_a_midi_port_that_is_not_there_is_a_sentence(daw, monkeypatch) -> None:
    def missing(_name, *_rest):
        raise DeviceError("The MIDI port X cannot be opened: connect it, or choose another.")

    monkeypatch.setattr(midi_links, "opened_output", missing)
    daw.panel.boxes[SEND_MIDI].click()
    assert "cannot be opened" in daw.panel.said[SEND_MIDI].text()
    assert not daw.panel.boxes[SEND_MIDI].isChecked()


def test_without_the_midi_package_there_is_a_sentence(daw, monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "rtmidi", None)
    monkeypatch.delitem(sys.modules, "mido.backends.rtmidi", raising=False)
    daw.panel.show_ports(port_names(inputs=True), port_names(inputs=False), ("", ""))
    daw.panel.boxes[SEND_MIDI].click()
    assert "MIDI needs the package python-rtmidi" in daw.panel.said[SEND_MIDI].text()
    assert not daw.panel.boxes[SEND_MIDI].isChecked()


def test_a_midi_port_that_is_unplugged_is_said(daw, app, midi, qtbot, monkeypatch) -> None:
    daw.panel.boxes[SEND_MIDI].click()

    def gone(_message):
        raise OSError("unplugged")

    monkeypatch.setattr(midi, "send", gone)
    app.bridge.play()
    for at_s in (1.0, 1.05):
        app.bridge.position.emit(at_s)
        qtbot.wait(150)
    app.bridge.position.emit(1.4)
    assert "The MIDI port is gone" in daw.panel.said[SEND_MIDI].text()
    assert not daw.panel.boxes[SEND_MIDI].isChecked()
    assert midi.closed == 1


def test_a_midi_port_is_remembered_by_a_window_whose_dialog_was_never_opened(daw, app) -> None:
    kept = WorkstationChoice(midi_in="Deck", midi_out="Synth")
    daw._show_choice(kept)
    daw.close()
    assert app.settings.workstation == kept


def test_time_code_from_before_it_was_turned_off_is_not_followed(daw, session, qtbot, midi) -> None:
    daw.panel.boxes[FOLLOW_MIDI].click()
    midi.take(full_frame(MtcRate.FPS_25, 250))
    daw.panel.boxes[FOLLOW_MIDI].click()
    daw.panel.boxes[FOLLOW_MIDI].click()
    qtbot.wait(60)
    assert "seek" not in session.names()


def test_the_transport_follows_one_program_at_a_time(daw, midi) -> None:
    daw.panel.listen_port.setValue(free_port())
    daw.panel.boxes[FOLLOW_OSC].click()
    daw.panel.boxes[FOLLOW_MIDI].click()
    assert daw.listener.port is None
    assert not daw.panel.boxes[FOLLOW_OSC].isChecked()
    assert "one program at a time" in daw.panel.said[FOLLOW_OSC].text()
    daw.panel.boxes[FOLLOW_OSC].click()
    assert midi.closed == 1
    assert not daw.panel.boxes[FOLLOW_MIDI].isChecked()
    assert daw.listener.port is not None


def test_messages_are_sent_from_this_machine_only(daw, udp) -> None:
    daw.panel.send_port.setValue(udp.getsockname()[1])
    daw.panel.boxes[SEND_OSC].click()
    assert daw._osc._socket.getsockname()[0] == HOST


def test_ports_are_remembered_and_damaged_settings_fall_back(daw, app) -> None:
    daw.panel.send_port.setValue(7_777)
    daw.panel.panner.setCurrentIndex(1)
    daw.panel.tempo.setValue(97.5)
    choose_clock(daw)
    daw.close()
    kept = app.settings.workstation
    assert (kept.send_port, kept.panner) == (7_777, "sparta")
    assert (kept.kind_in, kept.kind_out, kept.tempo_bpm) == ("clock", "clock", 97.5)
    for damaged in ("nan", "0", "1e9", "x"):
        app.settings._store.setValue("workstation/tempo_bpm", damaged)
        assert app.settings.workstation.tempo_bpm == 120.0
    app.settings._store.setValue("workstation/kind_in", "x")
    assert app.settings.workstation.kind_in == "time_code"
    app.settings._store.setValue("workstation/send_port", "999999999")
    app.settings._store.setValue("workstation/panner", "x")
    app.settings._store.setValue("workstation/listen_port", "000001" + "9" * 5_000)
    assert app.settings.workstation.listen_port == 9_001
    assert (app.settings.workstation.send_port, app.settings.workstation.panner) == (8_000, "iem")
