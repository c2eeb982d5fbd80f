"""How fast the model of a size runs on a GPU, stage by stage, beside the least time that its weights take to be read.

    python -m tests.benchmarks.gpu [--size L] [--device cuda] [--lanes 1,2,4,8,16] [--steps 5] [--limit-s 420]

The weights are random: this times a size, it makes no sound to listen to. On a GPU everything is bfloat16 and each
stage is a CUDA graph: all shapes are fixed, because keys and values lie in rings. On a CPU it runs TINY in float32
without graphs, to show that the script works, and says so. `floor` is the bytes of the stage's weights over the
bandwidth of a copy measured in the same run; first audio is one whole patch, without words and film to read.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

import torch
from torch import Tensor, nn

from engine.contract.conventions import PATCH_S
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.conditions import Conditions
from engine.model.conditioning.svac import GRID_COLUMNS, GRID_ROWS
from engine.model.generator.flow_matching import cosine_grid
from engine.model.generator.generator import Generator
from engine.model.generator.local_dit import CONTEXT_PATCHES
from engine.model.specs import PRESETS, TINY, TINY_CODEC, GeneratorSpec, XsCodecSpec

_BRANCHES = 3
"""Guidance evaluates the flow with everything, without the words, and without the plan."""
_WARM_UP, _RUNS = 3, 20
_COPIED_BYTES = 2**30
_CPU_COPIED_BYTES = 2**27


Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True)
class Stage:
    """A stage of a patch: what runs, how often, and the bytes of weights that one run reads."""

    name: str
    run: Callable[[], object]
    times: int
    weight_bytes: int


def main(argv: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="gpu", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", default="L", choices=sorted(PRESETS), help="size of the generator")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--lanes", default="1,2,4,8,16", help="numbers of lanes, one table row each")
    parser.add_argument("--steps", type=int, default=5, help="flow steps per patch")
    parser.add_argument("--limit-s", type=float, default=420.0, help="begin no row after so many seconds")
    args = parser.parse_args(argv)
    began = time.monotonic()
    device = torch.device(args.device)
    on_gpu = device.type == "cuda"
    if not on_gpu:
        print("No GPU here: TINY in float32 without graphs, to show that the script works. Its figures mean nothing.")
        torch.set_num_threads(1)
    spec = PRESETS[args.size] if on_gpu else TINY
    codec_spec = TINY_CODEC if spec is TINY else XsCodecSpec(spec.latent_dim, direction_codes=3, level_code=True)
    bandwidth = copy_bandwidth(device)
    name = torch.cuda.get_device_name(device) if on_gpu else "CPU"
    print(f"{name}, torch {torch.__version__}; a copy moves {bandwidth / 1e9:.0f} GB/s")
    generator = built(lambda: Generator(spec), device, torch.bfloat16 if on_gpu else torch.float32)
    codec = built(lambda: XsFoaVae(codec_spec), device, torch.float32)
    count = sum(p.numel() for p in generator.parameters())
    print(f"{spec.name}: {count / 1e6:.0f} M in the generator, codec in float32; {args.steps} steps, medians in ms\n")
    print("lanes     plan (floor)   one step (floor)   decode    patch  real-time factor")
    for lanes in (int(part) for part in args.lanes.split(",")):
        if time.monotonic() - began > args.limit_s:
            print(f"The limit of {args.limit_s:.0f} s is reached: no row for {lanes} lanes.")
            break
        print(row(generator, codec, spec, lanes, args.steps, bandwidth, device), flush=True)


@torch.inference_mode()
def row(
    generator: Generator,
    codec: XsFoaVae,
    spec: GeneratorSpec,
    lanes: int,
    steps: int,
    bandwidth: float,
    device: torch.device,
) -> str:
    """Return the table's row of a number of lanes."""
    stages = stages_of(generator, codec, spec, lanes, steps, device)
    times_ms = {stage.name: timed_ms(stage.run, device) for stage in stages}
    floors = {stage.name: 1_000.0 * stage.weight_bytes / bandwidth for stage in stages}
    patch = sum(times_ms[stage.name] * stage.times for stage in stages)
    return (
        f"{lanes:5} {times_ms['plan']:8.2f} ({floors['plan']:5.2f}) {times_ms['step']:10.2f} ({floors['step']:5.2f}) "
        f"{times_ms['decode']:8.2f} {patch:8.2f} {patch / (1_000.0 * PATCH_S):17.3f}"
    )


def stages_of(
    generator: Generator, codec: XsFoaVae, spec: GeneratorSpec, lanes: int, steps: int, device: torch.device
) -> list[Stage]:
    """Return the stages of a patch, each on inputs of its own that stay where they are."""
    dtype = generator.history.start.dtype

    def drawn(*shape: int) -> Tensor:
        return torch.randn(*shape, device=device, dtype=dtype)

    ones = torch.ones(lanes, 1, device=device, dtype=dtype)
    conditions = Conditions(
        drawn(lanes, 1, spec.text_dim),
        ones,
        drawn(lanes, 1, spec.video_channels, GRID_ROWS, GRID_COLUMNS),
        ones,
        drawn(lanes, 1, 3),
        ones,
    )
    film, state = drawn(lanes, 1, spec.dim), generator.initial_state(lanes)

    def plan() -> object:
        return generator.plan_step(conditions, state, film=film)[0].conditional

    t = cosine_grid(steps, device)[1:2]
    modulations = tuple(m.to(dtype) for m in generator.dit.modulations(t))
    patch = (spec.patch_latents, spec.latent_dim)
    rows = _BRANCHES * lanes
    h, context, noisy = drawn(rows, spec.dim), drawn(rows, CONTEXT_PATCHES * patch[0], patch[1]), drawn(rows, *patch)

    def step() -> object:
        return generator.dit(h, context, noisy, modulations)

    latents, decoder = torch.randn(lanes, *patch, device=device), codec.initial_state(lanes)

    def decode() -> object:
        return codec.decode_step(latents[..., : codec.latent_dim], decoder)[0]

    read = size_bytes(generator.history, generator.lm, generator.conditions.text, generator.conditions.direction)
    # The decoder depends on its data here and there, so it is not captured.
    return [
        Stage("plan", captured(plan, device), 1, read),
        Stage("step", captured(step, device), steps, size_bytes(generator.dit) - modulation_bytes(generator)),
        Stage("decode", decode, 1, size_bytes(codec)),
    ]


def captured(run: Callable[[], object], device: torch.device) -> Callable[[], object]:
    """Return a function that replays `run` as a CUDA graph; on a CPU, `run` itself."""
    if device.type != "cuda":
        return run
    stream = torch.cuda.Stream(device)
    stream.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(stream):
        for _ in range(_WARM_UP):
            run()
    torch.cuda.current_stream(device).wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay


def timed_ms(run: Callable[[], object], device: torch.device) -> float:
    """Return the median milliseconds of a run, until its result is really there."""
    taken = []
    for index in range(_WARM_UP + _RUNS):
        wait(device)
        began = time.perf_counter()
        run()
        wait(device)
        if index >= _WARM_UP:
            taken.append(1_000.0 * (time.perf_counter() - began))
    return median(taken)


def wait(device: torch.device) -> None:
    """Wait until a GPU has finished."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def copy_bandwidth(device: torch.device) -> float:
    """Return the bytes per second that a copy within the memory of a device reads."""
    size = _COPIED_BYTES if device.type == "cuda" else _CPU_COPIED_BYTES
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    aim = torch.empty_like(source)
    # A copy reads and writes every byte; weights are read only.
    return 2.0 * size / (timed_ms(lambda: aim.copy_(source), device) / 1_000.0)


def built(make: Callable[[], Module], device: torch.device, dtype: torch.dtype) -> Module:
    """Return a module with random weights, made on its device in its precision."""
    torch.manual_seed(0)
    with device:
        module = make()
    return module.to(dtype).eval().requires_grad_(False)


def size_bytes(*modules: nn.Module) -> int:
    """Return the bytes of the weights of modules."""
    return sum(p.numel() * p.element_size() for module in modules for p in module.parameters())


def modulation_bytes(generator: Generator) -> int:
    """Return the bytes of the weights that a stream reads only once, for the modulations of its flow times."""
    return sum(size_bytes(layer.get_submodule("modulation")) for layer in generator.dit.layers)


if __name__ == "__main__":
    main(sys.argv[1:])
