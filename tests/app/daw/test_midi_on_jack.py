"""Time code and clock go through real MIDI ports: those of a JACK server without sound hardware.

`apt-get install jackd2` brings the server. The figures on a machine with little load are in app/daw/README.md.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from statistics import median

import mido
import pytest

from app.daw.midi_ports import opened_input, opened_output, port_names
from app.daw.midi_sender import MidiSender, SentClock
from engine.contract.errors import DeviceError
from engine.daw.clock_reader import ClockReader
from engine.daw.midi_clock import MidiClock
from engine.daw.mtc_clock import MtcClock
from engine.daw.time_code import MtcRate, MtcReader

pytestmark = pytest.mark.slow
PORT = "SwanSphere (JACK)"
SERVER = "swansphere-test"
RATE = 48_000
SECONDS = 4.0


@pytest.fixture
def jack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server of its own, which other programs do not find."""
    pytest.importorskip("rtmidi")
    if shutil.which("jackd") is None or shutil.which("jack_connect") is None:
        pytest.skip("JACK is not on this machine")
    monkeypatch.setenv("JACK_DEFAULT_SERVER", SERVER)
    monkeypatch.setenv("JACK_NO_AUDIO_RESERVATION", "1")
    command = ["jackd", "-n", SERVER, "-r", "-d", "dummy", "-r", str(RATE), "-p", "512"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            until_s = time.monotonic() + 10.0
            while PORT not in port_names(inputs=True):
                if server.poll() is not None or time.monotonic() > until_s:
                    pytest.skip("JACK does not start on this machine")
                time.sleep(0.2)
            yield
        finally:
            server.terminate()


def jack_ports(kind: str) -> list[str]:
    """Return the MIDI ports that the server lists; `kind` is "input" or "output"."""
    lines = subprocess.run(["jack_lsp", "-p", "-t"], capture_output=True, text=True, check=True).stdout
    found, name, properties = [], "", ""
    for line in lines.splitlines():
        if not line.startswith("\t"):
            name = line
        elif "properties" in line:
            properties = line
        elif "midi" in line and kind in properties:
            found.append(name)
    return found


def off_by(clock: SentClock, read: Callable[[bytes, float], float | None], from_s: float = 0.0) -> list[float]:
    """Send a playback from a place through the ports; return where it was read, less where it was at that time."""
    got: list[tuple[float, bytes]] = []
    into = opened_input(PORT, lambda message: got.append((time.monotonic(), message)))
    sender = MidiSender(opened_output(PORT), clock)
    try:
        (out,), (there,) = jack_ports("output"), jack_ports("input")
        subprocess.run(["jack_connect", out, there], check=True)
        began = time.monotonic()
        while (now := time.monotonic()) < began + SECONDS:
            sender.follow((from_s + now - began) * RATE)
            time.sleep(0.05)
    finally:
        sender.close()
        into.close()
    places = [(at, read(message, at)) for at, message in got]
    return [place - from_s - (at - began) for at, place in places if place is not None]


def test_time_code_comes_back_within_a_frame(jack: None) -> None:
    reader = MtcReader()

    def read(message: bytes, _at: float) -> float | None:
        time_code = reader.take(message)
        return time_code.at_sample / RATE if time_code is not None and time_code.is_running else None

    off = off_by(MtcClock(MtcRate.FPS_25), read, 61.0)
    assert len(off) > 20
    assert abs(median(off)) < 1.0 / 25.0


def test_clock_comes_back_within_a_frame(jack: None) -> None:
    reader = ClockReader(96.0)

    def read(message: bytes, at_s: float) -> float | None:
        place = reader.take(message, at_s)
        return place.position_s if place is not None and place.runs else None

    off = off_by(MidiClock(96.0), read, 61.0)
    assert len(off) > 96 / 60 * 24 * SECONDS / 2
    assert abs(median(off)) < 1.0 / 25.0
    assert reader.bpm == pytest.approx(96.0, abs=0.5)
    assert not reader.runs  # the Stop of the end came too


def test_another_programs_port_is_listed_and_opened(jack: None) -> None:
    got: list[bytes] = []
    import rtmidi

    other = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name="Deck")
    try:
        other.open_virtual_port("clock")
        name = next(name for name in port_names(inputs=True) if "Deck" in name)
        assert name.endswith(" (JACK)")
        into = opened_input(name, got.append)
        try:
            until_s = time.monotonic() + 5.0
            while not got and time.monotonic() < until_s:
                other.send_message(mido.Message("start").bytes())
                time.sleep(0.05)
        finally:
            into.close()
    finally:
        other.close_port()
        other.delete()
    assert got[0] == bytes((0xFA,))
    with pytest.raises(DeviceError, match="Deck"):
        opened_input(name, got.append)  # it is gone
