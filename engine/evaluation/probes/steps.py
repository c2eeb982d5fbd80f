"""How many flow steps are enough? Quality against cost for a generator and, if there is one, its distilled student.

Every row is one number of steps. Direction and sound class are those of `doa_eval` and `prompt_eval`; the distance is
that of a patch's latents to the generator's own 16-step solution from the same noise, plan and context, as a share of
that solution's size (root mean square over takes that go on from the 16-step solution); the time is the median of the
LocDiT's stage and of a whole patch in the takes of the direction measurement: this machine, as busy as it is.

    python -m engine.evaluation.probes.steps --checkpoint DIR [--student DIR] [--yamnet FILE] [--takes N] [--json OUT]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from engine.contract.errors import EngineError, InvalidInputError
from engine.contract.generation import PatchRequest, PatchResult, PatchSource
from engine.evaluation.probes.direction import PROMPTS, ROUND, cases_for, evaluate_directions
from engine.evaluation.probes.prompts import evaluate_prompts
from engine.evaluation.taggers.yamnet import Yamnet
from engine.files.staging import write_texts
from engine.model.conditioning.conditions import Conditions
from engine.model.conditioning.encoders import Encoders, load_encoders
from engine.model.conditioning.prompt_encoder import PromptEncoder
from engine.model.generator.guiding import SamplerSettings
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import LoadedModel, load_model
from engine.model.weights.precision import quicken

TEACHER_STEPS = (1, 2, 3, 4, 5, 8)
REFERENCE_STEPS = 16
_DISTANCE_PATCHES = 25


@dataclass(frozen=True)
class StepsRow:
    """One number of steps of one model; errors in degrees, `agreement` a share or None, `distance` a share."""

    model: str
    steps: int
    error_60_deg: float
    error_round_deg: float
    agreement: float | None
    distance: float
    dit_ms: float
    patch_ms: float


class TimedSource:
    """A patch source that records the times of its patches."""

    def __init__(self, source: PatchSource) -> None:
        self._source = source
        self.stages_ms: list[dict[str, float]] = []

    @property
    def checkpoint_sha256(self) -> str:
        """Hash of the weights in use."""
        return self._source.checkpoint_sha256

    @property
    def runtime(self) -> str:
        """The name of what computes the model."""
        return self._source.runtime

    def reset(self, seed: int) -> None:
        """Start a new take."""
        self._source.reset(seed)

    def next_patch(self, request: PatchRequest) -> PatchResult:
        """Generate a patch and record its times."""
        result = self._source.next_patch(request)
        self.stages_ms.append(dict(result.stage_ms))
        return result


@torch.inference_mode()
def latent_distances(
    teacher: LoadedModel,
    others: Sequence[tuple[LoadedModel, int]],
    encoders: Encoders,
    takes: int,
    patches: int = _DISTANCE_PATCHES,
) -> list[float]:
    """Return for models and steps how far a patch's latents are from the teacher's solution, as a share of its size.

    All get the teacher's plan, context and noise; the takes cycle through the prompts and the directions.
    """
    generator, reader = teacher.generator, PromptEncoder(encoders.text, teacher.sounds)
    spec, device = generator.spec, generator.history.start.device
    squares, size = np.zeros(len(others)), 0.0
    for case in cases_for(ROUND, count=takes):
        noises = torch.Generator().manual_seed(case.seed)
        state = generator.initial_state(1)
        one = torch.ones(1, 1, device=device)
        conditions = Conditions(
            text=reader.encode([case.prompt])[None].to(device),
            has_text=one,
            video=torch.zeros(1, 1, spec.video_channels, 8, 16, device=device),
            has_video=0 * one,
            direction=torch.from_numpy(case.direction.unit_vector()).float().to(device)[None, None],
            has_direction=one,
        )
        for _ in range(patches):
            plans, lm = generator.plan_step(conditions, state)
            noise = torch.randn(1, spec.patch_latents, spec.latent_dim, generator=noises).to(device)
            aim = generator.render_step(plans, state, noise, SamplerSettings.on(teacher.codec, REFERENCE_STEPS))
            for index, (model, steps) in enumerate(others):
                latents = model.generator.render_step(plans, state, noise, SamplerSettings.on(model.codec, steps))
                squares[index] += float((latents - aim).square().sum())
            size += float(aim.square().sum())
            state = generator.advanced(aim, lm, state)
    return [float(d) for d in np.sqrt(squares / size)]


def measure(
    teacher: LoadedModel, student: LoadedModel | None, tagger: Yamnet | None, *, takes: int, seconds: float, device: str
) -> list[StepsRow]:
    """Return a row for each number of steps, the teacher's first.

    Raises InvalidInputError if the student is not one, or the student of another kind of generator.
    """
    if teacher.generator.spec.distilled_steps:
        raise InvalidInputError(
            "--checkpoint is distilled: specify the generator that it was made from, and this one as --student."
        )
    if student is not None and not student.generator.spec.distilled_steps:
        raise InvalidInputError("--student is not a distilled generator: make one with 'train distil'.")
    if student is not None and student.generator.spec.dim != teacher.generator.spec.dim:
        raise InvalidInputError("--student was made from a generator of another size than --checkpoint.")
    # The generator's own distilled LocDiT would take the rows of one and two steps.
    rows = [("teacher", replace(teacher, few_step=None), steps) for steps in TEACHER_STEPS]
    if student is not None:
        rows += [("student", student, steps) for steps in range(1, student.generator.spec.distilled_steps + 1)]
    encoders = load_encoders()
    others = [(model, steps) for _, model, steps in rows]
    distances = latent_distances(teacher, others, encoders, max(1, takes // 4))
    return [
        _row(name, model, encoders, steps, distance, tagger, takes, seconds, device)
        for (name, model, steps), distance in zip(rows, distances, strict=True)
    ]


def _row(
    name: str,
    model: LoadedModel,
    encoders: Encoders,
    steps: int,
    distance: float,
    tagger: Yamnet | None,
    takes: int,
    seconds: float,
    device: str,
) -> StepsRow:
    source = TimedSource(PatchStreamer(model, encoders, device))
    errors = [
        evaluate_directions(source, cases_for(asked, count=takes), seconds=seconds, steps=steps).median_deg
        for asked in (ROUND[:1], ROUND)
    ]
    table = None
    times = source.stages_ms.copy()
    if tagger is not None:
        table = evaluate_prompts(source, tagger, takes_a_class=max(1, takes // len(PROMPTS)), steps=steps)
    row = StepsRow(
        model=name,
        steps=steps,
        error_60_deg=round(errors[0], 1),
        error_round_deg=round(errors[1], 1),
        agreement=None if table is None else round(table.accuracy, 3),
        distance=round(distance, 3),
        dit_ms=round(float(np.median([t["dit"] for t in times])), 1),
        patch_ms=round(float(np.median([sum(t.values()) for t in times])), 1),
    )
    print(line(row), flush=True)
    return row


HEADING = (
    f"{'model':<9}{'steps':>6}{'60,0 deg':>10}{'round deg':>11}{'agreement':>11}"
    f"{'distance':>10}{'dit ms':>8}{'patch ms':>10}"
)


def line(row: StepsRow) -> str:
    """Return a row of the table as text, ready for a log."""
    agreement = "-" if row.agreement is None else f"{row.agreement:.0%}"
    return (
        f"{row.model:<9}{row.steps:>6}{row.error_60_deg:>10.1f}{row.error_round_deg:>11.1f}{agreement:>11}"
        f"{row.distance:>10.3f}{row.dit_ms:>8.1f}{row.patch_ms:>10.1f}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; returns 2 for an error that the user can fix."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation.probes.steps", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="folder with the weights (default: the shipped ones)")
    parser.add_argument("--student", type=Path, help="folder that 'train distil' wrote")
    parser.add_argument("--yamnet", type=Path, help="yamnet.safetensors with yamnet_class_map.csv beside it")
    parser.add_argument(
        "--takes", type=int, default=20, help="takes for each measurement, a quarter of them for distances"
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a take for the direction")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="also write the table to this file")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(arguments.threads)
    try:
        tagger = None if arguments.yamnet is None else Yamnet(arguments.yamnet)
        teacher = load_model(arguments.checkpoint, arguments.device)
        student = None if arguments.student is None else load_model(arguments.student, arguments.device)
        for model in filter(None, (teacher, student)):
            quicken(model)
        print(HEADING, flush=True)
        rows = measure(
            teacher, student, tagger, takes=arguments.takes, seconds=arguments.seconds, device=arguments.device
        )
        if arguments.json is not None:
            hashes = {"checkpoint": teacher.sha256, "student": None if student is None else student.sha256}
            table = json.dumps(hashes | {"rows": [asdict(row) for row in rows]}, indent=1)
            write_texts({arguments.json: table + "\n"})
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
