"""What a headless run measured, from the telemetry and from the files it left."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contract.telemetry import EngineMetrics, EngineState
from engine.files.staging import write_texts

_SHORTEST_GAP_S = 0.005


@dataclass
class HeadlessMeasures:
    """Gathered while the film plays; times in seconds since the start command."""

    film_accepted_s: float | None = None
    model_ready_s: float | None = None
    first_audio_s: float | None = None
    playing_from_s: float | None = None
    played_s: float = 0.0
    pictures: int = 0
    factors: list[float] = field(default_factory=list)
    patch_ms: list[float] = field(default_factory=list)
    last: EngineMetrics = field(default_factory=lambda: EngineMetrics(EngineState.LOADING))

    def take(self, metrics: EngineMetrics, now_s: float) -> None:
        """Take a word of the engine that came at `now_s`."""
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


def silent_gaps(stereo: NDArray[np.float32], rate_hz: int) -> list[tuple[float, float]]:
    """Return (start_s, length_s) of every stretch of 5 ms or more of exact silence between the first and last sound.

    `stereo` is (2, N). Generated sound is never exactly 0 for that long; a buffer that ran dry is.
    """
    silent = ~np.any(stereo != 0.0, axis=0)
    sounding = np.flatnonzero(~silent)
    if sounding.size == 0:
        return []
    inside = silent[sounding[0] : sounding[-1] + 1].astype(np.int8)
    edges = np.diff(inside, prepend=np.int8(0), append=np.int8(0))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    long_enough = ends - starts >= _SHORTEST_GAP_S * rate_hz
    offset = sounding[0]
    return [
        (float((start + offset) / rate_hz), float((end - start) / rate_hz))
        for start, end in zip(starts[long_enough], ends[long_enough], strict=True)
    ]


def directions(foa: NDArray[np.float32]) -> list[dict[str, float]]:
    """Return the direction of each second of AmbiX (4, N)."""
    from engine.ambisonics.intensity import doa_per_second

    track = doa_per_second(foa)
    return [
        {
            "t_s": float(t),
            "azimuth_deg": round(float(azimuth), 2),
            "elevation_deg": round(float(elevation), 2),
            "diffuseness": round(float(diffuseness), 4),
        }
        for t, azimuth, elevation, diffuseness in zip(
            track.start_s, track.azimuth_deg, track.elevation_deg, track.diffuseness, strict=True
        )
    ]


def level_dbfs(samples: NDArray[np.float32]) -> float:
    """Return the RMS of all channels together in dB of full scale, -200 for digital silence."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0
    return round(10.0 * math.log10(max(power, 1e-20)), 2)


def write_report(file: Path, report: dict[str, Any]) -> None:
    """Write the report as JSON, whole or not at all. Raises ExportError."""
    write_texts({file: json.dumps(report, indent=2) + "\n"})
