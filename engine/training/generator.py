"""Stage 3: fit history encoder, LM and LocDiT by teacher forcing (paper, "Training stages", 2). Resumable.

As in the paper 60 % of the patches are rendered a step, and context and plan are dropped with 0.15 each, independently
a patch. The history that the model sees is noisy, so that it learns to go on from its own imperfect output.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.model.checkpoint import load_generator, save_generator
from engine.model.conditioning import Conditions
from engine.model.flow_matching import interpolate, velocity_target
from engine.model.generator import Generator
from engine.model.local_dit import CONTEXT_PATCHES
from engine.model.specs import PRESETS
from engine.training.checkpointing import WeightAverage, load_training, save_training
from engine.training.codec import set_rate
from engine.training.generator_data import Dropout, FeaturePool

KEPT_PATCHES = 0.6
DROP_CONTEXT = 0.15
DROP_PLAN = 0.15


def main(argv: list[str]) -> None:
    """Run `train generator`."""
    parser = argparse.ArgumentParser(prog="train generator", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--spec", choices=sorted(PRESETS), default="XS")
    parser.add_argument("--start", type=Path, help="begin with what fits of this checkpoint folder's generator")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--total-steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    device = torch.device(args.device)
    pool = FeaturePool(args.runs / "features")
    model = Generator(PRESETS[args.spec]).to(device)
    if args.start is not None:
        start_from(model, args.start)
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.02)
    average = WeightAverage(model)
    path = args.runs / f"generator-{args.spec}" / "training.safetensors"
    step = load_training(path, model, average, optimiser)
    generator = torch.Generator().manual_seed(step + 1)
    began = saved = time.monotonic()
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / "log.jsonl").open("a") as log:
        losses: list[float] = []
        while step < args.total_steps and time.monotonic() - began < 60 * args.minutes:
            set_rate(optimiser, args.rate, step, args.total_steps)
            patches, conditions = pool.draw(args.batch, generator, Dropout())
            with torch.autocast(device.type, dtype=torch.bfloat16):
                loss = flow_loss(model, patches.to(device), on_device(conditions, device), generator)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            average.update(model, step)
            losses.append(float(loss.detach()))
            if step % 25 == 0:
                line = {"step": step, "s": round(time.monotonic() - began, 1), "loss": round(float(np.mean(losses)), 4)}
                print(line, flush=True)
                log.write(json.dumps(line) + "\n")
                log.flush()
                losses.clear()
            if time.monotonic() - saved > 240:
                save_training(path, model, average, optimiser, step)
                saved = time.monotonic()
    save_training(path, model, average, optimiser, step)


def start_from(model: Generator, folder: Path) -> None:
    """Copy the weights that have the same name and shape; latents of another codec need new first and last layers."""
    earlier = load_generator(folder / "generator.safetensors").state_dict()
    own = model.state_dict()
    fitting = {k: v for k, v in earlier.items() if k in own and own[k].shape == v.shape}
    model.load_state_dict(own | fitting)
    print(f"{len(fitting)} of {len(own)} tensors begin as in {folder}", flush=True)


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


def flow_loss(model: Generator, patches: Tensor, conditions: Conditions, generator: torch.Generator) -> Tensor:
    """Return the mean squared error of the velocity over the kept patches of latents (B, T, P, D)."""
    batch, count, size, dim = patches.shape
    device = patches.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator).to(device)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator).to(device)

    roughness = Dropout().history_noise * uniform(batch, 1, 1, 1) * uniform(batch, 1, 1, 1)
    history = patches + roughness * normal(batch, count, size, dim)
    h = model.plan(history, conditions)
    order = uniform(batch, count).argsort(dim=1)[:, : round(KEPT_PATCHES * count)]
    row = torch.arange(batch, device=device)[:, None]
    before = torch.cat([patches.new_zeros(batch, CONTEXT_PATCHES, size, dim), history], dim=1)
    context = torch.cat([before[row, order + k] for k in range(CONTEXT_PATCHES)], dim=2).flatten(0, 1)
    kept = order.numel()
    context = context * (uniform(kept, 1, 1) >= DROP_CONTEXT)
    plan = h[row, order].flatten(0, 1) * (uniform(kept, 1) >= DROP_PLAN)
    x = patches[row, order].flatten(0, 1)
    noise, t = normal(kept, size, dim), uniform(kept)
    velocity = model.dit(plan, context, interpolate(x, noise, t), model.dit.modulations(t))
    return (velocity.float() - velocity_target(x, noise)).square().mean()


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
