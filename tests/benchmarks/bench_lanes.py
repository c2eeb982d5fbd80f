"""What several lanes cost: the time of a patch with 1, 2, 4 and 8 of them, stage by stage. Run it by hand:

    python -m tests.benchmarks.bench_lanes [--checkpoint DIR] [--runtime auto|torch|openvino] [--patches N]

Every lane has words and a direction; the first one also has a film. Steps are the default of an export and the few of
the fast way. The last column is the yardstick: how many times the patch of one lane that is, in the same run.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import Prompt
from engine.contract.conventions import CONDITIONING_FRAME_SIZE, DEFAULT_FLOW_STEPS, PATCH_S
from engine.contract.generation import LaneRequest, PatchRequest
from engine.evaluation.speed.timing import timed_ms
from engine.model.generator.few_step import MOST_FEW_STEPS
from engine.model.streaming.streamer import PatchStreamer, load_patch_source

_LANES = (1, 2, 4, 8)
_WORDS = ("a dog barks", "rain", "wind", "a car passes", "birds", "waves on a beach", "a bell rings", "footsteps")
_WARM_UP = 3


def main(argv: Sequence[str]) -> None:
    """Print a table for each number of steps."""
    parser = argparse.ArgumentParser(prog="bench_lanes", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="checkpoint folder (default: the shipped one)")
    parser.add_argument("--runtime", default="auto", help="auto, torch or openvino")
    parser.add_argument("--patches", type=int, default=20, help="patches that are timed for each row")
    args = parser.parse_args(argv)
    source = load_patch_source(args.checkpoint, runtime=args.runtime)
    print(f"runtime: {source.runtime}, one thread, medians in ms; a patch is {1_000 * PATCH_S:.0f} ms of sound")
    for steps in (DEFAULT_FLOW_STEPS, MOST_FEW_STEPS):
        print(f"\n{steps} steps\nlanes    lm   dit  codec  turn  patch  real-time factor  per one lane")
        one = 0.0
        for count in _LANES:
            patch_ms, stages = _times(source, count, steps, args.patches)
            one = one or patch_ms
            columns = "".join(f"{stages[name]:6.1f}" for name in ("lm", "dit", "codec", "turn"))
            print(f"{count:5} {columns} {patch_ms:6.1f} {patch_ms / (1_000 * PATCH_S):17.2f} {patch_ms / one:13.2f}")


def _times(source: PatchStreamer, count: int, steps: int, patches: int) -> tuple[float, dict[str, float]]:
    """Return the median time of a patch of `count` lanes in ms, and those of its stages."""
    source.reset(0)
    width, height = CONDITIONING_FRAME_SIZE
    frames = np.random.default_rng(0).integers(0, 255, (8, height, width, 3), dtype=np.uint8)
    whole, stages = [], []
    for index in range(_WARM_UP + patches):
        request = _request(index, count, steps, frames[index % len(frames)])
        result, elapsed_ms = timed_ms(partial(source.next_patch, request))
        if index >= _WARM_UP:
            whole.append(elapsed_ms)
            stages.append(result.stage_ms)
    return median(whole), {name: median(stage[name] for stage in stages) for name in stages[0]}


def _request(index: int, count: int, steps: int, frame: NDArray[np.uint8]) -> PatchRequest:
    angles = 2.0 * np.pi * np.arange(count) / count
    towards = [np.array([np.cos(a), np.sin(a), 0.0]) for a in angles]
    others = tuple(LaneRequest(lane, Prompt(_WORDS[lane]), towards[lane]) for lane in range(1, count))
    return PatchRequest(Prompt(_WORDS[0]), frame, index, towards[0], steps, lanes=others)


if __name__ == "__main__":
    main(sys.argv[1:])
