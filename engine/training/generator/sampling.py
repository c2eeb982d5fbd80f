"""Takes of the current model for ODPO: candidates of several inputs in one batch, made as the streamer makes them."""

import torch
from torch import Tensor

from engine.model.conditioning.conditions import Conditions
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import SamplerSettings


def patch_of(conditions: Conditions, index: int) -> Conditions:
    """Return the conditions of one patch, (B, 1, ...)."""
    return conditions.each(lambda value: value[:, index : index + 1])


def repeated(conditions: Conditions, count: int) -> Conditions:
    """Return every row `count` times, one after the other: (B * count, T, ...)."""
    return conditions.each(lambda value: value.repeat_interleave(count, dim=0))


@torch.no_grad()
def sample_takes(
    model: Generator, conditions: Conditions, count: int, settings: SamplerSettings, generator: torch.Generator
) -> Tensor:
    """Return latents (B, count, T, P, D) of `count` takes for each of B rows of conditions, one noise each.

    The takes begin as a stream does, without a history, and continue from their own output.
    """
    model.eval()
    model.clear_cache()  # its weights may have changed since the last takes
    batch, patches = conditions.text.shape[:2]
    every = repeated(conditions, count)
    spec, device = model.spec, every.text.device
    state = model.initial_state(batch * count)
    without_history = settings.guidance.needs_plan_without_history
    made = []
    for index in range(patches):
        plans, lm = model.plan_step(patch_of(every, index), state, without_history=without_history)
        noise = torch.randn(batch * count, spec.patch_latents, spec.latent_dim, generator=generator).to(device)
        latents = model.render_step(plans, state, noise, settings)
        state = model.advanced(latents, lm, state)
        made.append(latents)
    takes: Tensor = torch.stack(made, dim=1).unflatten(0, (batch, count))
    return takes
