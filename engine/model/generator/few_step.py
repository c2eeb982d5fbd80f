"""The fast way to render a patch: a LocDiT that was distilled from the generator's own.

`engine/training/generator/distil.py` makes it.

It is stored beside the generator in a checkpoint (`jumps.safetensors`) and renders the patches with time for at most
two steps: one or two evaluations of one branch, with the guidance of its training inside.
"""

from torch import Tensor

from engine.model.generator.flow_matching import few_step_sample
from engine.model.generator.guiding import Placing, Plans
from engine.model.generator.level_echo import Due
from engine.model.generator.local_dit import LocalDit

MOST_FEW_STEPS = 2


class FewStepSampler:
    """Renders patches in one or two steps; caches the modulations of its few times."""

    def __init__(self, dit: LocalDit) -> None:
        self.dit = dit
        self._modulations: dict[tuple[float, float], tuple[Tensor, ...]] = {}

    def clear_cache(self) -> None:
        """Forget the modulations; needed after a change of weights or precision."""
        self._modulations.clear()

    def render(
        self,
        plans: Plans,
        recent: Tensor,
        noise: Tensor,
        steps: int,
        due: Due | None = None,
        placing: Placing | None = None,
    ) -> Tensor:
        """Return latents (B, P, D) from plans, the last two patches (B, 2P, D) and noise (B, P, D).

        They are drawn to what is due, and placed.
        """
        steps = min(steps, MOST_FEW_STEPS)
        made = few_step_sample(self._velocity, plans.side_by_side, recent, noise, steps, due)
        return made if placing is None else placing.correct(made)

    def _velocity(self, h: Tensor, context: Tensor, noisy: Tensor, t: Tensor, span: Tensor) -> Tensor:
        key = float(t), float(span)
        if key not in self._modulations:
            self._modulations[key] = self.dit.modulations(t, span)
        return self.dit.velocity_of(h, context, noisy, self._modulations[key])
