"""What a recorder of the sound device hears: stretches of it, their levels, steps and gaps."""

import shlex
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE_HZ: Final = 48_000
QUIET: Final = 1e-5
"""Below this a sample is silence."""


class Recorder:
    """Reads a command's output in a thread. A sample's time is when it arrived, as soon as any chunk allows."""

    def __init__(self, command: str) -> None:
        self._process = subprocess.Popen(shlex.split(command), stdout=subprocess.PIPE, bufsize=0)
        self._chunks: list[bytes] = []
        self._bytes = 0
        self._arrivals: list[tuple[int, float]] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while chunk := self._process.stdout.read(4096):
            self._chunks.append(chunk)
            self._bytes += len(chunk)
            self._arrivals.append((self._bytes // 8, time.perf_counter()))

    @property
    def samples(self) -> int:
        """How many were recorded."""
        return self._bytes // 8

    def since(self, start: int) -> NDArray[np.float32]:
        """Return (N, 2) from a sample on."""
        data = b"".join(self._chunks)
        return np.frombuffer(data[: len(data) // 8 * 8], np.float32).reshape(-1, 2)[start:]

    def time_of(self, sample: int) -> float:
        """Return when a sample arrived, by the promptest arrival of the second around it."""
        near = [at - n / RATE_HZ for n, at in self._arrivals if abs(n - sample) < RATE_HZ // 2]
        return min(near) + sample / RATE_HZ

    def close(self) -> None:
        """End the command."""
        self._process.terminate()
        self._process.wait()


@dataclass(frozen=True)
class Played:
    """A stretch from its first sound on, (N, 2), and where that is in the recording."""

    sound: NDArray[np.float32]
    first: int

    @property
    def step(self) -> float:
        """The largest step from a sample to the next one."""
        return float(np.abs(np.diff(self.sound, axis=0)).max())

    @property
    def gaps(self) -> int:
        """How often nothing is heard for 3 ms or more."""
        sounding = np.flatnonzero(np.abs(self.sound).max(axis=1) > QUIET)
        return int((np.diff(sounding) > RATE_HZ * 3 // 1000).sum())


def level_db(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the levels of both ears in dBFS."""
    levels: NDArray[np.float64] = 10.0 * np.log10(np.mean(sound.astype(np.float64) ** 2, axis=0) + 1e-12)
    return levels


def largest_difference(one: Played, other: Played, begin: int) -> float:
    """Return the largest difference from a sample on; one may have begun to sound a little later than the other."""
    length = RATE_HZ
    mine = one.sound[begin : begin + length]
    shifts = range(-RATE_HZ // 20, RATE_HZ // 20)
    theirs = (other.sound[begin + shift : begin + shift + length] for shift in shifts)
    return min(float(np.abs(mine - each).max()) for each in theirs if len(each) == len(mine))
