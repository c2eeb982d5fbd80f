"""Flow matching as free functions: x_t = t x + (1 - t) noise, velocity x - noise (paper: flow matching, sampler)."""

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from engine.model.generator.flow_solver import DataEstimate, FittedSolver
from engine.model.generator.guiding import (
    Branches,
    Correction,
    GuidedVelocity,
    Placing,
    Plans,
    SamplerSettings,
    guided_estimate,
)
from engine.model.generator.level_echo import Due

MeanVelocity = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]
"""(h, context, noisy, t, span) -> mean velocity from t to t + span; both (1,) hold for the whole batch."""


def interpolate(x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """Return x_t for data and noise (B, P, D) at times (B,)."""
    t = t[:, None, None]
    return t * x + (1 - t) * noise


def velocity_target(x: Tensor, noise: Tensor) -> Tensor:
    """Return the velocity that carries noise to data."""
    return x - noise


def cosine_grid(steps: int, device: torch.device) -> Tensor:
    """Return steps + 1 times from 0 to 1, denser at both ends: (1 - cos(pi u)) / 2."""
    u = torch.linspace(0.0, 1.0, steps + 1, device=device, dtype=torch.float64)
    return ((1 - torch.cos(torch.pi * u)) / 2).float()


def flow_path(
    guided: GuidedVelocity,
    plans: Plans,
    context: Tensor,
    noise: Tensor,
    settings: SamplerSettings,
    solver: FittedSolver | None = None,
    due: Due | None = None,
    placing: Placing | None = None,
) -> tuple[Tensor, ...]:
    """Return the steps + 1 points (B, P, D) from noise to latents, by the solver or along the cosine grid.

    Every estimate of the data is drawn to what is due, and placed, so that what is free still fits the rest. Mixing a
    beat into the end alone flattened ticks.

    Without one every step follows the estimate of the data, extrapolated from the previous step
    (DPM-Solver++ 2M, Lu et al. 2022, for x_t = t x + (1 - t) noise). Euler's steps shrink what is fine even more.
    """
    estimate = guided_estimate(guided, Branches.of(plans, context, settings, noise.shape[-1], placing))
    if due is not None:
        estimate = _corrected(estimate, due.drawn)
    if placing is not None:
        estimate = _corrected(estimate, placing.correct)
    if solver is not None:
        return solver.path(estimate, noise)
    points, before = [noise], torch.zeros_like(noise)
    for step in _general_steps(settings.steps):
        data = estimate(points[-1], noise.new_tensor(step.time))
        points.append(step.kept * points[-1] + step.data * data + step.before * before)
        before = data
    return tuple(points)


class _GeneralStep(NamedTuple):
    """A step of the general solver: its time, and the shares of the point, of its estimate and of the one before."""

    time: float
    kept: float
    data: float
    before: float


@lru_cache(maxsize=16)
def _general_steps(steps: int) -> tuple[_GeneralStep, ...]:
    times: list[float] = cosine_grid(steps, torch.device("cpu")).tolist()
    made = []
    for index, (now, then) in enumerate(pairwise(times)):
        kept = (1 - then) / (1 - now)
        more = 0.0
        if 0 < index < steps - 1:
            at, here, there = (_log_ratio(t) for t in times[index - 1 : index + 2])
            more = 0.5 * (there - here) / (here - at)
        share = then - kept * now
        made.append(_GeneralStep(now, kept, share * (1 + more), -share * more))
    return tuple(made)


def _corrected(estimate: DataEstimate, correction: Correction) -> DataEstimate:
    return lambda x, t: correction(estimate(x, t))


def _log_ratio(t: float) -> float:
    """Return log(t / (1 - t)), half the logarithm of the signal-to-noise ratio; the start is as good as no signal."""
    return math.log(max(t, 1e-4) / (1 - t))


def few_step_sample(
    velocity: MeanVelocity, h: Tensor, context: Tensor, noise: Tensor, steps: int, due: Due | None = None
) -> Tensor:
    """Carry noise (B, P, D) to latents in one branch of a few long steps, by a distilled LocDiT.

    The points are drawn to those on the straight way to what is due.
    """
    grid = cosine_grid(steps, noise.device)
    x = noise
    for now, then in pairwise(grid):
        span = then - now
        x = x + span * velocity(h, context, x, now[None], span[None])
        if due is not None:
            x = x + due.share * (torch.lerp(noise, due.latents, then) - x)
    return x
