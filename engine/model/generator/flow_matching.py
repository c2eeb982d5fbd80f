"""Flow matching as free functions: x_t = t x + (1 - t) noise, velocity x - noise (paper: flow matching, sampler)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import pairwise

import torch
from torch import Tensor

from engine.contract.conventions import DEFAULT_FLOW_STEPS
from engine.contract.guidance import DEFAULT_GUIDANCE, Guidance
from engine.model.codec.foa_vae import AnyFoaVae
from engine.model.generator.flow_solver import DataEstimate, FittedSolver
from engine.model.generator.level_echo import Due

Velocity = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""(h, context, noisy, t) -> velocity; t (1,) holds for the whole batch."""
MeanVelocity = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]
"""(h, context, noisy, t, span) -> mean velocity from t to t + span; both (1,) hold for the whole batch."""

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
    velocity: Velocity,
    plans: Plans,
    context: Tensor,
    noisy: Tensor,
    t: Tensor,
    settings: SamplerSettings,
    placing: Placing | None = None,
) -> Tensor:
    """Return the guided velocity (B, P, D), as SamplerSettings says; directions that are placed are not guided.

    Only the branches that count are evaluated, in one batch.
    """
    if placing is not None and all(placing.rows):
        settings = replace(settings, guidance=replace(settings.guidance, direction=0.0))
    weights = branch_weights(settings, noisy.shape[-1])
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
    both = velocity(
        torch.cat([h for h, _ in taken]), torch.cat([c for _, c in taken]), noisy.repeat(len(taken), 1, 1), t
    )
    weight = torch.stack(list(weights.values())).to(both)[:, None, None]
    if placing is not None and any(placing.rows) and "context" in weights:
        full, alone = (list(weights).index(name) for name in ("full", "context"))
        rows = torch.tensor(placing.rows, device=both.device)
        weight = weight.repeat(1, len(rows), 1, 1)
        weight[full, rows] += weight[alone, rows]
        weight[alone, rows] = 0.0
    of_branches: Tensor = both.unflatten(0, (len(taken), -1))
    guided: Tensor = (of_branches * weight).sum(0)
    unworded = weights.get("unconditional")
    if unworded is not None and settings.guidance.parallel != 1.0:
        told, untold = (of_branches[list(weights).index(name)] for name in ("full", "unconditional"))
        unworded = unworded.to(told)
        # Codes without guidance by the words take no part.
        estimate = (noisy + (1 - t) * told) * (unworded != 0)
        guided = guided - (1.0 - settings.guidance.parallel) * _parallel(unworded * (untold - told), estimate)
    return guided


def _parallel(added: Tensor, estimate: Tensor) -> Tensor:
    """Return the part of `added` (B, P, D) that is parallel to an estimate (B, P, D), patch by patch."""
    share = (added * estimate).sum((1, 2), keepdim=True) / estimate.square().sum((1, 2), keepdim=True).clamp(min=1e-9)
    return share * estimate


def guided_estimate(
    velocity: Velocity, plans: Plans, context: Tensor, settings: SamplerSettings, placing: Placing | None = None
) -> DataEstimate:
    """Return an estimator from points (B, P, D) at a time () of where the guided flow would end, straight on."""

    def estimate(x: Tensor, t: Tensor) -> Tensor:
        return x + (1 - t) * guided_velocity(velocity, plans, context, x, t[None], settings, placing)

    return estimate


def flow_path(
    velocity: Velocity,
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
    estimate = guided_estimate(velocity, plans, context, settings, placing)
    if due is not None:
        estimate = _corrected(estimate, due.drawn)
    if placing is not None:
        estimate = _corrected(estimate, placing.correct)
    if solver is not None:
        return solver.path(estimate, noise)
    points = [noise]
    before: tuple[Tensor, Tensor] | None = None
    for now, then in pairwise(cosine_grid(settings.steps, noise.device)):
        x = points[-1]
        data = aim = estimate(x, now)
        if before is not None and then < 1.0:
            earlier, at = before
            ratio = (_log_ratio(now) - _log_ratio(at)) / (_log_ratio(then) - _log_ratio(now))
            aim = data + (data - earlier) / (2 * ratio)
        shrink = (1 - then) / (1 - now)
        points.append(shrink * x + (then - shrink * now) * aim)
        before = data, now
    return tuple(points)


def _corrected(estimate: DataEstimate, correction: Correction) -> DataEstimate:
    return lambda x, t: correction(estimate(x, t))


def _log_ratio(t: Tensor) -> Tensor:
    """Return log(t / (1 - t)), half the logarithm of the signal-to-noise ratio; the start is as good as no signal."""
    return torch.log(t.clamp(min=1e-4) / (1 - t))


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
