"""Plays through PortAudio, at 48 kHz or at the next best rate of the device.

Threads: `start` and `stop` belong to the audio process's main thread; PortAudio's own thread calls the render, or takes
the resampled sound of a `RateFeed`. A helper thread closes a stream, because the host's driver may hang on an
unplugged device.
"""

import contextlib
import re
import threading
import time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import DeviceError
from engine.runtime.ear.audio_output import BLOCK_SAMPLES, Render
from engine.runtime.ear.rate_feed import AHEAD_S, RateFeed

_STOP_S: Final = 0.5
_MOST_LATENCY_S: Final = 1.0
_SETTLING_CALLS: Final = 50
"""A new stream reports an underrun before it was ever filled."""
_OVERDUE: Final = 1.5
"""A device without a request for this many times its latency has played out its buffer."""
_OTHER_RATES_HZ: Final = (96_000, 44_100, 88_200, 192_000, 32_000, 16_000)
_NOT_FOR_ITS_RATE: Final = (-9985, -9986, -9992, -9996, -9998)
"""PortAudio's codes for a device that is busy, absent or without two channels: another rate would not help."""


class SoundDeviceOutput:
    """The device of a name from `device_names`; None is the system's default."""

    def __init__(self, name: str | None, latency_s: float) -> None:
        self._wanted = name
        self._latency_s = latency_s
        self._name = name or "default device"
        self._stream: Any = None
        self._rate_hz = SAMPLE_RATE_HZ
        self._feed: RateFeed | None = None
        self._render: Render = _silence
        self._calls = 0
        self._called_s = 0.0
        self._gaps = 0
        self._problem = ""
        self._fault: Exception | None = None
        self._stopping = False

    @property
    def name(self) -> str:
        """The name of the device."""
        return self._name

    @property
    def problem(self) -> str:
        """What went wrong, as a sentence; empty if nothing did."""
        return self._problem

    @property
    def fault(self) -> Exception | None:
        """What went wrong in the callback or the resampling thread, or None."""
        return self._fault or (self._feed.fault if self._feed is not None else None)

    @property
    def rate_hz(self) -> int:
        """The sample rate at which the device is open."""
        return self._rate_hz

    @property
    def latency_s(self) -> float:
        """The time from `render` to the sound, in seconds."""
        return self._latency_s + (0.0 if self._rate_hz == SAMPLE_RATE_HZ else AHEAD_S)

    @property
    def gaps(self) -> int:
        """How often the device had nothing to play."""
        return self._gaps

    def open(self) -> None:
        """Open the device; it requests nothing until `start`. Raises DeviceError."""
        sounddevice = _library()
        try:
            index = _index_of(self._wanted)
            device = sounddevice.query_devices(index, "output")
            self._name = str(device["name"])
            self._stream = self._stream_at_some_rate(index, round(float(device["default_samplerate"])))
            self._latency_s = float(self._stream.latency) or self._latency_s
        except (sounddevice.PortAudioError, ValueError, OSError) as error:
            raise self._refused(error) from error

    def _stream_at_some_rate(self, index: int | None, its_own_hz: int) -> Any:
        """Open at 48 kHz, else at the device's own rate, else at any supported one; raises the error of 48 kHz."""
        sounddevice = _library()
        refusal: Exception | None = None
        for rate_hz in dict.fromkeys((SAMPLE_RATE_HZ, its_own_hz, *_OTHER_RATES_HZ)):
            try:
                stream = sounddevice.OutputStream(
                    samplerate=rate_hz,
                    blocksize=round(BLOCK_SAMPLES * rate_hz / SAMPLE_RATE_HZ),
                    device=index,
                    channels=2,
                    dtype="float32",
                    latency=self._latency_s,
                    callback=self._callback if rate_hz == SAMPLE_RATE_HZ else self._callback_at_its_rate,
                    finished_callback=self._note_finished,
                )
            except sounddevice.PortAudioError as error:
                refusal = refusal or error
                if _code(error) in _NOT_FOR_ITS_RATE:
                    break
                continue
            self._rate_hz = rate_hz
            return stream
        assert refusal is not None
        raise refusal

    def start(self, render: Render) -> None:
        """Start the device; it calls `render` from its own thread. Raises DeviceError."""
        sounddevice = _library()
        self._render = render
        if self._rate_hz != SAMPLE_RATE_HZ:
            self._feed = RateFeed(render, self._rate_hz)
            self._feed.device_latency_s = self._latency_s
            self._feed.start()
        try:
            self._stream.start()
        except (sounddevice.PortAudioError, OSError) as error:
            self.stop()
            raise self._refused(error) from error

    def stop(self) -> None:
        """Stop and close the device. May be called twice."""
        self._stopping = True
        if self._feed is not None:
            self._feed.stop()
        stream, self._stream = self._stream, None
        if stream is None:
            return

        def shut() -> None:
            with contextlib.suppress(Exception):  # a device that has disappeared returns anything
                stream.abort(ignore_errors=True)
                stream.close(ignore_errors=True)

        helper = threading.Thread(target=shut, name="close-device", daemon=True)
        helper.start()
        helper.join(_STOP_S)

    def _callback(self, out: NDArray[np.float32], frames: int, times: Any, status: Any) -> None:
        try:
            self._note(status.output_underflow)
            self._render(out, self._heard_in_s(times))
        except Exception as error:
            out.fill(0.0)
            self._fault = error
            raise _library().CallbackAbort from error

    def _callback_at_its_rate(self, out: NDArray[np.float32], frames: int, times: Any, status: Any) -> None:
        feed = self._feed
        if feed is None:
            out.fill(0.0)
            return
        feed.device_latency_s = self._heard_in_s(times)
        missing = feed.take(out)
        self._note(status.output_underflow or missing > 0)

    def _note(self, is_gap: bool) -> None:
        """Count a gap that the host reports; not every host does, so an overdue call counts too."""
        now_s, before_s = time.perf_counter(), self._called_s
        self._calls, self._called_s = self._calls + 1, now_s
        if (is_gap or now_s - before_s > _OVERDUE * self._latency_s) and self._calls > _SETTLING_CALLS:
            self._gaps += 1

    def _heard_in_s(self, times: Any) -> float:
        ahead_s = float(times.outputBufferDacTime - times.currentTime)
        # Some hosts leave the times at zero; then the stream's own figure has to do.
        return ahead_s if 0.0 < ahead_s < _MOST_LATENCY_S else self._latency_s

    def _refused(self, error: Exception) -> DeviceError:
        if isinstance(error, _NotThereError):
            return DeviceError(f"The sound device '{self._name}' is not plugged in.")
        return DeviceError(
            f"The sound device '{self._name}' cannot be opened for stereo ({_reason(error)}): it may be in use by "
            "another program."
        )

    def _note_finished(self) -> None:
        if not self._stopping and self._fault is None:
            self._problem = f"The sound device '{self._name}' has been disconnected."


class _NotThereError(ValueError):
    """No device with that name is known."""


def _silence(out: NDArray[np.float32], latency_s: float) -> None:
    out.fill(0.0)


def device_names() -> list[str]:
    """Return the output devices with at least two channels; a name shared by several hosts includes its host."""
    return [name for name, _ in _output_devices()]


def refresh_devices() -> None:
    """Rescan the devices. PortAudio scans once; only with no stream open can it be made to scan again."""
    sounddevice = _library()
    with contextlib.suppress(sounddevice.PortAudioError):
        sounddevice._terminate()
    try:
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise DeviceError(f"The system's sound cannot be reached ({_reason(error)}).") from error


def _library() -> Any:
    """Return the module; importing it starts PortAudio."""
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError(
            "PortAudio is missing, so nothing can be played. On Debian or Ubuntu: sudo apt install libportaudio2."
        ) from error
    return sounddevice


def _output_devices() -> list[tuple[str, int]]:
    sounddevice = _library()
    found = [
        (str(device["name"]), str(sounddevice.query_hostapis(device["hostapi"])["name"]), index)
        for index, device in enumerate(sounddevice.query_devices())
        if device["max_output_channels"] >= 2
    ]
    names = [name for name, _, _ in found]
    return [(name if names.count(name) == 1 else f"{name}, {host}", index) for name, host, index in found]


def _index_of(name: str | None) -> int | None:
    if name is None:
        return None
    for known, index in _output_devices():
        if known == name:
            return index
    raise _NotThereError(name)


def _code(error: Exception) -> int:
    """Return PortAudio's number of an error, 0 if it has none."""
    return int(error.args[1]) if len(error.args) > 1 and isinstance(error.args[1], int) else 0


def _reason(error: Exception) -> str:
    """Return PortAudio's message without the name of its function."""
    said = str(error.args[0]) if error.args else type(error).__name__
    return re.sub(r"^Error opening \w+: ", "", said)
