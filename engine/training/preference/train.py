"""Stage 4: online preference optimisation with several rewards (paper, "ODPO"). Resumable.

Every step draws inputs from the features, lets the current model make several takes of each as the streamer would, and
scores what is heard (engine/training/reward/rank.py, fitted by `train rank-fit`). The best take of an input against its
worst is the pair of a preference loss against the frozen model of `--start` (loss.py). A share of the ordinary
loss on real latents keeps what was learned. All of it is computed in float32: the steps are smaller than bfloat16 can
tell apart. With torchrun every process draws its own inputs, and gradients are averaged.

`--start` has to hold the codec that the features were made with. `--export DIR` writes the averaged weights and stops.
"""

import argparse
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.contract.conventions import DEFAULT_FLOW_STEPS
from engine.contract.errors import CheckpointError, InvalidInputError
from engine.files.apart import keep_apart, weights_of
from engine.files.staging import whole_file, write_texts
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.flow_matching import SamplerSettings
from engine.model.generator.generator import Generator
from engine.model.weights.checkpoint import LoadedModel, load_model, save_generator
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.sampling import sample_takes
from engine.training.generator.train import KEPT_PATCHES, flow_loss, on_device
from engine.training.loop.checkpointing import WeightAverage, load_training, save_training
from engine.training.loop.log import note
from engine.training.loop.parallel import Team, team
from engine.training.preference.loss import draw_probe, preference_loss
from engine.training.preference.rewards import RankReward, Reward
from engine.training.reward.model import load_rank_model
from engine.training.reward.rank import Scores
from engine.training.reward.train import FILE as RANK_FILE

INPUT_DROPOUT = Dropout(text=0.05, video=0.4, direction=0.3, text_noise=0.0)
"""What inputs lack: less often than in stage 3, for what was not asked for cannot be preferred."""

_AVERAGE_DECAY = 0.99
_SAVE_EVERY_S = 240.0
_ALONE = Team()

Supervised = Callable[[torch.Generator], Tensor]
"""The loss on real latents."""


@dataclass(frozen=True)
class OdpoOptions:
    """`candidates` takes an input, `sampler` as the streamer's; `beta` of the preference, `supervised` of the rest.

    Making takes costs far more than learning from them: every pair is learned from `updates` times, each at other
    patches, flow times and noise.
    """

    candidates: int
    sampler: SamplerSettings
    beta: float
    supervised: float
    updates: int = 1

    def __post_init__(self) -> None:
        """Check that there can be pairs, and that they are learned from."""
        if self.candidates < 2:
            raise InvalidInputError("Preferring needs at least two candidates an input: set --candidates to 2 or more.")
        if self.updates < 1:
            raise InvalidInputError("Every pair is learned from at least once: set --updates to 1 or more.")


def main(argv: list[str]) -> None:
    """Run `train odpo`."""
    parser = argparse.ArgumentParser(prog="train odpo", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--start", type=Path, required=True, help="checkpoint folder to begin with, and the reference")
    parser.add_argument("--rank", type=Path, help=f"the scorer (default: rank/{RANK_FILE} in --runs)")
    parser.add_argument("--export", type=Path, help="write the averaged weights into this folder and stop")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--total-steps", type=int, default=200)
    parser.add_argument("--inputs", type=int, default=2, help="inputs a process and step")
    parser.add_argument("--candidates", type=int, default=8, help="takes an input")
    parser.add_argument("--patches", type=int, default=32, help="length of a take in patches of 160 ms")
    parser.add_argument("--steps", type=int, default=DEFAULT_FLOW_STEPS, help="flow steps a patch")
    parser.add_argument("--beta", type=float, default=500.0)
    parser.add_argument("--rate", type=float, default=1e-5)
    parser.add_argument("--updates", type=int, default=4, help="how often a step's pairs are learned from")
    parser.add_argument("--supervised", type=float, default=0.1, help="weight of the loss on real latents")
    parser.add_argument("--supervised-batch", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    if args.export is not None:
        keep_apart([args.export / "generator.safetensors"], {"file to begin with": weights_of(args.start)})
        print(f"{args.export}: {export(args.runs, args.start, args.export)} steps")
        return
    with team(args.device) as members:
        fit(args, members)


def fit(args: argparse.Namespace, members: Team) -> None:
    """Train until the steps or the minutes are over; the leading process logs and saves."""
    device = members.device(args.device)
    start = load_model(args.start, str(device))
    reward = RankReward(start.codec, load_rank_model(args.rank or args.runs / "rank" / RANK_FILE))
    pool = FeaturePool(args.runs / "features")
    sampler = SamplerSettings.on(start.codec, args.steps)
    options = OdpoOptions(args.candidates, sampler, args.beta, args.supervised, args.updates)
    reference = _generator_of(start)
    if pool.latents.shape[2] != reference.spec.latent_dim:
        raise InvalidInputError("The features were made with another codec than that of --start: make them again.")
    model, optimiser, average, step = _resumed(args.runs, start, args.rate)

    def supervised(generator: torch.Generator) -> Tensor:
        patches, conditions = pool.draw(args.supervised_batch, generator, Dropout(), args.patches)
        return flow_loss(model, patches.to(device), on_device(conditions, device), generator)

    folder = folder_of(args.runs, start)
    began = saved = time.monotonic()
    while step < args.total_steps and members.mean(time.monotonic() - began) < 60 * args.minutes:
        generator = torch.Generator().manual_seed(members.seed(step))
        _, conditions = pool.draw(args.inputs, generator, INPUT_DROPOUT, args.patches)
        line = odpo_step(
            model, reference, optimiser, on_device(conditions, device), reward, options, generator, supervised, members
        )
        step += 1
        average.update(model, step)
        if members.leads:
            note(folder, {"step": step, "s": round(time.monotonic() - began, 1)} | line)
            if time.monotonic() - saved > _SAVE_EVERY_S:
                save_training(_state_file(folder), model, average, optimiser, step)
                saved = time.monotonic()
    if members.leads:
        save_training(_state_file(folder), model, average, optimiser, step)


def odpo_step(
    model: Generator,
    reference: Generator,
    optimiser: torch.optim.Optimizer,
    conditions: Conditions,
    reward: Reward,
    options: OdpoOptions,
    generator: torch.Generator,
    supervised: Supervised | None = None,
    members: Team = _ALONE,
) -> dict[str, float]:
    """Sample and score takes of inputs (B, T, ...), and learn from them `options.updates` times.

    Returns the line of the log, means over `members`.
    `accuracy` is the share of pairs in which the model prefers the better take more than the reference does (as yet
    equal: a half), before this step's change.
    """
    takes = sample_takes(model, conditions, options.candidates, options.sampler, generator)
    scores = reward(takes, conditions)
    totals = torch.tensor([[s.total for s in row] for row in scores])
    best, worst = totals.argmax(dim=1), totals.argmin(dim=1)
    row = torch.arange(len(totals))
    margin = totals[row, best] - totals[row, worst]
    pairs = row[margin > 0]
    line = _means(scores) | {"best": float(totals[row, best].mean()), "margin": float(margin.mean())}
    model.train()
    of_pairs = Conditions(**{key: value[pairs] for key, value in vars(conditions).items()})
    better, worse = takes[pairs, best[pairs]], takes[pairs, worst[pairs]]
    for _ in range(options.updates):
        told: dict[str, float] = {}
        optimiser.zero_grad(set_to_none=True)
        if len(pairs):
            probe = draw_probe(better, KEPT_PATCHES, generator)
            result = preference_loss(model, reference, better, worse, of_pairs, probe, options.beta)
            result.loss.backward()
            right = (result.preferred > 0).float() + 0.5 * (result.preferred == 0).float()
            told |= {"loss": float(result.loss.detach()), "accuracy": float(right.mean())}
        if supervised is not None and options.supervised > 0:
            real = supervised(generator)
            (options.supervised * real).backward()
            told["supervised"] = float(real.detach())
        line = told | line  # what was there before the first update stays
        members.average_gradients(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    return {key: round(value, 4) for key, value in members.mean_of_each(line).items()}


def export(runs: Path, start_folder: Path, folder: Path) -> int:
    """Write the averaged weights and the codec of the start as a checkpoint folder; returns the step.

    Raises CheckpointError where no step has been saved yet.
    """
    start = load_model(start_folder)
    path = _state_file(folder_of(runs, start))
    if not path.is_file():
        raise CheckpointError(f"{path} is missing: run 'train odpo' first.")
    model, _, average, step = _resumed(runs, start, 0.0)
    model.load_state_dict(average.values)
    save_generator(folder / "generator.safetensors", model, note=f"{step} steps of ODPO")
    if folder.resolve() != start_folder.resolve():
        with whole_file(folder / "codec.safetensors") as staged:
            shutil.copyfile(start_folder / "codec.safetensors", staged)
    return step


def folder_of(runs: Path, start: LoadedModel) -> Path:
    """Return the run's folder, made where it is not there.

    Raises CheckpointError where it was begun with other weights: its reference would no longer be the same.
    """
    folder = runs / f"odpo-{_generator_of(start).spec.name}"
    folder.mkdir(parents=True, exist_ok=True)
    begun_with = folder / "start.sha256"
    if not begun_with.is_file():
        write_texts({begun_with: start.sha256})  # whole at once: several processes begin together
    if begun_with.read_text() != start.sha256:
        raise CheckpointError(f"{folder} was begun with other weights: give those with --start, or move the folder.")
    return folder


def _resumed(
    runs: Path, start: LoadedModel, rate: float
) -> tuple[Generator, torch.optim.Optimizer, WeightAverage, int]:
    begun = _generator_of(start)
    model = Generator(begun.spec).to(next(begun.parameters()).device)  # made anew: it knows which parts stay frozen
    model.load_state_dict(begun.state_dict())
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.0)
    average = WeightAverage(model, _AVERAGE_DECAY)
    step = load_training(_state_file(folder_of(runs, start)), model, average, optimiser)
    return model, optimiser, average, step


def _generator_of(start: LoadedModel) -> Generator:
    if start.generator is None:
        raise CheckpointError("This checkpoint has no generator: ODPO begins with one.")
    if start.generator.spec.distilled_steps:
        raise CheckpointError("This generator is distilled: ODPO comes before 'train distil'.")
    return start.generator


def _state_file(folder: Path) -> Path:
    return folder / "training.safetensors"


def _means(scores: list[list[Scores]]) -> dict[str, float]:
    """Return the mean of the total and of every score over all takes that have it."""
    every = [s for row in scores for s in row]
    columns = {
        "reward": [s.total for s in every],
        "spatial": [s.spatial for s in every if s.spatial is not None],
        "semantic": [s.semantic for s in every if s.semantic is not None],
        "fidelity": [s.fidelity for s in every],
    }
    return {name: float(np.mean(values)) for name, values in columns.items() if values}


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
