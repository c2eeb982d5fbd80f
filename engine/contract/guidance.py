"""How strongly the sampler follows what was asked for: the weights of guidance, as one value."""

import math
from dataclasses import asdict, dataclass
from typing import Final

from engine.contract.errors import InvalidInputError


@dataclass(frozen=True)
class Guidance:
    """Weights of guidance: multiples of the difference between two velocities of the flow. Each is a plain number.

    `prompt` weighs what the words add to the plan; `without_history` weighs what they add to the plan of a first patch;
    `direction` weighs what the plan adds, for the latents that are the field's direction. These are off at 0.
    `context` and `plan` are the two weights of the paper, off at 1. `parallel` is the share of `prompt` that counts
    along the estimate itself: at 1, what is loud becomes louder and what is dull duller; at 0 only what the sound is
    changes (Sadat et al. 2024, "Eliminating Oversaturation and Artifacts of High Guidance Scales"). SamplerSettings has
    the formula. Raises InvalidInputError if a weight is not finite.
    """

    prompt: float = 3.0
    without_history: float = 0.0
    direction: float = 2.0
    context: float = 1.0
    plan: float = 1.0
    parallel: float = 0.0

    def __post_init__(self) -> None:
        """Check that every weight is finite."""
        for name, weight in asdict(self).items():
            if not math.isfinite(weight):
                what = name.replace("_", " ")
                raise InvalidInputError(f"A {what} guidance of {weight:g} cannot be used: choose a finite number.")

    @property
    def needs_plan_without_history(self) -> bool:
        """Whether the sampler needs the plan of a first patch besides the plan of the next one."""
        return self.without_history != 0.0


DEFAULT_GUIDANCE: Final = Guidance()
