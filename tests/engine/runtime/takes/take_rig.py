"""Takes made by hand: sound of a known level, a listener who is put somewhere, a disk that may refuse."""

import time
from pathlib import Path

import numpy as np

from engine.contract.video import VideoInfo
from engine.runtime.processes.messages import TakeKept, TakeRequest, TakeToGoOn
from engine.runtime.shared.epochs import after_seek, first_epoch
from engine.runtime.takes.contents import read_contents
from engine.runtime.takes.folder import TakeFolder
from engine.runtime.takes.reader import TakeReader
from engine.runtime.takes.recorder import TakeRecorder

FILM_END = 480_000
TIME_OF_DAY = 10 * 3600 * 48_000
"""The time of day of the film's start, in samples."""
PATCH = 7680
PATIENCE_S = 10.0


def level(n: int, value: float) -> np.ndarray:
    return np.full((4, n), value, np.float32)


def noise(n: int, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal((4, n))).astype(np.float32)


def sound_of(folder: Path) -> np.ndarray:
    """Return the whole take (4, N) as an export would read it."""
    take = TakeFolder(folder)
    version = read_contents(take).version()
    with TakeReader(take.sound, version) as reader:
        return reader.read(0, version.length)


class Recording:
    """A recorder and everything around it."""

    def __init__(self, store: Path, film: str = "film.mp4", goes_on: TakeToGoOn | None = None) -> None:
        self.told: list[object] = []
        self.heard = (0, 0)
        self.store = store
        self.recorder = TakeRecorder(store, lambda: self.heard, self.told.append, "ab" * 32)
        self.epoch = first_epoch()
        self.film_number = 0
        self.open(film, goes_on)

    def open(self, film: str, goes_on: TakeToGoOn | None = None) -> None:
        self.film_number += 1
        self.film = VideoInfo(film, 256, 128, 10.0, FILM_END / 48_000, time_reference_samples=TIME_OF_DAY)
        self.goes_on = goes_on
        self.seek(0)

    def seek(self, start: int) -> None:
        before = self.heard
        self.epoch = after_seek(self.epoch)
        self.at = start
        self.heard = (self.epoch, start)
        self.recorder.begin(TakeRequest(self.epoch, start, self.film, FILM_END, self.film_number, before, self.goes_on))

    def make(self, samples: np.ndarray) -> None:
        """Generate, patch by patch."""
        for offset in range(0, samples.shape[1], PATCH):
            part = samples[:, offset : offset + PATCH]
            self.recorder.write(self.epoch, self.at, part)
            self.at += part.shape[1]

    def hear(self) -> None:
        """Listen to all that was made."""
        self.heard = (self.epoch, self.at)

    def play(self, samples: np.ndarray) -> None:
        self.make(samples)
        self.hear()

    def close(self) -> None:
        self.recorder.close(PATIENCE_S)

    def of(self, kind) -> list:
        return [item for item in list(self.told) if isinstance(item, kind)]

    def until(self, condition) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, f"it did not happen: {self.told[-3:]}"
            time.sleep(0.01)

    @property
    def kept(self) -> TakeKept:
        self.until(lambda: self.of(TakeKept))
        return self.of(TakeKept)[-1]

    @property
    def folders(self) -> list[Path]:
        return sorted(self.store.glob("take-*"))
