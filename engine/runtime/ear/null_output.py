"""Plays to nothing, at the pace of the clock: for machines without a sound device, and for tests."""

import threading
import time
from pathlib import Path
from typing import Final

import numpy as np

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import EngineError
from engine.export.sound_writer import SoundLayout
from engine.export.wav_writer import WavWriter
from engine.runtime.ear.audio_output import BLOCK_SAMPLES, Render

_LATE_S: Final = 0.25
_LEFT_RIGHT: Final = 0x3
_JOIN_S: Final = 1.0


class NullOutput:
    """Requests a block whenever one would have been played; can write the result to a stereo WAV.

    Threads: a separate one between `start` and `stop`. If a machine sleeps or stalls for more than 0.25 s, the gap is
    not made up for, as on a real device.
    """

    def __init__(self, spool: Path | None = None) -> None:
        self._spool = spool
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._problem = ""
        self._fault: Exception | None = None

    @property
    def rate_hz(self) -> int:
        """The sample rate: 48 kHz."""
        return SAMPLE_RATE_HZ

    @property
    def latency_s(self) -> float:
        """No latency."""
        return 0.0

    @property
    def gaps(self) -> int:
        """No gaps."""
        return 0

    @property
    def name(self) -> str:
        """The name to show."""
        return "no sound device (silent)"

    @property
    def problem(self) -> str:
        """What went wrong, as a sentence; empty if nothing did."""
        return self._problem

    @property
    def fault(self) -> Exception | None:
        """The exception behind `problem`, or None."""
        return self._fault

    def start(self, render: Render) -> None:
        """Call `render` at the pace of a device."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, args=(render,), name="null-output", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread. May be called twice."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_JOIN_S)
            self._thread = None

    def _run(self, render: Render) -> None:
        try:
            if self._spool is None:
                self._play(render, None)
            else:
                with WavWriter(self._spool, SoundLayout(2, _LEFT_RIGHT)) as writer:
                    self._play(render, writer)
        except EngineError as error:
            self._problem = str(error)
        except Exception as error:  # the output supervisor looks for it
            self._fault = error

    def _play(self, render: Render, writer: WavWriter | None) -> None:
        block = np.zeros((BLOCK_SAMPLES, 2), np.float32)
        due_s = time.perf_counter()
        while True:
            wait_s = due_s - time.perf_counter()
            if wait_s < -_LATE_S:
                due_s = time.perf_counter()
            if self._stopping.wait(max(0.0, wait_s)):
                return
            render(block, 0.0)
            if writer is not None:
                writer.write(block.T)
            due_s += BLOCK_SAMPLES / SAMPLE_RATE_HZ
