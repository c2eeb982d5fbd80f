"""Stage 3b: distil the LocDiT's sampler to one or two evaluations per patch, guidance folded in. Resumable.

The teacher (a fitted generator) solves its guided flow from noise in many steps of several branches. The student, a
LocDiT that begins with the teacher's weights, learns the end of that solution: in one step, at its middle, and from its
own middle to the end. Guidance uses two plans, with the requested condition and without it, so the student reads both;
the optional guidance without history cannot be folded in. The map from noise to latents is a function, so that least
squares are well posed (regression of the ODE's solution: Luhman and Luhman 2021; steps of known length:
Frans et al. 2024). The guidance weights are fixed here, and latents that are not guided are not guided for the student
either.

Language model, history encoder and conditions stay unchanged. Half of the montages have a history that the student
made, so that it continues from its own output as it will when it streams.
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.contract.errors import InvalidInputError
from engine.contract.guidance import DEFAULT_GUIDANCE, Guidance
from engine.files.apart import keep_apart, weights_of
from engine.files.staging import whole_file
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.few_step import MOST_FEW_STEPS
from engine.model.generator.flow_matching import Plans, SamplerSettings, Velocity, few_step_sample, flow_path
from engine.model.generator.generator import Generator
from engine.model.generator.local_dit import LocalDit
from engine.model.weights.checkpoint import load_model, save_generator
from engine.model.weights.precision import training_precision
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.history_corruption import HistoryCorruption, corrupted_history
from engine.training.generator.loss import contexts, on_device
from engine.training.loop.checkpointing import STATE_FILE, WeightAverage
from engine.training.loop.fitting import LoopSettings, Metrics, TrainingState, descend, run_loop
from engine.training.loop.options import RunOptions, add_run_options, read_options, require_at_least, stage_parser
from engine.training.loop.parallel import ProcessGroup, process_group
from engine.training.loop.rate import CosineRate

_WARMUP_STEPS = 20


@dataclass(frozen=True, kw_only=True)
class DistilOptions(RunOptions):
    """Options of `train distil`; `checkpoint` is the teacher's folder and `out` the student's."""

    checkpoint: Path
    out: Path
    minutes: float = 20.0
    total_steps: int = 1000
    batch: int = 4
    patches: int = 24
    teacher_steps: int = 8
    guidance_prompt: float = DEFAULT_GUIDANCE.prompt
    guidance_direction: float = DEFAULT_GUIDANCE.direction
    rate: float = 5e-4

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        super().__post_init__()
        require_at_least(self, 1, "batch", "patches")
        if self.teacher_steps < 2 or self.teacher_steps % 2:
            raise InvalidInputError(
                f"--teacher-steps {self.teacher_steps} is not even: the middle of the way is a target."
            )


def main(argv: list[str]) -> None:
    """Run `train distil`."""
    options = parse_options(argv)
    torch.set_num_threads(options.threads)
    with process_group(options.device) as members:
        fit(options, members)


def parse_options(argv: list[str]) -> DistilOptions:
    """Read the command line. Raises InvalidInputError, and ExportError if the student would replace its teacher."""
    parser = stage_parser("distil", __doc__)
    add_run_options(parser)
    parser.add_argument("--checkpoint", type=Path, required=True, help="the teacher's folder, codec beside it")
    parser.add_argument("--out", type=Path, required=True, help="the student's checkpoint folder")
    parser.add_argument("--batch", type=int, help="montages per process and step")
    parser.add_argument("--patches", type=int, help="patches of a montage that are rendered")
    parser.add_argument("--teacher-steps", type=int, help="even, for the middle of the way is a target")
    parser.add_argument("--guidance-prompt", type=float)
    parser.add_argument("--guidance-direction", type=float)
    options = read_options(parser, argv, DistilOptions)
    keep_apart([options.out / "generator.safetensors"], {"file of the teacher": weights_of(options.checkpoint)})
    return options


def fit(options: DistilOptions, members: ProcessGroup) -> None:
    """Train until the steps or the minutes are over, then write the student; the leading process logs and saves."""
    device = members.device(options.device)
    loaded = load_model(options.checkpoint, str(device))
    teacher = loaded.generator
    guidance = Guidance(options.guidance_prompt, 0.0, options.guidance_direction)
    settings = SamplerSettings.on(loaded.codec, options.teacher_steps, guidance)
    pool = FeaturePool(options.runs / "features")
    student = student_of(teacher)
    optimiser = torch.optim.AdamW(student.dit.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.01)
    average = WeightAverage(student.dit, decay=0.99)
    state = TrainingState(student.dit, optimiser, average)
    path = options.runs / "distil" / STATE_FILE
    state.resume(path)
    objective = members.share(FewStepObjective(student.dit))
    generator = torch.Generator()

    def learn(step: int) -> Metrics:
        generator.manual_seed(members.seed(step))
        patches, conditions = pool.draw(options.batch, generator, Dropout())
        with training_precision(device):
            plans, context = tasks(
                student, patches.to(device), on_device(conditions, device), options.patches, generator, MOST_FEW_STEPS
            )
            noise = torch.randn(len(context), *patches.shape[2:], generator=generator).to(device)
            points = solution(teacher, plans, context, noise, settings)
            errors = objective(plans.side_by_side, context, points)
        descend(errors.sum(), optimiser, student.dit.parameters(), 1.0)
        return dict(zip(("one", "middle", "two"), errors.detach(), strict=True))

    rate = CosineRate(options.rate, options.total_steps, _WARMUP_STEPS)
    run_loop(state, learn, LoopSettings(options.total_steps, options.minutes, rate, log_every=10), path, members)
    if members.leads:
        student.dit.load_state_dict(average.values)
        export(student, options, state.step)


def export(student: Generator, options: DistilOptions, step: int) -> None:
    """Write the student's checkpoint folder: its generator, and the teacher's codec."""
    guidance = f"guidance {options.guidance_prompt:g} and {options.guidance_direction:g} folded in"
    save_generator(options.out / "generator.safetensors", student, note=f"distilled in {step} steps, {guidance}")
    codec, of_teacher = options.out / "codec.safetensors", options.checkpoint / "codec.safetensors"
    if not codec.exists() or not codec.samefile(of_teacher):
        with whole_file(codec) as staged:
            shutil.copyfile(of_teacher, staged)


def student_of(teacher: Generator) -> Generator:
    """Return a generator with the teacher's weights of which only the LocDiT learns, and knows the length of a step.

    Raises InvalidInputError if the teacher is a student itself.
    """
    if teacher.spec.distilled_steps:
        raise InvalidInputError("This generator is distilled already: start from the one that it was made from.")
    student = Generator(replace(teacher.spec, distilled_steps=MOST_FEW_STEPS))
    own = student.dit.state_dict()
    plan = torch.cat([teacher.dit.plan.weight, torch.zeros_like(teacher.dit.plan.weight)], dim=1)
    student.load_state_dict(teacher.state_dict() | {"dit.span.weight": own["span.weight"], "dit.plan.weight": plan})
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
    return flow_path(velocity_of(teacher), plans, context, noise, settings)


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


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
