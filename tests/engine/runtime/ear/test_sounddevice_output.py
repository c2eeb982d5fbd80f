"""The real output against a stand-in for the library: no test may need a sound device."""

import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.engine_choice import DEFAULT_LATENCY_MS, EngineChoice
from engine.contract.errors import DeviceError
from engine.runtime.ear.audio_output import BLOCK_SAMPLES
from engine.runtime.ear.sounddevice_output import SoundDeviceOutput, device_names, refresh_devices
from engine.runtime.session.config import SessionConfig


class PortAudioError(Exception):
    pass


class CallbackAbort(Exception):
    pass


class FakeStream:
    latency = 0.07

    def __init__(self, library, **options):
        if options["device"] == library.refused:
            raise PortAudioError("Error opening OutputStream: Device unavailable", -9985)
        if options["samplerate"] not in library.rates:
            raise PortAudioError("Error opening OutputStream: Invalid sample rate", -9997)
        self.options = options
        self.started = self.aborted = self.closed = False
        self.hangs = library.hangs
        library.streams.append(self)

    def start(self):
        self.started = True

    def abort(self, ignore_errors):
        self.aborted = True
        if self.hangs is not None:
            self.hangs.wait(5.0)

    def close(self, ignore_errors):
        self.closed = True
        self.options["finished_callback"]()

    def ask(self, dac_s=0.0, now_s=0.0, underflow=False):
        out = np.full((self.options["blocksize"], 2), np.nan, np.float32)
        times = SimpleNamespace(outputBufferDacTime=dac_s, currentTime=now_s)
        status = SimpleNamespace(output_underflow=underflow)
        self.options["callback"](out, out.shape[0], times, status)
        return out


class FakeLibrary:
    PortAudioError = PortAudioError
    CallbackAbort = CallbackAbort

    def __init__(self):
        self.refused = -1
        self.rates = {48_000}
        self.hangs: threading.Event | None = None
        self.streams = []
        self.initialised = 1
        self.devices = [
            {"name": "Speakers", "hostapi": 0, "max_output_channels": 2, "default_samplerate": 48_000.0},
            {"name": "Microphone", "hostapi": 0, "max_output_channels": 0},
            {"name": "Headphones", "hostapi": 0, "max_output_channels": 2, "default_samplerate": 48_000.0},
            {"name": "Headphones", "hostapi": 1, "max_output_channels": 8, "default_samplerate": 44_100.0},
        ]

    def query_devices(self, index=-1, kind=None):
        if index == -1:
            return self.devices
        return self.devices[0 if index is None else index]

    def query_hostapis(self, index):
        return {"name": ("ALSA", "JACK")[index]}

    def OutputStream(self, **options):
        return FakeStream(self, **options)

    def _terminate(self):
        self.initialised -= 1

    def _initialize(self):
        self.initialised += 1


@pytest.fixture
def library(monkeypatch):
    made = FakeLibrary()
    monkeypatch.setitem(sys.modules, "sounddevice", made)
    return made


def half(out, latency_s):
    out[:] = 0.5


def test_the_default_latency_is_less_than_four_blocks():
    """With four, PortAudio asks ALSA for two at a time: an edit then waits for 21 ms instead of 11."""
    blocks = DEFAULT_LATENCY_MS * SAMPLE_RATE_HZ / 1000 / BLOCK_SAMPLES
    assert blocks == 3.0
    assert EngineChoice().latency_ms == DEFAULT_LATENCY_MS
    assert SessionConfig(dict).device_latency_s == DEFAULT_LATENCY_MS / 1000.0


def test_names_tell_devices_apart(library):
    assert device_names() == ["Speakers", "Headphones, ALSA", "Headphones, JACK"]


def test_it_opens_what_was_chosen_with_a_block_of_its_own(library):
    output = SoundDeviceOutput("Headphones, JACK", 0.06)
    output.open()
    options = library.streams[0].options
    assert (options["device"], options["blocksize"], options["latency"], options["samplerate"]) == (
        3,
        512,
        0.06,
        48_000,
    )
    assert not np.any(library.streams[0].ask())
    output.start(half)
    assert library.streams[0].started
    assert np.all(library.streams[0].ask() == 0.5)
    output.stop()
    output.stop()
    assert library.streams[0].closed
    assert output.problem == ""


@pytest.mark.parametrize(("dac_s", "expected"), [(10.05, 0.05), (0.0, 0.07), (99.0, 0.07)])
def test_the_latency_is_the_hosts_where_it_makes_sense(library, dac_s, expected):
    told = []
    output = SoundDeviceOutput(None, 0.06)
    output.open()
    output.start(lambda out, latency_s: told.append(latency_s))
    library.streams[0].ask(dac_s, 10.0 if dac_s else 0.0)
    assert told == [pytest.approx(expected)]
    output.stop()


def test_a_device_that_ends_by_itself_has_gone(library):
    output = SoundDeviceOutput(None, 0.06)
    output.open()
    output.start(half)
    library.streams[0].options["finished_callback"]()
    assert output.problem == "The sound device 'Speakers' has been disconnected."
    output.stop()


def test_a_fault_in_the_render_is_silence_and_is_kept(library):
    def broken(out, latency_s):
        raise RuntimeError("broken on purpose")

    output = SoundDeviceOutput(None, 0.06)
    output.open()
    output.start(broken)
    with pytest.raises(CallbackAbort):
        library.streams[0].ask()
    assert "broken on purpose" in str(output.fault)
    library.streams[0].options["finished_callback"]()
    assert output.problem == ""  # the device works again
    output.stop()


def test_what_cannot_be_opened_is_a_sentence(library):
    with pytest.raises(DeviceError, match=r"'Radio' is not plugged in"):
        SoundDeviceOutput("Radio", 0.06).open()
    library.refused = 2
    with pytest.raises(DeviceError, match=r"Headphones.*for stereo \(Device unavailable\): it may be in use"):
        SoundDeviceOutput("Headphones, ALSA", 0.06).open()


@pytest.mark.parametrize(
    ("device", "rates", "rate_hz"),
    [
        ("Headphones, JACK", {44_100}, 44_100),
        ("Headphones, ALSA", {96_000, 44_100}, 96_000),
        ("Headphones, ALSA", {16_000}, 16_000),
        ("Headphones, JACK", {44_100, 48_000}, 48_000),
    ],
)
def test_a_device_that_refuses_48_khz_is_opened_at_what_it_takes(library, device, rates, rate_hz):
    library.rates = rates
    output = SoundDeviceOutput(device, 0.06)
    output.open()
    (stream,) = library.streams
    assert output.rate_hz == stream.options["samplerate"] == rate_hz
    assert stream.options["blocksize"] == pytest.approx(512 * rate_hz / 48_000, abs=0.5)
    heard_in = []

    def tone(out, latency_s):
        heard_in.append(latency_s)
        out[:] = 0.5

    output.start(tone)
    asked = [stream.ask() for _ in range(5)]
    until = time.monotonic() + 3.0
    while not np.all(np.abs(asked[-1] - 0.5) < 0.01) and time.monotonic() < until:
        time.sleep(0.005)
        asked.append(stream.ask())
    assert np.all(np.abs(asked[-1] - 0.5) < 0.01)
    # What is rendered now is heard after the device's latency, what lies ready, and the resampler's own delay.
    assert all(0.06 < latency_s < 0.2 for latency_s in heard_in) or rate_hz == 48_000
    assert output.latency_s == pytest.approx(0.07 + (0.0 if rate_hz == 48_000 else 0.043), abs=0.001)
    output.stop()
    assert output.problem == ""


def test_a_device_that_takes_no_rate_is_refused_with_the_first_reason(library):
    library.rates = set()
    with pytest.raises(DeviceError, match="Invalid sample rate"):
        SoundDeviceOutput(None, 0.06).open()


def test_gaps_of_the_device_are_counted_once_it_has_settled(library):
    output = SoundDeviceOutput(None, 0.06)
    output.open()
    output.start(half)
    for _ in range(60):
        library.streams[0].ask(underflow=True)
    assert output.gaps == 10
    library.streams[0].ask()
    assert output.gaps == 10
    time.sleep(0.2)  # longer than the device's latency: it must have run dry, though it does not say so
    library.streams[0].ask()
    assert output.gaps == 11
    output.stop()


def test_a_driver_that_hangs_does_not_hold_up_the_end(library):
    library.hangs = threading.Event()
    output = SoundDeviceOutput(None, 0.06)
    output.open()
    output.start(half)
    output.stop()
    assert library.streams[0].aborted
    assert not library.streams[0].closed
    library.hangs.set()


def test_looking_again_leaves_the_library_ready(library):
    refresh_devices()
    assert library.initialised == 1
