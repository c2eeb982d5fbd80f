"""Sound at the rate of a device: rendered at 48 kHz, resampled, and kept ready for the device's callback.

Threads: a separate one renders and resamples; `take` belongs to the callback and only copies. Each of the two counts
has one writer.
"""

import threading
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.runtime.ear.audio_output import BLOCK_SAMPLES, Render

AHEAD_S: Final = 4 * BLOCK_SAMPLES / SAMPLE_RATE_HZ
"""The reserve (43 ms): longer than a busy machine keeps the thread from running."""
_RING_S: Final = 0.25
_NAP_S: Final = 0.004
_JOIN_S: Final = 0.5


class RateFeed:
    """Between a `Render` and a device at `rate_hz`. `device_latency_s` is set by the callback."""

    def __init__(self, render: Render, rate_hz: int) -> None:
        self.device_latency_s = 0.0
        self.fault: Exception | None = None
        self._render = render
        self._rate_hz = rate_hz
        self._stream = soxr.ResampleStream(SAMPLE_RATE_HZ, rate_hz, 2, dtype="float32", quality="HQ")
        self._block = np.zeros((BLOCK_SAMPLES, 2), np.float32)
        self._ring = np.zeros((round(_RING_S * rate_hz), 2), np.float32)
        self._written = 0
        self._taken = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rate-feed", daemon=True)

    def start(self) -> None:
        """Start the thread that resamples ahead."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread. May be called twice."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_S)

    def take(self, out: NDArray[np.float32]) -> int:
        """Fill (n, 2) with the next sound; returns how many frames were missing, which are silent."""
        n, ring, taken = int(out.shape[0]), self._ring, self._taken
        ready = min(n, self._written - taken)
        begin = taken % ring.shape[0]
        first = min(ready, ring.shape[0] - begin)
        out[:first] = ring[begin : begin + first]
        out[first:ready] = ring[: ready - first]
        out[ready:] = 0.0
        self._taken = taken + ready
        return n - ready

    def _run(self) -> None:
        try:
            ahead = round(AHEAD_S * self._rate_hz)
            while not self._stopping.is_set():
                if self._written - self._taken < ahead:
                    self._make_block()
                else:
                    self._stopping.wait(_NAP_S)
        except Exception as error:  # the output supervisor looks for it
            self.fault = error

    def _make_block(self) -> None:
        waiting = self._written - self._taken + self._stream.delay()
        self._render(self._block, self.device_latency_s + waiting / self._rate_hz)
        samples = self._stream.resample_chunk(self._block)
        np.clip(samples, -1.0, 1.0, out=samples)  # a resampling filter overshoots full scale
        n, ring = samples.shape[0], self._ring
        begin = self._written % ring.shape[0]
        first = min(n, ring.shape[0] - begin)
        ring[begin : begin + first] = samples[:first]
        ring[: n - first] = samples[first:]
        self._written += n
