"""Does sound follow a drawn path? The angle on the sphere, patch by patch, over seeds, prompts and two moving paths.

The direction of a patch of 160 ms is one active intensity between 500 Hz and 8 kHz, compared with the path at the
patch's middle. Patches 40 dB below the take's loudest do not count. As in direction.py, every take is made twice:
as the model places it, and with the exact direction, as in playback.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.intensity import active_intensity
from engine.contract.control import DirectionPath, PathPoint
from engine.contract.conventions import DEFAULT_FLOW_STEPS, PATCH_SAMPLES
from engine.contract.directions import Direction, angle_between
from engine.contract.generation import PatchSource
from engine.evaluation.probes.direction import PROMPTS, median_line
from engine.evaluation.probes.takes import generate_take
from engine.rendering.requests import patch_middle_s, patch_start_s

_SILENT_DB = -70.0
_QUIET_DB = -40.0
_MET_DEG = 5.0
_WAYS = {"arc": (90.0, 0.0, -90.0), "circle": (0.0, 90.0, 180.0, -90.0, 0.0)}


@dataclass(frozen=True)
class PathResult:
    """One take: the medians over time of its errors as generated and exact, and how many of its patches sound.

    `worst_deg` is the largest error of a patch with exact directions, after the first patch. A silent take has no
    direction: its errors count as 180 degrees.
    """

    prompt: str
    way: str
    seed: int
    error_deg: float
    exact_error_deg: float
    worst_deg: float
    sounding: float


@dataclass(frozen=True)
class PathReport:
    """Results of many takes."""

    results: tuple[PathResult, ...]

    @property
    def errors_deg(self) -> NDArray[np.float64]:
        """Errors of the takes as generated, in degrees."""
        return np.array([result.error_deg for result in self.results])

    @property
    def exact_errors_deg(self) -> NDArray[np.float64]:
        """Errors of the takes with exact directions, in degrees."""
        return np.array([result.exact_error_deg for result in self.results])

    @property
    def met(self) -> int:
        """How many takes with exact directions are within 5 degrees of their path in every patch."""
        return sum(result.worst_deg <= _MET_DEG for result in self.results)

    def format(self) -> str:
        """Return a table, one line per take, and the medians."""
        lines = [f"{'prompt':<24}{'seed':>6}{'path':>10}{'error':>8}{'exact':>8}{'worst':>8}{'sounding':>10}"]
        lines += [
            f"{r.prompt[:23]:<24}{r.seed:>6}{r.way:>10}{r.error_deg:>8.1f}{r.exact_error_deg:>8.1f}{r.worst_deg:>8.1f}"
            f"{r.sounding:>10.2f}"
            for r in self.results
        ]
        lines.append("as generated: " + median_line(self.errors_deg))
        lines.append("exact:        " + median_line(self.exact_errors_deg))
        lines.append(f"within {_MET_DEG:.0f} degrees all the way: {self.met} of {len(self.results)} takes")
        return "\n".join(lines)


def drawn_path(way: str, seconds: float) -> DirectionPath:
    """Return the path "arc" (left to right through the front) or "circle" (full circle, to the left) over a take."""
    azimuths_deg = _WAYS[way]
    times_s = np.linspace(0.0, seconds, len(azimuths_deg))
    return DirectionPath(
        tuple(PathPoint(float(t_s), Direction(az)) for t_s, az in zip(times_s, azimuths_deg, strict=True))
    )


def path_errors_deg(foa: NDArray[np.floating], path: DirectionPath) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the errors in degrees of the patches (N,) of AmbiX (4, N * 7680), and which of them sound."""
    errors, levels_db = [], []
    for index in range(foa.shape[1] // PATCH_SAMPLES):
        patch = foa[:, index * PATCH_SAMPLES : (index + 1) * PATCH_SAMPLES]
        intensity, energy = active_intensity(patch)
        errors.append(np.rad2deg(float(angle_between(intensity, path.at(patch_middle_s(patch_start_s(index)))))))
        levels_db.append(10.0 * np.log10(energy + 1e-14))
    return np.array(errors), np.array(levels_db) >= max(_SILENT_DB, max(levels_db) + _QUIET_DB)


def path_error_deg(foa: NDArray[np.floating], path: DirectionPath) -> tuple[float, float]:
    """Return the median error in degrees of the sounding patches of AmbiX (4, N), and their share."""
    errors, sounds = path_errors_deg(foa, path)
    return (float(np.median(errors[sounds])) if sounds.any() else 180.0), float(sounds.mean())


def worst_error_deg(foa: NDArray[np.floating], path: DirectionPath) -> float:
    """Return the largest error in degrees of the sounding patches of AmbiX (4, N) after the first; 180 without any."""
    errors, sounds = path_errors_deg(foa, path)
    return float(errors[1:][sounds[1:]].max(initial=0.0)) if sounds.any() else 180.0


def evaluate_paths(
    source: PatchSource,
    *,
    count: int = 10,
    seconds: float = 6.4,
    steps: int = DEFAULT_FLOW_STEPS,
    prompts: Sequence[str] = PROMPTS,
    first_seed: int = 101,
    progress: Callable[[float], None] = lambda done: None,
) -> PathReport:
    """Make `count` pairs of takes with a seed each, cycling through prompts and paths; `progress` gets 0..1."""
    results = []
    pairs = itertools.islice(itertools.cycle(itertools.product(prompts, _WAYS)), count)
    for index, (prompt, way) in enumerate(pairs):
        path, seed = drawn_path(way, seconds), first_seed + index
        as_generated, exact = (
            generate_take(source, prompt, direction=path, seed=seed, seconds=seconds, steps=steps, exact_direction=kind)
            for kind in (False, True)
        )
        error_deg, sounding = path_error_deg(as_generated, path)
        exact_error_deg, _ = path_error_deg(exact, path)
        worst_deg = worst_error_deg(exact, path)
        results.append(PathResult(prompt, way, seed, error_deg, exact_error_deg, worst_deg, sounding))
        progress((index + 1) / count)
    return PathReport(tuple(results))
