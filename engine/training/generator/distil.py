"""Stage 3b: distil the LocDiT's sampler to one or two evaluations per patch, guidance folded in. Resumable.

The student and what it learns are in student.py; here it is fitted and written. The guidance weights are fixed here,
and latents that are not guided are not guided for the student either.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.contract.errors import InvalidInputError
from engine.contract.guidance import DEFAULT_GUIDANCE, Guidance
from engine.files.apart import keep_apart, weights_of
from engine.files.staging import whole_file
from engine.model.generator.few_step import MOST_FEW_STEPS
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import SamplerSettings
from engine.model.weights.checkpoint import load_model, save_generator
from engine.model.weights.precision import training_precision
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.loss import on_device
from engine.training.generator.student import FewStepObjective, solution, student_of, tasks
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
    pool = FeaturePool(options.runs / "features").narrow_to(teacher.spec)
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
    """Write the student's checkpoint folder: its generator, and the teacher's codec and refiner."""
    guidance = f"guidance {options.guidance_prompt:g} and {options.guidance_direction:g} folded in"
    save_generator(options.out / "generator.safetensors", student, note=f"distilled in {step} steps, {guidance}")
    for name in ("codec.safetensors", "refiner.safetensors"):
        own, of_teacher = options.out / name, options.checkpoint / name
        if of_teacher.is_file() and not (own.exists() and own.samefile(of_teacher)):
            with whole_file(own) as staged:
                shutil.copyfile(of_teacher, staged)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
