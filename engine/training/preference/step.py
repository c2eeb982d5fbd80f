"""One step of ODPO: takes of the current model, their scores, and updates that prefer the best to the worst."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.contract.errors import InvalidInputError
from engine.evaluation.ranking.rank import Scores
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import SamplerSettings
from engine.training.generator.loss import KEPT_PATCHES
from engine.training.generator.sampling import sample_takes
from engine.training.loop.fitting import ALONE, apply_gradients
from engine.training.loop.parallel import ProcessGroup
from engine.training.preference.loss import draw_probe, preference_loss
from engine.training.preference.rewards import Reward

Supervised = Callable[[torch.Generator], Tensor]
"""The loss on real latents."""


@dataclass(frozen=True)
class OdpoOptions:
    """`candidates` takes an input, `sampler` as the streamer's; `beta` of the preference, `supervised` of the rest.

    Making takes costs far more than learning from them: every pair is learned from `updates` times, each at other
    patches, flow times and noise.
    """

    candidates: int
    sampler: SamplerSettings
    beta: float
    supervised: float
    updates: int = 1

    def __post_init__(self) -> None:
        """Check that there can be pairs, and that they are learned from."""
        if self.candidates < 2:
            raise InvalidInputError(
                "Preferring needs at least two candidates per input: set --candidates to 2 or more."
            )
        if self.updates < 1:
            raise InvalidInputError("Every pair is learned from at least once: set --updates to 1 or more.")


def odpo_step(
    model: Generator,
    reference: Generator,
    optimiser: torch.optim.Optimizer,
    conditions: Conditions,
    reward: Reward,
    options: OdpoOptions,
    generator: torch.Generator,
    supervised: Supervised | None = None,
    members: ProcessGroup = ALONE,
) -> dict[str, float]:
    """Sample and score takes of inputs (B, T, ...), and learn from them `options.updates` times.

    Returns the metrics of this process; gradients are means over `members`.
    `accuracy` is the share of pairs in which the model prefers the better take more than the reference does (as yet
    equal: a half), before this step's change.
    """
    takes = sample_takes(model, conditions, options.candidates, options.sampler, generator)
    scores = reward(takes, conditions)
    totals = torch.tensor([[s.total for s in row] for row in scores])
    best, worst = totals.argmax(dim=1), totals.argmin(dim=1)
    row = torch.arange(len(totals))
    margin = totals[row, best] - totals[row, worst]
    pairs = row[margin > 0]
    line = _means(scores) | {"best": float(totals[row, best].mean()), "margin": float(margin.mean())}
    model.train()
    of_pairs = conditions.each(lambda value: value[pairs])
    better, worse = takes[pairs, best[pairs]], takes[pairs, worst[pairs]]
    for _ in range(options.updates):
        told: dict[str, float] = {}
        optimiser.zero_grad(set_to_none=True)
        if len(pairs):
            probe = draw_probe(better, KEPT_PATCHES, generator)
            result = preference_loss(model, reference, better, worse, of_pairs, probe, options.beta)
            result.loss.backward()
            right = (result.preferred > 0).float() + 0.5 * (result.preferred == 0).float()
            told |= {"loss": float(result.loss.detach()), "accuracy": float(right.mean())}
        if supervised is not None and options.supervised > 0:
            real = supervised(generator)
            (options.supervised * real).backward()
            told["supervised"] = float(real.detach())
        line = told | line  # what was there before the first update stays
        members.average_gradients(model)
        apply_gradients(optimiser, model.parameters(), 1.0)
    return line


def _means(scores: list[list[Scores]]) -> dict[str, float]:
    """Return the mean of the total and of every score over all takes that have it."""
    every = [s for row in scores for s in row]
    columns = {
        "reward": [s.total for s in every],
        "spatial": [s.spatial for s in every if s.spatial is not None],
        "semantic": [s.semantic for s in every if s.semantic is not None],
        "fidelity": [s.fidelity for s in every],
    }
    return {name: float(np.mean(values)) for name, values in columns.items() if values}
