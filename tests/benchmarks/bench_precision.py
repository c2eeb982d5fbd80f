"""What bfloat16 costs and gives in the LocDiT, of the generator and of its distilled LocDiT. Run it by hand:

    python -m tests.benchmarks.bench_precision [--checkpoint DIR] [--steps N]

Prints the median time of an evaluation in float32 and in bfloat16 on one thread, their ratio, and how far the velocity
of one is from that of the other (share of its size), for made-up plans, contexts and points. A busy machine tells
neither time truly; only ratios of one run compare.
"""

import argparse
import copy
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from engine.model.generator.local_dit import CONTEXT_PATCHES, LocalDit
from engine.model.weights.checkpoint import load_model
from engine.model.weights.precision import rendering_dtype

_WARM_UP = 10


def main(argv: Sequence[str]) -> None:
    """Print a line for each LocDiT of a checkpoint."""
    parser = argparse.ArgumentParser(prog="bench_precision", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="checkpoint folder (default: the shipped one)")
    parser.add_argument("--steps", type=int, default=100, help="evaluations that are timed")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    print(f"patches are rendered in {rendering_dtype(torch.device('cpu'))} here")
    model = load_model(args.checkpoint)
    size = model.generator.spec.patch_latents
    report("flow step of three branches", model.generator.dit, 3, size, args.steps)
    if model.few_step is not None:
        report("few-step, one branch", model.few_step, 1, size, args.steps)


@torch.inference_mode()
def report(name: str, dit: LocalDit, branches: int, size: int, steps: int) -> None:
    """Time one LocDiT in both precisions and print a line."""
    g = torch.Generator().manual_seed(0)
    latent_dim = dit.embed.in_features
    h = torch.randn(branches, dit.plan.in_features, generator=g)
    context = torch.randn(branches, CONTEXT_PATCHES * size, latent_dim, generator=g)
    noisy, t = torch.randn(branches, size, latent_dim, generator=g), torch.tensor([0.3])
    both: list[tuple[float, Tensor]] = []
    for own in (dit, copy.deepcopy(dit).to(torch.bfloat16)):
        modulations = own.modulations(t, t if own.span is not None else None)
        both.append(timed(partial(own, h, context, noisy, modulations), steps))
    (before_ms, exact), (after_ms, near) = both
    off = float((near - exact).norm() / exact.norm())
    print(f"{name}: {before_ms:.1f} ms, {after_ms:.1f} ms, ratio {before_ms / after_ms:.2f}, velocity off by {off:.1%}")


def timed(work: Callable[[], Tensor], steps: int) -> tuple[float, Tensor]:
    """Return the median milliseconds of some work, and what it makes."""
    for _ in range(_WARM_UP):
        made = work()
    times = []
    for _ in range(steps):
        began = time.perf_counter()
        made = work()
        times.append(1_000.0 * (time.perf_counter() - began))
    return median(times), made


if __name__ == "__main__":
    main(sys.argv[1:])
