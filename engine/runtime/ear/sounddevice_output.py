"""Plays through PortAudio.

Threads: `start` and `stop` belong to the audio process's main thread; PortAudio's own thread calls the render. A
stream is shut in a helper thread, because the host's driver may hang on a device that was pulled out.
"""

import contextlib
import threading
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import DeviceError
from engine.runtime.ear.audio_output import BLOCK_SAMPLES, Render

_STOP_S: Final = 0.5
_MOST_LATENCY_S: Final = 1.0


class SoundDeviceOutput:
    """The device of a name as `device_names` tells it; None is the system's default."""

    def __init__(self, name: str | None, latency_s: float) -> None:
        self._wanted = name
        self._latency_s = latency_s
        self._name = name or "default device"
        self._stream: Any = None
        self._render: Render = _silence
        self._problem = ""
        self._stopping = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def problem(self) -> str:
        return self._problem

    def open(self) -> None:
        """Take the device; nothing is asked for until `start`. Raises DeviceError."""
        sounddevice = _library()
        try:
            index = _index_of(self._wanted)
            self._name = str(sounddevice.query_devices(index, "output")["name"])
            self._stream = sounddevice.OutputStream(
                samplerate=SAMPLE_RATE_HZ,
                blocksize=BLOCK_SAMPLES,
                device=index,
                channels=2,
                dtype="float32",
                latency=self._latency_s,
                callback=self._callback,
                finished_callback=self._finished,
            )
            self._latency_s = float(self._stream.latency) or self._latency_s
        except (sounddevice.PortAudioError, ValueError, OSError) as error:
            raise self._refused(error) from error

    def start(self, render: Render) -> None:
        sounddevice = _library()
        self._render = render
        try:
            self._stream.start()
        except (sounddevice.PortAudioError, OSError) as error:
            self.stop()
            raise self._refused(error) from error

    def stop(self) -> None:
        self._stopping = True
        stream, self._stream = self._stream, None
        if stream is None:
            return

        def shut() -> None:
            with contextlib.suppress(Exception):  # a device that has gone answers anything
                stream.abort(ignore_errors=True)
                stream.close(ignore_errors=True)

        helper = threading.Thread(target=shut, name="close-device", daemon=True)
        helper.start()
        helper.join(_STOP_S)

    def _callback(self, out: NDArray[np.float32], frames: int, times: Any, status: Any) -> None:
        try:
            ahead_s = times.outputBufferDacTime - times.currentTime
            # Some hosts leave the times at zero; then the stream's own figure has to do.
            self._render(out, ahead_s if 0.0 < ahead_s < _MOST_LATENCY_S else self._latency_s)
        except Exception as error:
            out.fill(0.0)
            self._problem = f"The sound stopped by a fault in the program: {type(error).__name__}: {error}."
            raise _library().CallbackAbort from error

    def _refused(self, error: Exception) -> DeviceError:
        if isinstance(error, _NotThereError):
            return DeviceError(f"The sound device '{self._name}' is not plugged in: choose another one.")
        return DeviceError(
            f"The sound device '{self._name}' cannot be opened for stereo at 48 kHz ({_reason(error)}). "
            "Close programs that hold it, or choose another device."
        )

    def _finished(self) -> None:
        if not self._stopping and not self._problem:
            self._problem = f"The sound device '{self._name}' has gone."


class _NotThereError(ValueError):
    """No device of that name is known."""


def _silence(out: NDArray[np.float32], latency_s: float) -> None:
    out.fill(0.0)


def device_names() -> list[str]:
    """Return the output devices with two channels or more; a name that several hosts share says its host too."""
    return [name for name, _ in _output_devices()]


def refresh_devices() -> None:
    """Look again at what is plugged in. PortAudio looks once; only with no stream open can it be made to look again."""
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


def _reason(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__
