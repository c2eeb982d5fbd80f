"""Cost of the binaural path as a share of the time its sound lasts; prints, asserts nothing about time.

Use: `python -m tests.benchmarks.bench_binaural`, or `python tests/benchmarks/bench_binaural.py` from the checkout.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.ambisonics.binaural import BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.intensity import levels_of
from engine.contract.audio import FoaBlock
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.view import FRONT, ViewOrientation

REPEATS = 400


Step: TypeAlias = Callable[[int], object]
"""Takes the number of a block."""


def shares(step: Step, block_samples: int) -> tuple[float, float]:
    """Return median and 99th percentile of cost / duration of a block."""
    costs = []
    for index in range(REPEATS):
        begin = time.perf_counter()
        step(index)
        costs.append(time.perf_counter() - begin)
    median, late = np.percentile(np.array(costs) * SAMPLE_RATE_HZ / block_samples, [50, 99])
    return float(median), float(late)


def steps_on(foa: NDArray[np.float32]) -> dict[str, Step]:
    """Return what is timed on blocks like AmbiX (4, N)."""
    still, dragged = BinauralRenderer(load_filters()), BinauralRenderer(load_filters())
    block = FoaBlock(0, 0, foa)
    return {
        "binaural, steady view": lambda _index: still.process(foa, FRONT),
        "binaural, dragged view": lambda index: dragged.process(foa, ViewOrientation(0.01 * index)),
        "levels for the meters": lambda _index: levels_of(block),
    }


def main() -> None:
    rng = np.random.default_rng(0)
    print(f"{'block':>6} {'what':<28} {'median':>8} {'99 %':>8}   (block cost / block duration)")
    for samples in (128, 512, 1024, PATCH_SAMPLES):
        foa = rng.standard_normal((4, samples)).astype(np.float32)
        for what, step in steps_on(foa).items():
            median, late = shares(step, samples)
            print(f"{samples:>6} {what:<28} {median:>8.4f} {late:>8.4f}")


if __name__ == "__main__":
    main()
