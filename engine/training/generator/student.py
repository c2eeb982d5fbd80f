"""The student of a distillation: a LocDiT that learns the end of its teacher's guided flow in one step or two.

The teacher (a fitted generator) solves its guided flow from noise in many steps of several branches. The student, a
LocDiT that begins with the teacher's weights, learns the end of that solution: in one step, at its middle, and from its
own middle to the end. Guidance uses two plans, with the requested condition and without it, so the student reads both;
the optional guidance without history cannot be folded in. The map from noise to latents is a function, so that least
squares are well posed (regression of the ODE's solution: Luhman and Luhman 2021; steps of known length:
Frans et al. 2024).

Language model, history encoder and conditions stay unchanged. Half of the montages have a history that the student
made, so that it continues from its own output as it will when it streams.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn

from engine.contract.errors import InvalidInputError
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.few_step import MOST_FEW_STEPS
from engine.model.generator.flow_matching import few_step_sample, flow_path
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import Plans, SamplerSettings, Velocity, by_branches
from engine.model.generator.local_dit import LocalDit
from engine.training.generator.history_corruption import HistoryCorruption, corrupted_history
from engine.training.generator.loss import contexts


def student_of(teacher: Generator) -> Generator:
    """Return a generator with the teacher's weights of which only the LocDiT learns, and knows the length of a step.

    Raises InvalidInputError if the teacher is a student itself.
    """
    if teacher.spec.distilled_steps:
        raise InvalidInputError("This generator is distilled already: start from the one that it was made from.")
    student = Generator(replace(teacher.spec, distilled_steps=MOST_FEW_STEPS))
    own = student.dit.state_dict()
    changed = {"dit.span.weight": own["span.weight"]}
    for name, weight in teacher.state_dict().items():
        if name in ("dit.plan.weight", "dit.spread.weight"):
            # The second plan, without the requested condition, begins without effect.
            changed[name] = torch.cat([weight, torch.zeros_like(weight)], dim=1)
    student.load_state_dict(teacher.state_dict() | changed)
    student.to(teacher.history.start.device).requires_grad_(False)
    student.dit.requires_grad_(True)
    return student


class FewStepObjective(nn.Module):
    """Squared errors of latents against the teacher's solution; the LocDiT's forward pass, for several processes."""

    def __init__(self, dit: LocalDit) -> None:
        super().__init__()
        self.dit = dit

    def forward(self, h: Tensor, context: Tensor, points: tuple[Tensor, ...]) -> Tensor:
        """Return mean squared errors (3,): one step, the first of two, and both; `points` are the teacher's."""
        noise, middle, end = points[0], points[len(points) // 2], points[-1]
        whole = one_step(self.dit, h, context, noise, 0.0, 1.0)
        first = one_step(self.dit, h, context, noise, 0.0, 0.5)
        second = one_step(self.dit, h, context, first.detach(), 0.5, 0.5)
        pairs = ((whole, end), (first, middle), (second, end))
        return torch.stack([(own - aim).square().mean() for own, aim in pairs])


def one_step(dit: LocalDit, h: Tensor, context: Tensor, x: Tensor, t: float, span: float) -> Tensor:
    """Carry points (B, P, D) at time t over a span, in one evaluation."""
    at = dit.modulations(x.new_tensor([t]), x.new_tensor([span]))
    velocity: Tensor = dit(h, context, x, at)
    return x + span * velocity.float()


@torch.no_grad()
def solution(
    teacher: Generator, plans: Plans, context: Tensor, noise: Tensor, settings: SamplerSettings
) -> tuple[Tensor, ...]:
    """Return the points (B, P, D) of the teacher's guided way from noise to latents."""
    return flow_path(by_branches(velocity_of(teacher)), plans, context, noise, settings)


def velocity_of(generator: Generator) -> Velocity:
    """Return the velocity of a generator's LocDiT at times that all patches share."""

    def velocity(h: Tensor, context: Tensor, noisy: Tensor, t: Tensor) -> Tensor:
        found: Tensor = generator.dit(h, context, noisy, generator.dit.modulations(t))
        return found.float()

    return velocity


@torch.no_grad()
def tasks(
    student: Generator, patches: Tensor, conditions: Conditions, count: int, generator: torch.Generator, steps: int
) -> tuple[Plans, Tensor]:
    """Return plans (N, dim) and contexts (N, 2P, D) of `count` patches of every montage of latents (B, T, P, D).

    The history is that of the scenes with noise, or none, or, in half of the montages, the student's output.
    """
    batch, length = patches.shape[:2]

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator).to(patches.device)

    def normal() -> Tensor:
        return torch.randn(*patches.shape, generator=generator).to(patches.device)

    history, seen = corrupted_history(
        patches, conditions.has_text, generator, HistoryCorruption(absent=0.2, foreign=0.0)
    )
    if own := batch // 2:
        given = conditions.each(lambda value: value[:own])
        past = contexts(history[:own]) * seen[:own, :, None, None]
        h = both_plans(student, history[:own], given, seen[:own])
        before = Plans(*(plan.flatten(0, 1) for plan in h)).side_by_side, past.flatten(0, 1)
        made = few_step_sample(
            lambda h, context, x, t, span: student.dit(h, context, x, student.dit.modulations(t, span)).float(),
            *before,
            normal()[:own].flatten(0, 1),
            steps,
        )
        history = torch.cat([made.unflatten(0, (own, length)), history[own:]])
    both = both_plans(student, history, conditions, seen)
    context = contexts(history) * seen[..., None, None]
    row = torch.arange(batch, device=patches.device)[:, None]
    drawn = uniform(batch, length).argsort(dim=1)[:, :count]
    plans = (h[row, drawn].flatten(0, 1).float() for h in both)
    return Plans(*plans), context[row, drawn].flatten(0, 1)


def both_plans(model: Generator, history: Tensor, conditions: Conditions, seen: Tensor) -> tuple[Tensor, ...]:
    """Return plans (B, T, dim) with and without the requested condition, of a history (B, T, P, D) `seen` (B, T)."""
    return model.plan(history.repeat(2, 1, 1, 1), conditions.with_unconditional(), seen.repeat(2, 1)).chunk(2)
