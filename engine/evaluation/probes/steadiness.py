"""Does the sound keep its level? Long takes of sounds that never pause, measured from beginning to end."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import DEFAULT_FLOW_STEPS, SAMPLE_RATE_HZ, AcnChannel
from engine.contract.generation import PatchSource
from engine.evaluation.probes.takes import generate_take

STEADY_PROMPTS = ("rain falls", "sea waves", "a car engine runs")
_STRETCH_S = 5.0
_SILENCE_DB = -100.0


@dataclass(frozen=True)
class SteadinessReport:
    """`levels_db`: per prompt W's level of every five seconds, in dB relative to full scale."""

    levels_db: dict[str, tuple[float, ...]]

    @property
    def worst_fall_db(self) -> float:
        """How far the quietest stretch of any take lies below that take's first one; 0 or more."""
        return max(max(levels[0] - level for level in levels) for levels in self.levels_db.values())

    @property
    def worst_rise_db(self) -> float:
        """How far the loudest stretch of any take lies above that take's first one; 0 or more."""
        return max(max(level - levels[0] for level in levels) for levels in self.levels_db.values())

    def format(self) -> str:
        """Return the levels as text, ready for a log."""
        rows = (f"{prompt:<20}" + "".join(f"{level:7.1f}" for level in v) for prompt, v in self.levels_db.items())
        drift = (
            f"largest fall below the first five seconds: {self.worst_fall_db:.1f} dB, rise: {self.worst_rise_db:.1f} dB"
        )
        return "\n".join([*rows, drift])


def stretch_levels_db(foa: NDArray[np.floating]) -> tuple[float, ...]:
    """Return W's level of every whole five seconds of AmbiX (4, N), at least -100 dB; of all if it is shorter."""
    w = np.asarray(foa[AcnChannel.W], np.float64)
    length = min(round(_STRETCH_S * SAMPLE_RATE_HZ), w.size)
    power = np.square(w[: w.size // length * length].reshape(-1, length)).mean(axis=1)
    return tuple(float(10.0 * np.log10(p + 10.0 ** (_SILENCE_DB / 10.0))) for p in power)


def evaluate_steadiness(
    source: PatchSource, *, seconds: float = 30.0, steps: int = DEFAULT_FLOW_STEPS
) -> SteadinessReport:
    """Make a long take of every steady prompt: a model that loses track falls silent or becomes louder and louder."""
    return SteadinessReport(
        {
            prompt: stretch_levels_db(
                generate_take(source, prompt, direction=None, seed=500 + i, seconds=seconds, steps=steps)
            )
            for i, prompt in enumerate(STEADY_PROMPTS)
        }
    )
