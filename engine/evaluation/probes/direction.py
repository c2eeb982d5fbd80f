"""Does generated sound come from the requested direction? The angle on the sphere, over seeds and prompts.

The direction of a take is one broadband active intensity of W, X, Y, Z between 500 Hz and 8 kHz over all of it, as
ambisonics.intensity defines it. Chance is about 90 degrees. Every take is made twice: as the model places it, and
with the exact direction, as in playback.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.conventions import DEFAULT_FLOW_STEPS, AcnChannel
from engine.contract.directions import Direction, angle_between, azimuth_elevation
from engine.contract.generation import PatchSource
from engine.evaluation.probes.takes import generate_take

PROMPTS = ("a dog barks", "a clock ticks", "a car engine runs", "rain falls", "sea waves")
ROUND = (Direction(60, 0), Direction(-90, 20), Direction(150, -10), Direction(0, 45))
_SILENT_DB = -70.0


@dataclass(frozen=True)
class DoaCase:
    """One take to make."""

    prompt: str
    direction: Direction
    seed: int


@dataclass(frozen=True)
class DoaResult:
    """The measures of one take. A silent take has no direction: its error counts as 180 degrees."""

    case: DoaCase
    error_deg: float
    azimuth_deg: float
    elevation_deg: float
    diffuseness: float
    level_db: float


@dataclass(frozen=True)
class DoaReport:
    """Results of many takes as the model places them, and of takes with exact directions and the same seeds."""

    results: tuple[DoaResult, ...]
    exact: tuple[DoaResult, ...]

    @property
    def errors_deg(self) -> NDArray[np.float64]:
        """Errors of the takes as generated, in degrees."""
        return np.array([result.error_deg for result in self.results])

    @property
    def exact_errors_deg(self) -> NDArray[np.float64]:
        """Errors of the takes with exact directions, in degrees."""
        return np.array([result.error_deg for result in self.exact])

    @property
    def median_deg(self) -> float:
        """The figure of the model."""
        return float(np.median(self.errors_deg))

    @property
    def exact_median_deg(self) -> float:
        """The figure of what is played."""
        return float(np.median(self.exact_errors_deg))

    def format(self) -> str:
        """Return a table, one line per take, and the medians."""
        lines = [
            f"{'prompt':<24}{'seed':>6}{'asked':>14}{'measured':>14}{'error':>8}{'exact':>8}{'diffuse':>9}{'dB':>8}"
        ]
        for r, exact in zip(self.results, self.exact, strict=True):
            asked = f"{r.case.direction.azimuth_deg:.0f},{r.case.direction.elevation_deg:.0f}"
            found = f"{r.azimuth_deg:.0f},{r.elevation_deg:.0f}"
            lines.append(
                f"{r.case.prompt[:23]:<24}{r.case.seed:>6}{asked:>14}{found:>14}"
                f"{r.error_deg:>8.1f}{exact.error_deg:>8.1f}{r.diffuseness:>9.2f}{r.level_db:>8.1f}"
            )
        lines.append("as generated: " + median_line(self.errors_deg))
        lines.append("exact:        " + median_line(self.exact_errors_deg))
        return "\n".join(lines)


def median_interval_deg(errors_deg: NDArray[np.float64], draws: int = 2_000) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the median of errors (N,) in degrees; the same every time."""
    picks = np.random.default_rng(0).integers(0, errors_deg.size, (draws, errors_deg.size))
    low, high = np.percentile(np.median(errors_deg[picks], axis=1), [2.5, 97.5])
    return float(low), float(high)


def median_line(errors_deg: NDArray[np.float64]) -> str:
    """Return a line that summarises the errors (N,) of N takes in degrees."""
    low, high = median_interval_deg(errors_deg)
    quarter, three = np.percentile(errors_deg, [25, 75])
    return (
        f"median error {np.median(errors_deg):.1f} degrees over {errors_deg.size} takes "
        f"(95 % interval {low:.1f} to {high:.1f}; half of the takes between {quarter:.1f} and {three:.1f})"
    )


def measure_take(foa: NDArray[np.floating], case: DoaCase) -> DoaResult:
    """Measure one take, AmbiX (4, N). The error of silence is 180 degrees."""
    vector, diffuseness = direction_and_diffuseness(foa)
    level_db = 10.0 * np.log10(float(np.mean(np.square(foa[AcnChannel.W], dtype=np.float64))) + 1e-12)
    silent = level_db < _SILENT_DB or not np.any(vector)
    error = np.pi if silent else float(angle_between(vector, case.direction.unit_vector()))
    azimuth, elevation = azimuth_elevation(vector)
    return DoaResult(
        case, float(np.rad2deg(error)), float(np.rad2deg(azimuth)), float(np.rad2deg(elevation)), diffuseness, level_db
    )


def cases_for(
    directions: Sequence[Direction], *, count: int = 20, prompts: Sequence[str] = PROMPTS, first_seed: int = 1
) -> tuple[DoaCase, ...]:
    """Return `count` cases with a seed each, cycling through the prompts and the directions."""
    pairs = itertools.islice(itertools.cycle(itertools.product(prompts, directions)), count)
    return tuple(DoaCase(prompt, direction, first_seed + i) for i, (prompt, direction) in enumerate(pairs))


def evaluate_directions(
    source: PatchSource,
    cases: Sequence[DoaCase],
    *,
    seconds: float = 4.0,
    steps: int = DEFAULT_FLOW_STEPS,
    progress: Callable[[float], None] = lambda done: None,
) -> DoaReport:
    """Make every case's takes and measure them; `progress` gets 0..1."""
    made: dict[bool, list[DoaResult]] = {False: [], True: []}
    for index, case in enumerate(cases):
        for exact, results in made.items():
            foa = generate_take(
                source,
                case.prompt,
                direction=case.direction,
                seed=case.seed,
                seconds=seconds,
                steps=steps,
                exact_direction=exact,
            )
            results.append(measure_take(foa, case))
        progress((index + 1) / len(cases))
    return DoaReport(tuple(made[False]), tuple(made[True]))
