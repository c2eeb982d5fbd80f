"""How the engine is to run, as the user chose it in the preferences."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.contract.errors import InvalidInputError

RUNTIMES: Final = ("auto", "torch", "openvino")
LATENCY_MS: Final = (10, 500)
"""The least and the most latency of the device that can be asked for."""
DEFAULT_LATENCY_MS: Final = 32
"""Three blocks of 512 samples. From four on, PortAudio asked for two at a time (ALSA's plug-in for PulseAudio)."""
BUFFER_MS: Final = (320, 10_000)
"""The least and the most sound that is generated ahead: two patches to ten seconds."""
MOST_STEPS: Final = 64


@dataclass(frozen=True)
class EngineChoice:
    """Latency of the device and sound ahead in ms; device and runtime of the model; its weights; its steps.

    `checkpoint` None is the shipped one. `steps` None lets the engine choose the flow steps by the clock; they alone
    need no restart. Raises InvalidInputError for values that no engine can run with.
    """

    latency_ms: int = DEFAULT_LATENCY_MS
    buffer_ms: int = 750
    compute: str = "cpu"
    runtime: str = "auto"
    checkpoint: Path | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        _check("output latency", self.latency_ms, LATENCY_MS)
        _check("buffer", self.buffer_ms, BUFFER_MS)
        if self.runtime not in RUNTIMES:
            raise InvalidInputError(f"There is no model runtime '{self.runtime[:40]}'.")
        if not self.compute or len(self.compute) > 40:
            raise InvalidInputError("The compute device has no usable name.")
        if self.steps is not None and not 1 <= self.steps <= MOST_STEPS:
            raise InvalidInputError(f"{self.steps} flow steps cannot be used: choose 1 to {MOST_STEPS}.")

    def needs_restart_after(self, other: "EngineChoice") -> bool:
        """Return whether an engine that runs with `other` has to restart for this choice."""
        return self._of_a_start != other._of_a_start

    @property
    def _of_a_start(self) -> tuple[object, ...]:
        return self.latency_ms, self.buffer_ms, self.compute, self.runtime, self.checkpoint


def _check(name: str, value_ms: int, bounds_ms: tuple[int, int]) -> None:
    least, most = bounds_ms
    if not least <= value_ms <= most:
        raise InvalidInputError(f"A {name} of {value_ms} ms is not possible: choose {least} to {most} ms.")
