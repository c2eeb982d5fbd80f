"""Stage 3b: distil the LocDiT's sampler to one or two evaluations a patch, guidance folded in. Resumable.

The teacher (a fitted generator) solves its guided flow from noise in many steps of several branches. The student, a
LocDiT that begins with the teacher's weights, learns where that solution is: in one jump, at its middle, and from its
own middle to the end. Guidance by what is asked for is decided by two plans, with it and without, so the student reads
both; guidance afresh cannot be folded in. The map from noise to latents is a function, so that least squares are well
posed (regression of the ODE's solution: Luhman and Luhman 2021; steps of known length: Frans et al. 2024). The guidance
weights are fixed here, and latents that are not guided are not guided for the student either.

Language model, history encoder and conditions stay as they are. Half of the montages have a history that the student
made, so that it goes on from its own output as it will when it streams.
"""

import argparse
import shutil
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.contract.errors import InvalidInputError
from engine.contract.guidance import DEFAULT_GUIDANCE, Guidance
from engine.files.apart import keep_apart, weights_of
from engine.files.staging import whole_file
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.flow_matching import Plans, SamplerSettings, Velocity, flow_path, jump_sample
from engine.model.generator.generator import Generator
from engine.model.generator.jumps import MOST_JUMPS
from engine.model.generator.local_dit import LocalDit
from engine.model.weights.checkpoint import load_model, save_generator
from engine.model.weights.precision import training_precision
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.history_faults import HistoryFaults, faulty_history
from engine.training.generator.train import contexts, on_device
from engine.training.loop.checkpointing import WeightAverage, load_training, save_training
from engine.training.loop.log import note
from engine.training.loop.parallel import Team, team
from engine.training.loop.rate import set_rate

_WARMUP_STEPS = 20
_SAVE_EVERY_S = 240.0


def main(argv: list[str]) -> None:
    """Run `train distil`."""
    args = options(argv)
    torch.set_num_threads(args.threads)
    with team(args.device) as members:
        fit(args, members)


def options(argv: list[str]) -> argparse.Namespace:
    """Read the command line. Raises InvalidInputError."""
    parser = argparse.ArgumentParser(prog="train distil", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--checkpoint", type=Path, required=True, help="the teacher's folder, codec beside it")
    parser.add_argument("--out", type=Path, required=True, help="the student's checkpoint folder")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--total-steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=4, help="montages a process and step")
    parser.add_argument("--patches", type=int, default=24, help="patches of a montage that are rendered")
    parser.add_argument("--teacher-steps", type=int, default=8, help="even, for the middle of the way is a target")
    parser.add_argument("--guidance-prompt", type=float, default=DEFAULT_GUIDANCE.prompt)
    parser.add_argument("--guidance-direction", type=float, default=DEFAULT_GUIDANCE.direction)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args(argv)
    if args.teacher_steps < 2 or args.teacher_steps % 2:
        raise InvalidInputError(f"--teacher-steps {args.teacher_steps} is not even: the middle of the way is a target.")
    keep_apart([args.out / "generator.safetensors"], {"file of the teacher": weights_of(args.checkpoint)})
    return args


def fit(args: argparse.Namespace, members: Team) -> None:
    """Train until the steps or the minutes are over, then write the student; the leading process logs and saves."""
    device = members.device(args.device)
    loaded = load_model(args.checkpoint, str(device))
    teacher = loaded.generator
    guidance = Guidance(args.guidance_prompt, 0.0, args.guidance_direction)
    settings = SamplerSettings.on(loaded.codec, args.teacher_steps, guidance)
    pool = FeaturePool(args.runs / "features")
    student = student_of(teacher)
    optimiser = torch.optim.AdamW(student.dit.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    average = WeightAverage(student.dit, decay=0.99)
    path = args.runs / "distil" / "training.safetensors"
    step = load_training(path, student.dit, average, optimiser)
    objective = members.share(JumpObjective(student.dit))
    generator = torch.Generator()
    began = time.monotonic()
    saved = 0.0
    path.parent.mkdir(parents=True, exist_ok=True)
    errors: list[Tensor] = []
    while step < args.total_steps and (elapsed := members.mean(time.monotonic() - began)) < 60 * args.minutes:
        if members.leads and elapsed - saved > _SAVE_EVERY_S:
            save_training(path, student.dit, average, optimiser, step)
            saved = elapsed
        set_rate(optimiser, args.rate, step, args.total_steps, _WARMUP_STEPS)
        generator.manual_seed(members.seed(step))
        patches, conditions = pool.draw(args.batch, generator, Dropout())
        with training_precision(device):
            plans, context = tasks(
                student, patches.to(device), on_device(conditions, device), args.patches, generator, MOST_JUMPS
            )
            noise = torch.randn(len(context), *patches.shape[2:], generator=generator).to(device)
            points = solution(teacher, plans, context, noise, settings)
            found = objective(plans.side_by_side, context, points)
        optimiser.zero_grad(set_to_none=True)
        found.sum().backward()
        torch.nn.utils.clip_grad_norm_(student.dit.parameters(), 1.0)
        optimiser.step()
        step += 1
        average.update(student.dit, step)
        errors.append(found.detach())
        if step % 10 == 0:
            one, middle, two = (members.mean(float(v)) for v in torch.stack(errors).mean(0))
            errors.clear()
            if members.leads:
                line = {"one": round(one, 4), "middle": round(middle, 4), "two": round(two, 4)}
                note(path.parent, {"step": step, "s": round(time.monotonic() - began, 1), **line})
    if members.leads:
        save_training(path, student.dit, average, optimiser, step)
        student.dit.load_state_dict(average.values)
        export(student, args, step)


def export(student: Generator, args: argparse.Namespace, step: int) -> None:
    """Write the student's checkpoint folder: its generator, and the teacher's codec."""
    guidance = f"guidance {args.guidance_prompt:g} and {args.guidance_direction:g} folded in"
    save_generator(args.out / "generator.safetensors", student, note=f"distilled in {step} steps, {guidance}")
    codec = args.out / "codec.safetensors"
    if not codec.exists() or not codec.samefile(args.checkpoint / "codec.safetensors"):
        with whole_file(codec) as staged:
            shutil.copyfile(args.checkpoint / "codec.safetensors", staged)


def student_of(teacher: Generator) -> Generator:
    """Return a generator with the teacher's weights whose LocDiT alone learns, and knows the length of a step.

    Raises InvalidInputError where the teacher is a student itself.
    """
    if teacher.spec.distilled_steps:
        raise InvalidInputError("This generator is distilled already: begin with the one that it was made from.")
    student = Generator(replace(teacher.spec, distilled_steps=MOST_JUMPS))
    own = student.dit.state_dict()
    plan = torch.cat([teacher.dit.plan.weight, torch.zeros_like(teacher.dit.plan.weight)], dim=1)
    student.load_state_dict(teacher.state_dict() | {"dit.span.weight": own["span.weight"], "dit.plan.weight": plan})
    student.to(teacher.history.start.device).requires_grad_(False)
    student.dit.requires_grad_(True)
    return student


class JumpObjective(nn.Module):
    """Squared errors of latents against the teacher's solution; the LocDiT's forward pass, for several processes."""

    def __init__(self, dit: LocalDit) -> None:
        super().__init__()
        self.dit = dit

    def forward(self, h: Tensor, context: Tensor, points: tuple[Tensor, ...]) -> Tensor:
        """Return mean squared errors (3,): one jump, the first of two, and both; `points` are the teacher's."""
        noise, middle, end = points[0], points[len(points) // 2], points[-1]
        whole = jump(self.dit, h, context, noise, 0.0, 1.0)
        first = jump(self.dit, h, context, noise, 0.0, 0.5)
        second = jump(self.dit, h, context, first.detach(), 0.5, 0.5)
        pairs = ((whole, end), (first, middle), (second, end))
        return torch.stack([(own - aim).square().mean() for own, aim in pairs])


def jump(dit: LocalDit, h: Tensor, context: Tensor, x: Tensor, t: float, span: float) -> Tensor:
    """Carry points (B, P, D) at time t over a span, in one evaluation."""
    at = dit.modulations(x.new_tensor([t]), x.new_tensor([span]))
    return x + span * dit(h, context, x, at).float()


@torch.no_grad()
def solution(
    teacher: Generator, plans: Plans, context: Tensor, noise: Tensor, settings: SamplerSettings
) -> tuple[Tensor, ...]:
    """Return the points (B, P, D) of the teacher's guided way from noise to latents."""
    return flow_path(velocity_of(teacher), plans, context, noise, settings)


def velocity_of(generator: Generator) -> Velocity:
    """Return the velocity of a generator's LocDiT at times that all patches share."""

    def velocity(h: Tensor, context: Tensor, noisy: Tensor, t: Tensor) -> Tensor:
        return generator.dit(h, context, noisy, generator.dit.modulations(t)).float()

    return velocity


@torch.no_grad()
def tasks(
    student: Generator, patches: Tensor, conditions: Conditions, count: int, generator: torch.Generator, steps: int
) -> tuple[Plans, Tensor]:
    """Return plans (N, dim) and contexts (N, 2P, D) of `count` patches of every montage of latents (B, T, P, D).

    The history is that of the scenes with noise, or none, or, in half of the montages, what the student makes of it.
    """
    batch, length = patches.shape[:2]

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator).to(patches.device)

    def normal() -> Tensor:
        return torch.randn(*patches.shape, generator=generator).to(patches.device)

    history, seen = faulty_history(patches, conditions.has_text, generator, HistoryFaults(absent=0.2, foreign=0.0))
    if own := batch // 2:
        given = Conditions(**{k: v[:own] for k, v in vars(conditions).items()})
        past = contexts(history[:own]) * seen[:own, :, None, None]
        h = both_plans(student, history[:own], given, seen[:own])
        before = Plans(*(plan.flatten(0, 1) for plan in h)).side_by_side, past.flatten(0, 1)
        made = jump_sample(
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
    """Return plans (B, T, dim) with what is asked for, and without, of a history (B, T, P, D) that is `seen` (B, T)."""
    return model.plan(history.repeat(2, 1, 1, 1), conditions.with_unasked(), seen.repeat(2, 1)).chunk(2)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
