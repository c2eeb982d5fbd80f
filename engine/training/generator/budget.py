"""Estimates the cost of training a generator in advance: parameters, bytes, operations, hours.

    python -m engine.training.generator.budget --spec L --batch B --gpus N

The real training step runs on tensors without contents (torch's FakeTensorMode, bfloat16 autocast as in `train
generator`) and is counted: models with one and two layers give the cost of a layer, so no depth takes long. A GPU has

- weights and EMA: 4 bytes per parameter each; gradients 4 and AdamW's moments 8 bytes per learning parameter;
  `--shard` divides these by N
- activations: what autograd keeps for the backward pass of a part of the batch, bfloat16 copies of the weights among it
- with `--checkpoint-activations`: what is kept outside the layers, inputs of every layer (4 bytes x tokens x width; for
  the LocDiT also 2 x patches x 6 x width of modulation), bfloat16 copies of the weights, and one whole layer
- operations per step: 2 per multiply-add, forward and backward; checkpointing adds the layers' forward pass once more
- hours: steps x operations / (MFU x the GPU's peak); every GPU computes a separate batch at the same time

Not counted: the allocator's slack, the exchange between GPUs, reading features. CPU kernels are counted: a GPU's may
keep less.
"""

import argparse
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from engine.model.conditioning.conditions import Conditions
from engine.model.generator.generator import Generator
from engine.model.generator.local_dit import CONTEXT_PATCHES
from engine.model.specs import PRESETS, GeneratorSpec
from engine.training.generator.data import SEQUENCE_PATCHES
from engine.training.generator.loss import KEPT_PATCHES, flow_loss
from engine.training.loop.options import read_options, require_at_least

_GIB = 2.0**30


@dataclass(frozen=True)
class Cost:
    """Operations forward and in all, and bytes kept for the backward pass, of one part of a batch."""

    forward_flop: float
    flop: float
    kept_bytes: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(a + b for a, b in zip(self._all, other._all, strict=True)))

    def __sub__(self, other: "Cost") -> "Cost":
        return self + other.times(-1)

    def times(self, count: int) -> "Cost":
        """Return the cost of several of these."""
        return Cost(*(count * a for a in self._all))

    @property
    def _all(self) -> tuple[float, float, float]:
        return self.forward_flop, self.flop, self.kept_bytes


@dataclass(frozen=True)
class Budget:
    """Parameters by part, how many learn, and the costs of a step as it is and with layers computed again."""

    parts: dict[str, int]
    learning: int
    plain: Cost
    checkpointed: Cost

    @property
    def parameters(self) -> int:
        """All of them."""
        return sum(self.parts.values())

    def state_bytes(self, shards: int = 1) -> dict[str, float]:
        """Return the bytes of weights, gradients, moments and EMA on a GPU, divided over `shards`."""
        every, learning = self.parameters / shards, self.learning / shards
        return {"weights": 4 * every, "gradients": 4 * learning, "AdamW moments": 8 * learning, "EMA": 4 * every}


def budget(spec: GeneratorSpec, batch: int, patches: int = SEQUENCE_PATCHES) -> Budget:
    """Count a training step of `batch` montages of a size."""
    with torch.device("meta"):
        whole = Generator(spec)
    parts = {name: sum(p.numel() for p in part.parameters()) for name, part in whole.named_children()}
    learning = sum(p.numel() for p in whole.parameters() if p.requires_grad)
    one = step_cost(replace(spec, lm_layers=1, dit_layers=1), batch, patches)
    lm = step_cost(replace(spec, lm_layers=2, dit_layers=1), batch, patches) - one
    dit = step_cost(replace(spec, lm_layers=1, dit_layers=2), batch, patches) - one
    # LocDiT's last layer makes the noisy latents alone.
    last = one - step_cost(replace(spec, lm_layers=1, dit_layers=0), batch, patches)
    outside = one - lm - dit
    plain = outside + lm.times(spec.lm_layers) + dit.times(spec.dit_layers)
    rendered = batch * round(KEPT_PATCHES * patches)
    tokens = rendered * (1 + (CONTEXT_PATCHES + 1) * spec.patch_latents)
    layers = [*whole.lm.layers, *whole.dit.layers]
    kept = (
        outside.kept_bytes
        + spec.lm_layers * 4 * batch * patches * spec.dim
        + spec.dit_layers * (4 * tokens + 2 * 6 * rendered) * spec.dim
        + 2 * sum(p.numel() for layer in layers for p in layer.parameters())
        + max(lm.kept_bytes, dit.kept_bytes)
    )
    again = lm.forward_flop * spec.lm_layers + dit.forward_flop * (spec.dit_layers - 1) + last.forward_flop
    return Budget(parts, learning, plain, Cost(plain.forward_flop, plain.flop + again, kept))


def step_cost(spec: GeneratorSpec, batch: int, patches: int) -> Cost:
    """Count one step of a model without computing it."""
    sizes: dict[int, int] = {}
    kept: list[Tensor] = []  # held, so that no storage gets the number of an earlier one

    def keep(value: Tensor) -> Tensor:
        storage = value.untyped_storage()
        if storage._cdata not in weights:
            sizes[storage._cdata] = storage.nbytes()
            kept.append(value)
        return value

    with FakeTensorMode(), FlopCounterMode(display=False) as counter:
        model = Generator(spec)
        weights = {p.untyped_storage()._cdata for p in model.parameters()}
        latents, conditions = drawn_like(spec, batch, patches)
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = flow_loss(model, latents, conditions, torch.Generator())
        forward = counter.get_total_flops()
        loss.backward()
        return Cost(forward, counter.get_total_flops(), sum(sizes.values()))


def drawn_like(spec: GeneratorSpec, batch: int, patches: int) -> tuple[Tensor, Conditions]:
    """Return latents and conditions of the shapes that FeaturePool draws."""
    flag = torch.ones(batch, patches)
    conditions = Conditions(
        text=torch.zeros(batch, patches, spec.text_dim),
        has_text=flag,
        video=torch.zeros(batch, patches, spec.video_channels, 8, 16),
        has_video=flag,
        direction=torch.zeros(batch, patches, 3),
        has_direction=flag,
    )
    return torch.zeros(batch, patches, spec.patch_latents, spec.latent_dim), conditions


@dataclass(frozen=True, kw_only=True)
class BudgetOptions:
    """What is asked for: a size, a batch per GPU and step, and how fast the GPUs are."""

    spec: str = "L"
    batch: int = 8
    accumulate: int = 1
    gpus: int = 8
    steps: int = 600_000
    mfu: float = 0.35
    peak_tflops: float = 989.0

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        require_at_least(self, 1, "accumulate", "gpus", "steps")
        require_at_least(self, self.accumulate, "batch")


def report(found: Budget, options: BudgetOptions) -> str:
    """Return the budget as text."""
    lines = [f"{options.spec}: {found.parameters / 1e6:,.1f} M parameters, {found.learning / 1e6:,.1f} M of them learn"]
    lines += [f"  {name:<12}{count / 1e6:10,.1f} M" for name, count in found.parts.items()]
    divided = found.state_bytes(options.gpus)
    lines.append(f"\nGiB on every GPU{'whole':>18}{f'--shard, {options.gpus} GPUs':>20}")
    for name, size in found.state_bytes().items():
        lines.append(f"  {name:<20}{size / _GIB:12.1f}{divided[name] / _GIB:20.1f}")
    whole, shards = sum(found.state_bytes().values()), sum(divided.values())
    part = options.batch // options.accumulate
    for name, cost in (("remembered", found.plain), ("checkpointed", found.checkpointed)):
        kept = cost.kept_bytes
        lines.append(f"  activations of {part} montages, {name}: {kept / _GIB:.1f}")
        lines.append(f"  {'in all':<20}{(whole + kept) / _GIB:12.1f}{(shards + kept) / _GIB:20.1f}")
    lines.append(f"\n{options.steps:,} steps of {options.batch} montages on each of {options.gpus} GPUs")
    lines.append(f"  at {options.mfu:.0%} of {options.peak_tflops:g} TFLOP/s:")
    for name, cost in (("remembered", found.plain), ("checkpointed", found.checkpointed)):
        flop = cost.flop * options.accumulate
        seconds = flop / (options.mfu * options.peak_tflops * 1e12)
        lines.append(
            f"  {name:<14}{flop / 1e12:8.1f} TFLOP per step, {seconds:.3f} s, {seconds * options.steps / 3600:,.0f} h"
        )
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    """Print the budget of a size."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.training.generator.budget",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--spec", choices=sorted(PRESETS))
    parser.add_argument("--batch", type=int, help="montages per GPU and step")
    parser.add_argument("--accumulate", type=int, help="parts of a batch")
    parser.add_argument("--gpus", type=int)
    parser.add_argument("--steps", type=int, help="default: the paper's for L")
    parser.add_argument("--mfu", type=float, help="share of the peak that is reached; assumed")
    parser.add_argument("--peak-tflops", type=float, help="bfloat16, dense, of one GPU (H100 SXM: 989)")
    options = read_options(parser, argv, BudgetOptions)
    print(report(budget(PRESETS[options.spec], options.batch // options.accumulate), options))


if __name__ == "__main__":
    main()
