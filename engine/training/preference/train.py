"""Stage 4: online preference optimisation with several rewards (paper, "ODPO"). Resumable.

Every step draws inputs from the features, lets the current model make several takes of each as the streamer would, and
scores the sound (engine/evaluation/ranking/rank.py, fitted by `train rank-fit`). The best take of an input against its
worst is the pair of a preference loss against the frozen model of `--start` (loss.py). A share of the ordinary
loss on real latents keeps what was learned. All of it is computed in float32: the steps are too small for bfloat16.
With torchrun every process draws its own inputs, and gradients are averaged.

`--start` has to hold the codec that the features were made with. `--export DIR` writes the averaged weights and stops.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.contract.conventions import DEFAULT_FLOW_STEPS
from engine.contract.errors import CheckpointError
from engine.evaluation.ranking.model import load_rank_model
from engine.files.apart import keep_apart, weights_of
from engine.files.staging import whole_file
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import SamplerSettings
from engine.model.weights.checkpoint import LoadedModel, load_model, save_generator
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.loss import flow_loss, on_device
from engine.training.loop.begun_with import folder_begun_with
from engine.training.loop.checkpointing import STATE_FILE, WeightAverage
from engine.training.loop.fitting import LoopSettings, Metrics, TrainingState, run_loop
from engine.training.loop.options import RunOptions, add_run_options, read_options, require_at_least, stage_parser
from engine.training.loop.parallel import ProcessGroup, process_group
from engine.training.preference.rewards import RankReward
from engine.training.preference.step import OdpoOptions, odpo_step
from engine.training.reward.train import FILE as RANK_FILE

INPUT_DROPOUT = Dropout(text=0.05, video=0.4, direction=0.3, text_noise=0.0)
"""Missing conditions of inputs: less often than in stage 3, because only requested conditions can be preferred."""

_AVERAGE_DECAY = 0.99


@dataclass(frozen=True, kw_only=True)
class PreferenceOptions(RunOptions):
    """Options of `train odpo`; `inputs` counts per process and step, `patches` is the length of a take."""

    start: Path
    rank: Path | None = None
    export: Path | None = None
    total_steps: int = 200
    inputs: int = 2
    candidates: int = 8
    patches: int = 32
    steps: int = DEFAULT_FLOW_STEPS
    beta: float = 500.0
    rate: float = 1e-5
    updates: int = 4
    supervised: float = 0.1
    supervised_batch: int = 2

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        super().__post_init__()
        require_at_least(self, 1, "inputs", "patches", "steps", "supervised_batch")

    @property
    def rank_file(self) -> Path:
        """The scorer."""
        return self.rank or self.runs / "rank" / RANK_FILE


def main(argv: list[str]) -> None:
    """Run `train odpo`."""
    parser = stage_parser("odpo", __doc__)
    add_run_options(parser)
    parser.add_argument("--start", type=Path, required=True, help="checkpoint folder to begin with, and the reference")
    parser.add_argument("--rank", type=Path, help=f"the scorer (default: rank/{RANK_FILE} in --runs)")
    parser.add_argument("--export", type=Path, help="write the averaged weights into this folder and stop")
    parser.add_argument("--inputs", type=int, help="inputs per process and step")
    parser.add_argument("--candidates", type=int, help="takes per input")
    parser.add_argument("--patches", type=int, help="length of a take in patches of 160 ms")
    parser.add_argument("--steps", type=int, help="flow steps per patch")
    parser.add_argument("--beta", type=float)
    parser.add_argument("--updates", type=int, help="how often a step's pairs are learned from")
    parser.add_argument("--supervised", type=float, help="weight of the loss on real latents")
    parser.add_argument("--supervised-batch", type=int)
    options = read_options(parser, argv, PreferenceOptions)
    torch.set_num_threads(options.threads)
    if options.export is not None:
        keep_apart([options.export / "generator.safetensors"], {"file to begin with": weights_of(options.start)})
        print(f"{options.export}: {export(options.runs, options.start, options.export)} steps")
        return
    with process_group(options.device) as members:
        fit(options, members)


def fit(options: PreferenceOptions, members: ProcessGroup) -> None:
    """Train until the steps or the minutes are over; the leading process logs and saves."""
    device = members.device(options.device)
    start = load_model(options.start, str(device))
    codec = start.own_codec
    reward = RankReward(codec, load_rank_model(options.rank_file))
    pool = FeaturePool(options.runs / "features").narrow_to(start.generator.spec)
    sampler = SamplerSettings.on(codec, options.steps)
    of_step = OdpoOptions(options.candidates, sampler, options.beta, options.supervised, options.updates)
    reference = _generator_of(start)
    state = _resumed(options.runs, start, options.rate)
    model = state.model

    def supervised(generator: torch.Generator) -> Tensor:
        patches, conditions = pool.draw(options.supervised_batch, generator, Dropout(), options.patches)
        return flow_loss(model, patches.to(device), on_device(conditions, device), generator)

    def learn(step: int) -> Metrics:
        generator = torch.Generator().manual_seed(members.seed(step))
        _, drawn = pool.draw(options.inputs, generator, INPUT_DROPOUT, options.patches)
        conditions = on_device(drawn, device)
        return odpo_step(model, reference, state.optimiser, conditions, reward, of_step, generator, supervised, members)

    settings = LoopSettings(options.total_steps, options.minutes, log_every=1)
    run_loop(state, learn, settings, folder_of(options.runs, start) / STATE_FILE, members)


def export(runs: Path, start_folder: Path, folder: Path) -> int:
    """Write the averaged weights, with the codec and refiner of the start, as a checkpoint folder; returns the step.

    Raises CheckpointError if no step has been saved yet.
    """
    start = load_model(start_folder)
    path = folder_of(runs, start) / STATE_FILE
    if not path.is_file():
        raise CheckpointError(f"{path} is missing: run 'train odpo' first.")
    state = _resumed(runs, start, 0.0)
    save_generator(folder / "generator.safetensors", state.averaged(), note=f"{state.step} steps of ODPO")
    if folder.resolve() != start_folder.resolve():
        for name in ("codec.safetensors", "refiner.safetensors"):
            if (start_folder / name).is_file():
                with whole_file(folder / name) as staged:
                    shutil.copyfile(start_folder / name, staged)
    return state.step


def folder_of(runs: Path, start: LoadedModel) -> Path:
    """Return the run's folder, made if it does not exist.

    Raises CheckpointError if it was begun with other weights: its reference would no longer be the same.
    """
    return folder_begun_with(runs / f"odpo-{_generator_of(start).spec.name}", start.sha256)


def _resumed(runs: Path, start: LoadedModel, rate: float) -> TrainingState[Generator]:
    begun = _generator_of(start)
    model = Generator(begun.spec).to(next(begun.parameters()).device)  # a new one: it knows which parts stay frozen
    model.load_state_dict(begun.state_dict())
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.0)
    state = TrainingState(model, optimiser, WeightAverage(model, _AVERAGE_DECAY))
    state.resume(folder_of(runs, start) / STATE_FILE)
    return state


def _generator_of(start: LoadedModel) -> Generator:
    if start.generator.spec.distilled_steps:
        raise CheckpointError("This generator is distilled: ODPO comes before 'train distil'.")
    return start.generator


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
