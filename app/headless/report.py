"""What a headless run measured, from the telemetry and from the files it wrote."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contract.telemetry import EngineMetrics, EngineState
from engine.files.staging import write_texts


@dataclass
class HeadlessMeasures:
    """Collected during playback; times in seconds since the start command."""

    film_accepted_s: float | None = None
    model_ready_s: float | None = None
    first_audio_s: float | None = None
    playing_from_s: float | None = None
    played_s: float = 0.0
    pictures: int = 0
    silent: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    """The lanes of a project that were silent for want of sound, from a film time on."""
    factors: list[float] = field(default_factory=list)
    patch_ms: list[float] = field(default_factory=list)
    last: EngineMetrics = field(default_factory=lambda: EngineMetrics(EngineState.LOADING))

    def take(self, metrics: EngineMetrics, now_s: float) -> None:
        """Take a message of the engine that arrived at `now_s`."""
        self.last = metrics
        if metrics.state is not EngineState.LOADING and self.model_ready_s is None:
            self.model_ready_s = now_s
        if metrics.generated_until_s > 0.0 and self.first_audio_s is None:
            self.first_audio_s = now_s
        if metrics.state is EngineState.PLAYING and metrics.patch_ms > 0.0:
            self.factors.append(metrics.realtime_factor)
            self.patch_ms.append(metrics.patch_ms)

    @property
    def first_audio_after_ready_s(self) -> float | None:
        """From "film accepted and model loaded" to the first generated block, as the window saw it."""
        if self.first_audio_s is None or self.film_accepted_s is None or self.model_ready_s is None:
            return None
        return max(0.0, self.first_audio_s - max(self.film_accepted_s, self.model_ready_s))


class Level:
    """The RMS of all channels together of blocks (C, n)."""

    def __init__(self) -> None:
        self._power = 0.0
        self._values = 0

    def feed(self, samples: NDArray[np.float32]) -> None:
        """Add the next block (C, n)."""
        self._power += float(np.sum(np.square(samples, dtype=np.float64)))
        self._values += samples.size

    @property
    def dbfs(self) -> float:
        """In dB of full scale, -200 for digital silence."""
        return round(10.0 * math.log10(max(self._power / max(self._values, 1), 1e-20)), 2)


@dataclass(frozen=True)
class FieldMeasures:
    """Measures of a sound field: its length, the level of W, and the direction per second."""

    seconds: float
    level_dbfs: float
    doa: list[dict[str, float]]


def measured_field(file: Path) -> FieldMeasures:
    """Measure an AmbiX file, one second at a time. Raises MediaError."""
    from engine.ambisonics.direction_track import DoaMeter, doa_rows
    from engine.export.reading.ambix_reader import AmbixReader

    level, samples = Level(), 0
    with AmbixReader(file) as reader:
        meter = DoaMeter(rate_hz=reader.rate_hz)
        for second in reader.blocks(reader.rate_hz):
            samples += second.shape[1]
            level.feed(second[:1])
            meter.feed(second)
        return FieldMeasures(samples / reader.rate_hz, level.dbfs, doa_rows(meter.track(), digits=(2, 4)))


def write_report(file: Path, report: dict[str, Any]) -> None:
    """Write the report as JSON, whole or not at all. Raises ExportError."""
    write_texts({file: json.dumps(report, indent=2) + "\n"})
