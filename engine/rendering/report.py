"""The report of a take: how long its patches took, what the model remarked, and where its sound comes from."""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.direction_track import DoaMeter, doa_rows
from engine.contract.control import DirectionPath, GenerationSettings, Lane
from engine.contract.conventions import DEFAULT_FLOW_STEPS, PATCH_S, PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.rendering.takes import MadePatch, RenderedPatch
from engine.words.placing import Placed


class TakeReport:
    """Gathers the figures of one take while it is rendered. The clock of `first_audio_s` starts when it is made."""

    def __init__(self) -> None:
        self._began_s = time.perf_counter()
        self._first_audio_s = 0.0
        self._patch_ms: list[float] = []
        self._stage_ms: dict[str, list[float]] = defaultdict(list)
        self._remarks: list[str] = []
        self._samples = 0
        self._doa = DoaMeter()

    def remark(self, sentences: Sequence[str]) -> None:
        """Add sentences for the user, in the order in which they are to be read."""
        self._remarks += sentences

    def add(self, patch: RenderedPatch) -> None:
        """Add the next patch of the take, and its sound."""
        self.add_patch(patch)
        self.add_sound(patch.samples)

    def add_patch(self, patch: MadePatch) -> None:
        """Add the figures of a patch: one of one source if each source has its own."""
        self._patch_ms.append(patch.patch_ms)
        self.remark(patch.result.remarks)
        for stage, ms in patch.result.stage_ms.items():
            self._stage_ms[stage].append(ms)
        if patch.film_ms is not None:
            self._stage_ms["film"].append(patch.film_ms)

    def add_sound(self, field: NDArray[np.float32]) -> None:
        """Add the next samples (4, n) of what is heard, AmbiX."""
        if self._samples == 0:
            self._first_audio_s = time.perf_counter() - self._began_s
        self._samples += field.shape[1]
        self._doa.feed(field)

    def values(
        self,
        asked: GenerationSettings,
        placed: Placed,
        *,
        checkpoint_sha256: str,
        load_s: float,
        start_s: float,
        video: str | None,
        head: str | None,
        primer: str | None,
        levels: Sequence[dict[str, Any]],
    ) -> dict[str, Any]:
        """Return the report for JSON, after at least one patch.

        `asked` are the user's settings, `placed` the same with every source in its place. `load_s` is how long the
        model took to load, `start_s` the film time of the first sample, `head` the source of the binaural filters
        (None: the shipped head), `primer` the recording that the take continues (None: none), `levels` how loud the
        files of the take are.
        """
        patch_ms = np.array(self._patch_ms)
        return {
            "first_audio_s": self._first_audio_s,
            "load_s": load_s,
            "rtf": float(patch_ms.sum() / (1000.0 * PATCH_S * -(-self._samples // PATCH_SAMPLES))),
            "patch_ms": {
                "p50": float(np.percentile(patch_ms, 50)),
                "p95": float(np.percentile(patch_ms, 95)),
                "max": float(patch_ms.max()),
            },
            "stage_ms": {stage: float(np.median(times)) for stage, times in self._stage_ms.items()},
            "steps": asked.steps or DEFAULT_FLOW_STEPS,
            "start_s": start_s,
            "seconds": self._samples / SAMPLE_RATE_HZ,
            "seed": asked.seed,
            "prompt": asked.prompt.text,
            "path": _points(placed.settings.path),
            "read_as": placed.read_as,
            "remarks": self._remarks,
            "exact_direction": asked.exact_direction,
            "lanes": [_lane(lane) for lane in placed.settings.lanes],
            "video": video,
            "head": head,
            "primer": primer,
            "checkpoint_sha256": checkpoint_sha256,
            "levels": list(levels),
            "doa": doa_rows(self._doa.track()),
        }


def _lane(lane: Lane) -> dict[str, Any]:
    return {
        "lane_id": lane.lane_id,
        "prompt": lane.prompt.text,
        "gain_db": lane.gain_db,
        "path": _points(lane.path),
    }


def _points(path: DirectionPath | None) -> list[dict[str, float]]:
    """Return the points of a path as `generate --path` reads them."""
    return [
        {"t_s": p.t_s, "azimuth_deg": p.direction.azimuth_deg, "elevation_deg": p.direction.elevation_deg}
        for p in (path.points if path is not None else ())
    ]
