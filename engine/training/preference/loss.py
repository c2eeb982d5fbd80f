"""The preference loss of ODPO: Diffusion-DPO (Wallace et al., CVPR 2024) with the velocity error of flow matching.

-log sigmoid(-beta ((l_theta(w) - l_ref(w)) - (l_theta(l) - l_ref(l)))), where l is the mean squared velocity error over
the kept patches of a take, w the better and l the worse take of one input, at the same flow times and noise in both
takes and both models. `beta` stands for the product beta T of the paper. Every take is judged by teacher forcing on its
own history, as it was made. Plan and context are both there: guidance's other branches are left to the supervised term.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from engine.model.conditioning.conditions import Conditions
from engine.model.generator.flow_matching import interpolate, velocity_target
from engine.model.generator.generator import Generator
from engine.training.generator.loss import contexts


@dataclass(frozen=True)
class Probe:
    """Where errors are compared: kept patches (B, K) of each input, flow times (B, K) and noise (B, K, P, D)."""

    patches: Tensor
    times: Tensor
    noise: Tensor

    def twice(self) -> "Probe":
        """Return the probe for two takes of every input, one batch after the other."""
        return Probe(*(torch.cat([value, value]) for value in (self.patches, self.times, self.noise)))


@dataclass(frozen=True)
class PreferenceLoss:
    """`loss` to minimise; `preferred` (B,): how much more than the reference the model prefers the better take."""

    loss: Tensor
    preferred: Tensor


def draw_probe(takes: Tensor, kept: float, generator: torch.Generator) -> Probe:
    """Return a probe of a share of the patches for takes (B, T, P, D)."""
    batch, count, size, dim = takes.shape
    number = max(round(kept * count), 1)
    order = torch.rand(batch, count, generator=generator).argsort(dim=1)[:, :number]
    times = torch.rand(batch, number, generator=generator)
    noise = torch.randn(batch, number, size, dim, generator=generator)
    return Probe(*(value.to(takes.device) for value in (order, times, noise)))


def velocity_errors(model: Generator, takes: Tensor, conditions: Conditions, probe: Probe) -> Tensor:
    """Return mean squared velocity errors (B,) of takes (B, T, P, D) at a probe."""
    batch = len(takes)
    plan = model.plan(takes, conditions)
    row = torch.arange(batch, device=takes.device)[:, None]
    context = contexts(takes)[row, probe.patches].flatten(0, 1)
    h, x = plan[row, probe.patches].flatten(0, 1), takes[row, probe.patches].flatten(0, 1)
    noise, t = probe.noise.flatten(0, 1), probe.times.flatten()
    velocity: Tensor = model.dit(h, context, interpolate(x, noise, t), model.dit.modulations(t))
    errors = (velocity - velocity_target(x, noise)).square().mean(dim=(1, 2))
    of_takes: Tensor = errors.unflatten(0, (batch, -1))
    return of_takes.mean(dim=1)


def preference_loss(
    model: Generator,
    reference: Generator,
    better: Tensor,
    worse: Tensor,
    conditions: Conditions,
    probe: Probe,
    beta: float,
) -> PreferenceLoss:
    """Return the loss of pairs of takes (B, T, P, D) made under the same conditions."""
    takes, both = torch.cat([better, worse]), probe.twice()
    twice = conditions.each(lambda value: torch.cat([value, value]))
    own = velocity_errors(model, takes, twice, both)
    with torch.no_grad():
        fixed = velocity_errors(reference, takes, twice, both)
    better_gain, worse_gain = (fixed - own).chunk(2)
    preferred = better_gain - worse_gain
    return PreferenceLoss(-logsigmoid(beta * preferred).mean(), preferred.detach())
