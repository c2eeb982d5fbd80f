"""Stage 3: fit history encoder, LM and LocDiT by teacher forcing (paper, "Training stages", 2). Resumable.

As in the paper 60 % of the patches are rendered a step, and context and plan are dropped with 0.15 each, independently
a patch. The history that the model sees is noisy, absent or foreign (history_faults.py), so that it learns to go on
from its own imperfect output and to do what it is asked.

Several processes: `torchrun --nproc-per-node N -- main.py train generator ...` (parallel.py). A batch is `--batch`
montages a process, in `--accumulate` parts one after the other where memory is short; `--checkpoint-activations` and
`--shard` save more of it (README.md, "Training L on your own data").
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from engine.contract.errors import InvalidInputError
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.flow_matching import interpolate, velocity_target
from engine.model.generator.generator import Generator
from engine.model.generator.local_dit import CONTEXT_PATCHES
from engine.model.specs import PRESETS
from engine.model.weights.checkpoint import load_generator, save_generator
from engine.model.weights.precision import training_precision
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.history_faults import HistoryFaults, faulty_history
from engine.training.loop.checkpointing import WeightAverage, load_training, save_training
from engine.training.loop.log import note
from engine.training.loop.parallel import Team, gathering, team
from engine.training.loop.rate import set_rate
from engine.training.loop.sharding import divide, save_divided

KEPT_PATCHES = 0.6
DROP_CONTEXT = 0.15
DROP_PLAN = 0.15
_SAVE_EVERY_S = 240.0


def main(argv: list[str]) -> None:
    """Run `train generator`."""
    args = options(argv)
    torch.set_num_threads(args.threads)
    with team(args.device) as members:
        fit(args, members)


def options(argv: list[str]) -> argparse.Namespace:
    """Read the command line. Raises InvalidInputError."""
    parser = argparse.ArgumentParser(prog="train generator", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--also", type=Path, help="folder with more features beside those of --runs (RUNS/stage1)")
    parser.add_argument("--spec", choices=sorted(PRESETS), default="XS")
    parser.add_argument("--start", type=Path, help="begin with what fits of this checkpoint folder's generator")
    parser.add_argument("--svac", type=Path, help="svac.safetensors of 'train svac': how the model sees the film")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--total-steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=24, help="montages a process and step")
    parser.add_argument("--accumulate", type=int, default=1, help="parts of a batch, one after the other")
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--average-decay", type=float, default=0.999, help="of the weights that are exported")
    parser.add_argument("--checkpoint-activations", action="store_true", help="compute layers again when going back")
    parser.add_argument("--shard", action="store_true", help="divide weights and moments over the processes (torchrun)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args(argv)
    if args.accumulate < 1 or args.batch % args.accumulate:
        raise InvalidInputError(f"--batch {args.batch} does not divide into --accumulate {args.accumulate} parts.")
    if not 0.0 <= args.average_decay < 1.0:
        raise InvalidInputError(f"--average-decay {args.average_decay} is not between 0 and 1.")
    return args


def fit(args: argparse.Namespace, members: Team) -> None:
    """Train until the steps or the minutes are over; the leading process logs and saves."""
    if args.shard and members.size == 1:
        raise InvalidInputError("--shard divides the weights over several processes: start them with torchrun.")
    device = members.device(args.device)
    pool = FeaturePool(*(folder / "features" for folder in (args.runs, args.also) if folder is not None))
    if (found := pool.latents.shape[-1]) != (wanted := PRESETS[args.spec].latent_dim):
        raise InvalidInputError(
            f"These features have latents of {found}, the size {args.spec} needs {wanted}: make them with its codec."
        )
    torch.manual_seed(0)  # every process begins with the same weights
    model = Generator(PRESETS[args.spec]).to(device)
    if args.start is not None:
        start_from(model, args.start)
    if args.svac is not None:
        take_svac(model, args.svac)
    model.lm.recompute = model.dit.recompute = args.checkpoint_activations
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.02)
    average = WeightAverage(model, args.average_decay)
    path = args.runs / f"generator-{args.spec}" / "training.safetensors"
    step = load_training(path, model, average, optimiser)
    objective: nn.Module = FlowObjective(model)
    if args.shard:
        average, optimiser = divide(objective, model, average, optimiser, members)
    else:
        objective = members.share(objective)
    generator = torch.Generator()
    began = time.monotonic()
    saved = 0.0
    path.parent.mkdir(parents=True, exist_ok=True)
    losses: list[float] = []
    # Every process has to save and to stop at the same step: they agree on the time.
    while step < args.total_steps and (elapsed := members.mean(time.monotonic() - began)) < 60 * args.minutes:
        if elapsed - saved > _SAVE_EVERY_S:
            save(path, model, average, optimiser, step, members)
            saved = elapsed
        set_rate(optimiser, args.rate, step, args.total_steps)
        optimiser.zero_grad(set_to_none=True)
        for part in range(args.accumulate):
            generator.manual_seed(members.seed(step, part))
            patches, conditions = pool.draw(args.batch // args.accumulate, generator, Dropout())
            with gathering(objective, last=part == args.accumulate - 1):
                with training_precision(device):
                    loss = objective(patches.to(device), on_device(conditions, device), generator)
                (loss / args.accumulate).backward()
            losses.append(float(loss.detach()))
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step += 1
        average.update(model, step)
        if step % 25 == 0:
            mean = members.mean(float(np.mean(losses)))
            losses.clear()
            if members.leads:
                note(path.parent, {"step": step, "s": round(time.monotonic() - began, 1), "loss": round(mean, 4)})
    save(path, model, average, optimiser, step, members)


def save(
    path: Path, model: Generator, average: WeightAverage, optimiser: torch.optim.AdamW, step: int, members: Team
) -> None:
    """Write the training's state; every process calls it, for divided tensors have to be gathered first."""
    if any(isinstance(p, DTensor) for p in model.parameters()):
        save_divided(path, model, average, optimiser, step, members)
    elif members.leads:
        save_training(path, model, average, optimiser, step)


class FlowObjective(nn.Module):
    """The loss as a module's forward pass, which is where gradients of several processes are gathered."""

    def __init__(self, model: Generator) -> None:
        super().__init__()
        self.model = model

    def forward(self, patches: Tensor, conditions: Conditions, generator: torch.Generator) -> Tensor:
        """Return `flow_loss`."""
        return flow_loss(self.model, patches, conditions, generator)


def start_from(model: Generator, folder: Path) -> None:
    """Copy the weights that have the same name and shape; latents of another codec need new first and last layers."""
    count = take_fitting(model, load_generator(folder / "generator.safetensors"))
    print(f"{count} of {len(model.state_dict())} tensors begin as in {folder}", flush=True)


def take_fitting(model: Generator, earlier: Generator) -> int:
    """Copy the weights that have the same name and shape; returns how many tensors these are."""
    own = model.state_dict()
    fitting = {k: v for k, v in earlier.state_dict().items() if k in own and own[k].shape == v.shape}
    model.load_state_dict(own | fitting)
    return len(fitting)


def take_svac(model: Generator, path: Path) -> None:
    """Copy the film's encoder that `train svac` has aligned. Raises InvalidInputError where it does not fit."""
    encoder = model.conditions.svac
    try:
        weights = {k.removeprefix("video."): v for k, v in load_file(path).items() if k.startswith("video.")}
        if encoder is None:
            raise InvalidInputError(f"The size {model.spec.name} has no place for {path}: its svac_channels are 0.")
        encoder.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise InvalidInputError(f"{path} is not what 'train svac' writes for this size: run it again.") from error


def export(runs: Path, spec: str, folder: Path) -> int:
    """Write the averaged weights as generator.safetensors into a checkpoint folder; returns the step."""
    model = Generator(PRESETS[spec])
    average = WeightAverage(model)
    path = runs / f"generator-{spec}" / "training.safetensors"
    step = load_training(path, model, average, torch.optim.AdamW(model.parameters()))
    model.load_state_dict(average.values)
    save_generator(folder / "generator.safetensors", model, note=f"{step} steps")
    return step


def on_device(conditions: Conditions, device: torch.device) -> Conditions:
    """Return the conditions on a device."""
    return Conditions(**{k: v.to(device) for k, v in vars(conditions).items()})


def contexts(history: Tensor) -> Tensor:
    """Return for each patch of latents (B, T, P, D) the ones before it, (B, T, 2P, D); zeros at the start."""
    batch, length, size, dim = history.shape
    before = torch.cat([history.new_zeros(batch, CONTEXT_PATCHES, size, dim), history], dim=1)
    return torch.cat([before[:, k : k + length] for k in range(CONTEXT_PATCHES)], dim=2)


def flow_loss(
    model: Generator,
    patches: Tensor,
    conditions: Conditions,
    generator: torch.Generator,
    faults: HistoryFaults | None = None,
) -> Tensor:
    """Return the mean squared error of the velocity over the kept patches of latents (B, T, P, D)."""
    batch, count, size, dim = patches.shape
    device = patches.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator).to(device)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator).to(device)

    history, seen = faulty_history(patches, conditions.has_text, generator, faults)
    h = model.plan(history, conditions, seen)
    order = uniform(batch, count).argsort(dim=1)[:, : round(KEPT_PATCHES * count)]
    row = torch.arange(batch, device=device)[:, None]
    kept = order.numel()
    context = (contexts(history) * seen[..., None, None])[row, order].flatten(0, 1)
    context = context * (uniform(kept, 1, 1) >= DROP_CONTEXT)
    plan = h[row, order].flatten(0, 1) * (uniform(kept, 1) >= DROP_PLAN)
    x = patches[row, order].flatten(0, 1)
    noise, t = normal(kept, size, dim), uniform(kept)
    velocity = model.dit(plan, context, interpolate(x, noise, t), model.dit.modulations(t))
    return (velocity.float() - velocity_target(x, noise)).square().mean()


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
