"""Stage 3: fit history encoder, LM and LocDiT (loss.py has the loss). Resumable.

Several processes: `torchrun --nproc-per-node N -- main.py train generator ...` (parallel.py). A batch is `--batch`
montages per process, in `--accumulate` parts one after the other if memory is short; `--checkpoint-activations` and
`--shard` save more of it (README.md, "Training L on your own data").
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.contract.errors import InvalidInputError
from engine.model.generator.generator import Generator
from engine.model.specs import PRESETS, XS
from engine.model.weights.precision import training_precision
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.loss import FlowObjective, on_device
from engine.training.generator.start import start_from, take_svac
from engine.training.loop.checkpointing import STATE_FILE, WeightAverage
from engine.training.loop.fitting import LoopSettings, Metrics, TrainingState, apply_gradients, run_loop
from engine.training.loop.options import (
    FeatureOptions,
    add_also_option,
    add_run_options,
    read_options,
    require_at_least,
    require_shares,
    stage_parser,
)
from engine.training.loop.parallel import ProcessGroup, gathering, process_group
from engine.training.loop.rate import CosineRate
from engine.training.loop.sharding import divide


@dataclass(frozen=True, kw_only=True)
class GeneratorOptions(FeatureOptions):
    """Options of `train generator`; `batch` counts montages per process and step."""

    spec: str = "XS"
    start: Path | None = None
    svac: Path | None = None
    total_steps: int = 4000
    batch: int = 24
    accumulate: int = 1
    rate: float = 8e-4
    average_decay: float = 0.999
    added_weight: float = 1.0
    inner_share: float = 1.0
    text_dropout: float = Dropout.text
    video_dropout: float = Dropout.video
    checkpoint_activations: bool = False
    shard: bool = False

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        super().__post_init__()
        require_at_least(self, 1, "batch")
        if self.accumulate < 1 or self.batch % self.accumulate:
            raise InvalidInputError(f"--batch {self.batch} does not divide into --accumulate {self.accumulate} parts.")
        if not 0.0 <= self.average_decay < 1.0:
            raise InvalidInputError(f"--average-decay {self.average_decay} is not between 0 and 1.")
        require_shares(self, "text_dropout", "video_dropout")
        if not 0.0 < self.added_weight <= 1.0:
            raise InvalidInputError(f"--added-weight {self.added_weight} is not above 0 and at most 1.")
        if not 0.0 < self.inner_share <= 1.0:
            raise InvalidInputError(f"--inner-share {self.inner_share} is not above 0 and at most 1.")
        if self.inner_share != 1.0 and self.shard:
            raise InvalidInputError("--shard has one rate for all layers: leave out --inner-share.")
        if self.added_weight != 1.0 and not self.spec.startswith(XS.name):
            raise InvalidInputError(f"--added-weight is for the codec of XS: leave it out for the size {self.spec}.")


def main(argv: list[str]) -> None:
    """Run `train generator`."""
    options = parse_options(argv)
    torch.set_num_threads(options.threads)
    with process_group(options.device) as members:
        fit(options, members)


def parse_options(argv: list[str]) -> GeneratorOptions:
    """Read the command line. Raises InvalidInputError."""
    parser = stage_parser("generator", __doc__)
    add_run_options(parser)
    add_also_option(parser)
    parser.add_argument("--spec", choices=sorted(PRESETS))
    parser.add_argument(
        "--start", type=Path, help="begin with the matching weights of this checkpoint folder's generator"
    )
    parser.add_argument("--svac", type=Path, help="svac.safetensors of 'train svac': how the model sees the film")
    parser.add_argument("--batch", type=int, help="montages per process and step")
    parser.add_argument("--accumulate", type=int, help="parts of a batch, one after the other")
    parser.add_argument("--average-decay", type=float, help="of the weights that are exported")
    parser.add_argument(
        "--added-weight",
        type=float,
        help="weight in the loss of the partials that a codec adds to the codes of XS (default: 1)",
    )
    parser.add_argument(
        "--inner-share",
        type=float,
        help="share of the rate that layers get which neither read nor write latents (default: 1)",
    )
    parser.add_argument(
        "--text-dropout", type=float, help=f"share of the montages without words (default: {Dropout.text})"
    )
    parser.add_argument(
        "--video-dropout", type=float, help=f"share of the montages without their film (default: {Dropout.video})"
    )
    parser.add_argument("--checkpoint-activations", action="store_true", help="recompute layers in the backward pass")
    parser.add_argument("--shard", action="store_true", help="divide weights and moments over the processes (torchrun)")
    return read_options(parser, argv, GeneratorOptions)


def fit(options: GeneratorOptions, members: ProcessGroup) -> None:
    """Train until the steps or the minutes are over; the leading process logs and saves."""
    if options.shard and members.size == 1:
        raise InvalidInputError("--shard divides the weights over several processes: start them with torchrun.")
    device = members.device(options.device)
    pool = FeaturePool(*options.features).narrow_to(PRESETS[options.spec])
    model = begun_model(options).to(device)
    groups = rate_groups(model, options.inner_share)
    optimiser = torch.optim.AdamW(groups, lr=options.rate, betas=(0.9, 0.98), weight_decay=0.02)
    average = WeightAverage(model, options.average_decay)
    state = TrainingState(model, optimiser, average)
    path = options.runs / f"generator-{options.spec}" / STATE_FILE
    state.resume(path)
    objective: nn.Module = FlowObjective(model, options.added_weight)
    if options.shard:
        state.average, state.optimiser = divide(objective, model, average, optimiser, members)
    else:
        objective = members.share(objective)
    generator = torch.Generator()
    dropout = Dropout(text=options.text_dropout, video=options.video_dropout)

    def learn(step: int) -> Metrics:
        state.optimiser.zero_grad(set_to_none=True)
        losses = []
        for part in range(options.accumulate):
            generator.manual_seed(members.seed(step, part))
            patches, conditions = pool.draw(options.batch // options.accumulate, generator, dropout)
            with gathering(objective, last=part == options.accumulate - 1):
                with training_precision(device):
                    loss = objective(patches.to(device), on_device(conditions, device), generator)
                (loss / options.accumulate).backward()
            losses.append(loss.detach())
        apply_gradients(state.optimiser, model.parameters(), 1.0)
        return {"loss": torch.stack(losses).mean()}

    rate = CosineRate(options.rate, options.total_steps)
    run_loop(state, learn, LoopSettings(options.total_steps, options.minutes, rate, log_every=25), path, members)


def rate_groups(model: Generator, inner_share: float) -> list[dict[str, Any]]:
    """Return the parameters as one group, or as two: what reads or writes latents, and the rest at its share.

    After `train change-codec`, the first of them has much to learn and the second little to unlearn.
    """
    if inner_share == 1.0:
        return [{"params": list(model.parameters())}]
    echo = [layer for layer in (model.echo, model.dit.spread) if layer is not None]
    outer = [
        parameter
        for layer in (model.history.embed, model.dit.embed, model.dit.velocity, *echo)
        for parameter in layer.parameters()
    ]
    known = {id(parameter) for parameter in outer}
    inner = [parameter for parameter in model.parameters() if id(parameter) not in known]
    return [{"params": outer}, {"params": inner, "share": inner_share}]


def begun_model(options: GeneratorOptions) -> Generator:
    """Return the model as a run begins with it: the same weights in every process."""
    torch.manual_seed(0)
    model = Generator(PRESETS[options.spec])
    if options.start is not None:
        start_from(model, options.start)
    if options.svac is not None:
        take_svac(model, options.svac)
    model.lm.recompute = model.dit.recompute = options.checkpoint_activations
    return model


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
