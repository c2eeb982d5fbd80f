"""The flow-matching loss of the generator, by teacher forcing (paper, "Training stages", 2).

As in the paper 60 % of the patches are rendered in a step, and context and plan are dropped with a chance of 0.15 each,
independently per patch. The history that the model sees is noisy, absent or foreign (history_corruption.py), so that it
learns to continue from its own imperfect output and to follow what it is asked for.
"""

import torch
from torch import Tensor, nn

from engine.model.conditioning.conditions import Conditions
from engine.model.generator.flow_matching import interpolate, velocity_target
from engine.model.generator.generator import Generator
from engine.model.generator.local_dit import CONTEXT_PATCHES
from engine.model.specs import FIELD_CODES, XS
from engine.training.generator.history_corruption import HistoryCorruption, corrupted_history

KEPT_PATCHES = 0.6
DROP_CONTEXT = 0.15
DROP_PLAN = 0.15


class FlowObjective(nn.Module):
    """The loss as a module's forward pass, which is where gradients of several processes are gathered."""

    def __init__(self, model: Generator, added_weight: float = 1.0) -> None:
        super().__init__()
        self.model = model
        self._weights = None if added_weight == 1.0 else code_weights(model.spec.latent_dim, added_weight)

    def forward(self, patches: Tensor, conditions: Conditions, generator: torch.Generator) -> Tensor:
        """Return `flow_loss`."""
        weights = None if self._weights is None else self._weights.to(patches.device)
        return flow_loss(self.model, patches, conditions, generator, weights=weights)


def code_weights(latent_dim: int, added_weight: float) -> Tensor:
    """Return weights (D,) with a mean of 1, `added_weight` times as much for the partials that a codec adds to XS.

    In a band of noise the strongest sinusoid is random. Unweighted, such codes would be half of the loss. The field's
    codes at the end are no noise: what a sound has below its bands is in one of them.
    """
    weights = torch.ones(latent_dim)
    weights[XS.latent_dim : latent_dim - FIELD_CODES] = added_weight
    return weights / weights.mean()


def on_device(conditions: Conditions, device: torch.device) -> Conditions:
    """Return the conditions on a device."""
    return conditions.each(lambda value: value.to(device))


def contexts(history: Tensor) -> Tensor:
    """Return for each patch of latents (B, T, P, D) the ones before it, (B, T, 2P, D); zeros at the start."""
    batch, length, size, dim = history.shape
    before = torch.cat([history.new_zeros(batch, CONTEXT_PATCHES, size, dim), history], dim=1)
    return torch.cat([before[:, k : k + length] for k in range(CONTEXT_PATCHES)], dim=2)


def flow_loss(
    model: Generator,
    patches: Tensor,
    conditions: Conditions,
    generator: torch.Generator,
    corruption: HistoryCorruption | None = None,
    weights: Tensor | None = None,
) -> Tensor:
    """Return the mean squared error of the velocity over the kept patches of latents (B, T, P, D).

    `weights` (D,) are those of the codes, None if all count alike.
    """
    batch, count, size, dim = patches.shape
    device = patches.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator).to(device)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator).to(device)

    history, seen = corrupted_history(patches, conditions.has_text, generator, corruption)
    h = model.plan(history, conditions, seen)
    order = uniform(batch, count).argsort(dim=1)[:, : round(KEPT_PATCHES * count)]
    row = torch.arange(batch, device=device)[:, None]
    kept = order.numel()
    context = (contexts(history) * seen[..., None, None])[row, order].flatten(0, 1)
    context = context * (uniform(kept, 1, 1) >= DROP_CONTEXT)
    plan = h[row, order].flatten(0, 1) * (uniform(kept, 1) >= DROP_PLAN)
    x = patches[row, order].flatten(0, 1)
    noise, t = normal(kept, size, dim), uniform(kept)
    velocity: Tensor = model.dit(plan, context, interpolate(x, noise, t), model.dit.modulations(t))
    error = (velocity.float() - velocity_target(x, noise)).square()
    return error.mean() if weights is None else (error * weights).mean()
