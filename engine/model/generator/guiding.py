"""Guidance: the velocity of a patch from several branches that know more or less (paper: sampler; SamplerSettings)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Final, NamedTuple

import torch
from torch import Tensor

from engine.contract.conventions import DEFAULT_FLOW_STEPS
from engine.contract.guidance import DEFAULT_GUIDANCE, Guidance
from engine.model.codec.foa_vae import AnyFoaVae
from engine.model.generator.flow_solver import DataEstimate

Velocity = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""(h, context, noisy, t) -> velocity; t (1,) holds for the whole batch."""

Correction = Callable[[Tensor], Tensor]
"""Changes an estimate (B, P, D) of the next latents to agree with what is known of them."""


@dataclass(frozen=True, eq=False)
class Placing:
    """The streams of a batch that are placed in a direction (`rows`, B flags), and how estimates of all are corrected.

    Their direction needs no guidance: if all are placed, one branch fewer is evaluated. Streams beside them change
    nothing.
    """

    rows: tuple[bool, ...]
    correct: Correction


@dataclass(frozen=True, eq=False)
class Plans:
    """The language model's plans for a patch.

    `conditional` (B, dim) knows everything. `unconditional` (B, dim) does not know the requested condition: the words
    or, without words, the film. `without_history` and `without_history_unconditional` (B, dim) are the same for a first
    patch, without the history. Unneeded plans are None.
    """

    conditional: Tensor
    unconditional: Tensor | None = None
    without_history: Tensor | None = None
    without_history_unconditional: Tensor | None = None

    @property
    def side_by_side(self) -> Tensor:
        """The plans (B, 2 dim) of a distilled LocDiT. Raises ValueError if there is none that is not asked."""
        if self.unconditional is None:
            raise ValueError("A distilled LocDiT needs a plan that does not know what is asked for.")
        return torch.cat([self.conditional, self.unconditional], dim=1)

    @classmethod
    def joined(cls, plans: Sequence["Plans"]) -> "Plans":
        """Return several plans as one batch; all have the same fields."""
        every = {f.name: [getattr(p, f.name) for p in plans] for f in fields(cls)}
        return cls(**{name: torch.cat(h) for name, h in every.items() if h[0] is not None})

    def first(self, count: int) -> "Plans":
        """Return the plans of the first `count` patches."""
        given: dict[str, Tensor] = {k: v[:count] for k, v in vars(self).items() if v is not None}
        return Plans(**given)


@dataclass(frozen=True)
class SamplerSettings:
    """Steps and guidance of the sampler.

    The velocity is v(h,ctx) + prompt (v(h,ctx) - v(unconditional,ctx)) + without_history (v(first,0) -
    v(first_unconditional,0)), and for the latents that are the field's direction (`directed`) v(h,ctx) + direction
    (v(h,ctx) - v(0,ctx)). `first` is the plan without history. The weights are those of `guidance`.

    A model that was trained only on a true past hardly needs the words. In a first patch they are all that it has, and
    guidance without history is stronger. A model trained to recover from a wrong past needs none (LOG.md).

    Of prompt (v(h,ctx) - v(unconditional,ctx)) the part that is parallel to the estimate x + (1 - t) v(h,ctx) of a
    patch counts `guidance.parallel` times (adaptive projected guidance, Sadat et al. 2024). That part makes every code
    more extreme, as if all rain were one rain: lows get lost, and pauses fill.

    If the paper's two weights are not 1, v(h,ctx) is replaced by: v(0,0) + plan (v(h,0) - v(0,0)) + context
    (v(h,ctx) - v(h,0)). They make everything more certain, the words' effect no larger and textures smooth; so they are
    1 by default. A level that guidance exaggerates in every patch runs away: latents that are `unguided` get v(h,ctx).
    """

    steps: int = DEFAULT_FLOW_STEPS
    guidance: Guidance = DEFAULT_GUIDANCE
    directed: tuple[int, ...] = ()
    unguided: tuple[int, ...] = ()

    @classmethod
    def on(
        cls, codec: AnyFoaVae, steps: int = DEFAULT_FLOW_STEPS, guidance: Guidance = DEFAULT_GUIDANCE
    ) -> "SamplerSettings":
        """Return settings that know which of a codec's latents are a direction and which a level."""
        return cls(steps, guidance, directed=codec.directed_codes, unguided=codec.level_codes)


_BRANCHES = ("full", "unconditional", "context", "plan", "free", "without_history", "without_history_unconditional")


@lru_cache(maxsize=8)  # settings change with the user's requests, and every flow step of every patch asks
def branch_weights(settings: SamplerSettings, latent_dim: int) -> dict[str, Tensor]:
    """Return the weights (D,) of the branches that count, by name: those of `_BRANCHES`."""
    kinds = {name: torch.zeros(latent_dim) for name in _BRANCHES}
    guidance = settings.guidance
    # A codec may have codes that are added later.
    directed, unguided = (
        [code for code in codes if code < latent_dim] for codes in (settings.directed, settings.unguided)
    )
    kinds["unconditional"] -= guidance.prompt
    kinds["without_history"] += guidance.without_history
    kinds["without_history_unconditional"] -= guidance.without_history
    for name in ("unconditional", "without_history", "without_history_unconditional"):
        kinds[name][directed] = 0.0
    kinds["context"][directed] = -guidance.direction
    kinds["plan"] += guidance.plan - guidance.context
    kinds["free"] += 1.0 - guidance.plan
    for weight in kinds.values():
        weight[unguided] = 0.0
    kinds["full"] = 1.0 - sum(kinds.values(), start=torch.zeros(latent_dim))
    return {name: weight for name, weight in kinds.items() if name == "full" or bool(weight.any())}


class Branches(NamedTuple):
    """What guidance evaluates in every flow step of a patch, N branches of B streams in one batch.

    `h` (N B, dim) and `context` (N B, 2P, D) are given to the LocDiT; `weight` (N, B, 1, D) are the velocities' shares.
    `untold` (N, 1, 1, 1) is 1 for the branch that does not know the words, and `unworded` (D,) is its weight. Of what
    they add, as far as it is parallel to the estimate, the share `less` (1,) is taken away. The three are 0 if no
    branch is without words.
    """

    h: Tensor
    context: Tensor
    weight: Tensor
    untold: Tensor
    unworded: Tensor
    less: Tensor

    @classmethod
    def of(
        cls, plans: Plans, context: Tensor, settings: SamplerSettings, latent_dim: int, placing: Placing | None = None
    ) -> "Branches":
        """Return those that count, as SamplerSettings says; directions that are placed are not guided.

        Raises ValueError for a plan that is missing.
        """
        if placing is not None and all(placing.rows):
            settings = replace(settings, guidance=replace(settings.guidance, direction=0.0))
        weights = branch_weights(settings, latent_dim)
        nothing, silence = torch.zeros_like(plans.conditional), torch.zeros_like(context)
        branches: dict[str, tuple[Tensor | None, Tensor]] = {
            "full": (plans.conditional, context),
            "unconditional": (plans.unconditional, context),
            "context": (nothing, context),
            "plan": (plans.conditional, silence),
            "free": (nothing, silence),
            "without_history": (plans.without_history, silence),
            "without_history_unconditional": (plans.without_history_unconditional, silence),
        }
        taken = [(h, c) for h, c in (branches[name] for name in weights) if h is not None]
        if len(taken) < len(weights):
            raise ValueError(f"Guidance needs a plan that was not made: one of {', '.join(weights)}.")
        rows = (False,) * context.shape[0] if placing is None else placing.rows
        shares = (share.to(context) for share in _shares(settings, latent_dim, rows))
        return cls(torch.cat([own for own, _ in taken]), torch.cat([own for _, own in taken]), *shares)


@lru_cache(maxsize=32)
@torch.inference_mode(False)  # kept for others, who may want gradients of what is multiplied by them
def _shares(
    settings: SamplerSettings, latent_dim: int, placed: tuple[bool, ...]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the last four tensors of Branches, for streams of which some are placed."""
    weights = branch_weights(settings, latent_dim)
    names, weight = list(weights), torch.stack(list(weights.values()))[:, None, None].repeat(1, len(placed), 1, 1)
    if "context" in weights:
        full, alone, rows = names.index("full"), names.index("context"), torch.tensor(placed)
        weight[full, rows] += weight[alone, rows]
        weight[alone, rows] = 0.0
    untold, less = torch.zeros(len(names), 1, 1, 1), torch.zeros(1)
    if "unconditional" in weights:
        untold[names.index("unconditional")] = 1.0
        less += 1.0 - settings.guidance.parallel
    return weight, untold, weights.get("unconditional", torch.zeros(latent_dim)), less


BRANCH_TENSORS: Final = len(Branches._fields)

GuidedVelocity = Callable[[Branches, Tensor, Tensor], Tensor]
"""(branches, noisy (B, P, D), t (1,)) -> guided velocity (B, P, D)."""


def by_branches(velocity: Velocity) -> GuidedVelocity:
    """Return the guided velocity of a velocity: all branches are evaluated in one batch, then mixed."""

    def guided(branches: Branches, noisy: Tensor, t: Tensor) -> Tensor:
        count = branches.weight.shape[0]
        both = velocity(branches.h, branches.context, noisy.repeat(count, 1, 1), t)
        return mixed(both.unflatten(0, (count, -1)), branches, noisy, t)

    return guided


def mixed(velocities: Tensor, branches: Branches, noisy: Tensor, t: Tensor) -> Tensor:
    """Return the guided velocity (B, P, D) of those of the branches (N, B, P, D), the full one first.

    `noisy` (B, P, D) is where they were evaluated, at time t (1,).
    """
    told, untold = velocities[0], (velocities * branches.untold).sum(0)
    # Codes without guidance by the words take no part.
    estimate = (noisy + (1 - t) * told) * (branches.unworded != 0)
    guided: Tensor = (velocities * branches.weight).sum(0)
    return guided - branches.less * _parallel(branches.unworded * (untold - told), estimate)


def _parallel(added: Tensor, estimate: Tensor) -> Tensor:
    """Return the part of `added` (B, P, D) that is parallel to an estimate (B, P, D), patch by patch."""
    share = (added * estimate).sum((1, 2), keepdim=True) / estimate.square().sum((1, 2), keepdim=True).clamp(min=1e-9)
    return share * estimate


def guided_estimate(guided: GuidedVelocity, branches: Branches) -> DataEstimate:
    """Return an estimator from points (B, P, D) at a time () of where the guided flow would end, straight on."""

    def estimate(x: Tensor, t: Tensor) -> Tensor:
        return x + (1 - t) * guided(branches, x, t[None])

    return estimate
