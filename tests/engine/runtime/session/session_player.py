"""A session with the silent output, and everything that it told."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineState
from engine.runtime.session.session import Session, SessionConfig
from tests.fakes import FakeSource

PATIENCE_S = 20.0


class Player:
    """A session and everything that it told."""

    def __init__(self, folder: Path, plan: FakeSource = FakeSource(), **config) -> None:  # noqa: B008
        self.folder = folder
        self.session = Session(SessionConfig(plan, output="null", capture_dir=folder, **config))
        self.session.start()
        self.told: list[object] = []

    def until(self, condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
        end = time.monotonic() + patience_s
        while True:
            self.told.extend(self.session.poll())
            if condition():
                return
            assert time.monotonic() < end, f"it did not happen: {self.of(EngineMetrics)[-1:]} {self.of(EngineFailure)}"
            time.sleep(0.01)

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end)

    def until_state(self, *states: EngineState) -> None:
        self.until(lambda: self.state in states)

    def of(self, kind) -> list:
        return [item for item in self.told if isinstance(item, kind)]

    @property
    def metrics(self) -> EngineMetrics:
        return self.of(EngineMetrics)[-1]

    @property
    def state(self) -> EngineState | None:
        metrics = self.of(EngineMetrics)
        return metrics[-1].state if metrics else None

    def close(self) -> float:
        began = time.monotonic()
        self.session.close()
        return time.monotonic() - began

    def heard(self) -> np.ndarray:
        """What the silent output was given, (2, N); after closing."""
        return soundfile.read(self.folder / "played.wav", dtype="float32", always_2d=True)[0].T
