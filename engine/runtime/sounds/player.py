"""Plays a short sound once, on the user's device or at the pace of the clock.

Threads: `start` and `stop` belong to one thread; the device's own thread copies what it plays.
"""

import threading
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.runtime.ear.audio_output import AudioOutput
from engine.runtime.ear.null_output import NullOutput
from engine.runtime.ear.sounddevice_output import SoundDeviceOutput
from engine.runtime.sounds.messages import Stereo

_LATENCY_S: Final = 0.1
_FADE_SAMPLES: Final = 480


class OncePlayer:
    """Plays one sound (n, 2) and falls silent. Raises DeviceError if the device cannot be opened."""

    def __init__(
        self, sound: Stereo, volume: float, device: str | None, output: Literal["device", "null"] = "device"
    ) -> None:
        self._sound = (sound * np.float32(volume)).astype(np.float32)
        ramp = np.linspace(0.0, 1.0, min(_FADE_SAMPLES, len(sound)), dtype=np.float32)[:, None]
        self._sound[: len(ramp)] *= ramp
        self._sound[len(self._sound) - len(ramp) :] *= ramp[::-1]
        self._at = 0
        self._played = threading.Event()
        self._output: AudioOutput
        if output == "null":
            self._output = NullOutput()
        else:
            opened = SoundDeviceOutput(device, _LATENCY_S)
            opened.open()
            self._output = opened
        self._output.start(self._render)

    def wait(self, timeout_s: float) -> bool:
        """Wait for the end of the sound, at most so long; returns whether it has ended."""
        return self._played.wait(timeout_s) or bool(self._output.problem) or self._output.fault is not None

    @property
    def problem(self) -> str:
        """What went wrong with the device, as a sentence; empty if nothing did."""
        return self._output.problem

    def stop(self) -> None:
        """Stop and close the device."""
        self._output.stop()

    def _render(self, out: NDArray[np.float32], _latency_s: float) -> None:
        count = min(len(out), len(self._sound) - self._at)
        out[:count] = self._sound[self._at : self._at + count]
        out[count:] = 0.0
        self._at += count
        if count == 0:  # one block after the last one, so that it is heard
            self._played.set()
