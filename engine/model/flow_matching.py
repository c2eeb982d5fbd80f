"""Flow matching as free functions: x_t = t x + (1 - t) noise, velocity x - noise (paper: flow matching, sampler)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from engine.contract.conventions import DEFAULT_FLOW_STEPS, DEFAULT_GUIDANCE_CONTEXT, DEFAULT_GUIDANCE_PLAN

Velocity = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""(h, context, noisy, t) -> velocity; t (1,) holds for the whole batch."""
MeanVelocity = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]
"""(h, context, noisy, t, span) -> mean velocity from t to t + span; both (1,) hold for the whole batch."""


@dataclass(frozen=True)
class SamplerSettings:
    """Euler steps, the weights of the two guidance terms, and the latents that are not guided.

    A level that guidance exaggerates in every patch runs away: it follows the plan and the context as they are.
    """

    steps: int = DEFAULT_FLOW_STEPS
    guidance_context: float = DEFAULT_GUIDANCE_CONTEXT
    guidance_plan: float = DEFAULT_GUIDANCE_PLAN
    unguided: tuple[int, ...] = ()


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


def guided_velocity(
    velocity: Velocity, h: Tensor, context: Tensor, noisy: Tensor, t: Tensor, settings: SamplerSettings
) -> Tensor:
    """Return v(0,0) + plan (v(h,0) - v(0,0)) + ctx (v(h,ctx) - v(h,0)), the three branches in one batch.

    Latents that are `unguided` get v(h,ctx).
    """
    nothing, silence = torch.zeros_like(h), torch.zeros_like(context)
    both = velocity(
        torch.cat([h, h, nothing]),
        torch.cat([context, silence, silence]),
        noisy.repeat(3, 1, 1),
        t,
    )
    full, plan_only, free = both.chunk(3)
    guided = free + settings.guidance_plan * (plan_only - free) + settings.guidance_context * (full - plan_only)
    for latent in settings.unguided:
        guided[..., latent] = full[..., latent]
    return guided


def euler_path(
    velocity: Velocity, h: Tensor, context: Tensor, noise: Tensor, settings: SamplerSettings
) -> tuple[Tensor, ...]:
    """Return the steps + 1 points (B, P, D) from noise to latents along the cosine grid."""
    grid = cosine_grid(settings.steps, noise.device)
    points = [noise]
    for now, then in pairwise(grid):
        x = points[-1]
        points.append(x + (then - now) * guided_velocity(velocity, h, context, x, now[None], settings))
    return tuple(points)


def euler_sample(velocity: Velocity, h: Tensor, context: Tensor, noise: Tensor, settings: SamplerSettings) -> Tensor:
    """Carry noise (B, P, D) to latents along the cosine grid."""
    return euler_path(velocity, h, context, noise, settings)[-1]


def jump_sample(velocity: MeanVelocity, h: Tensor, context: Tensor, noise: Tensor, steps: int) -> Tensor:
    """Carry noise (B, P, D) to latents in one branch of a few long steps, by a distilled LocDiT."""
    grid = cosine_grid(steps, noise.device)
    x = noise
    for now, then in pairwise(grid):
        span = then - now
        x = x + span * velocity(h, context, x, now[None], span[None])
    return x
