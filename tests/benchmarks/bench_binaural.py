"""Cost of the binaural path as a share of the time its sound lasts; prints, asserts nothing about time.

Use: `python -m tests.benchmarks.bench_binaural`, or `python tests/benchmarks/bench_binaural.py` from the checkout.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.ambisonics.binaural import BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.intensity import levels_of
from engine.contract.audio import FoaBlock
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.view import FRONT, ViewOrientation

REPEATS = 400


def shares(step, block_samples):
    """Return median and 99th percentile of cost / duration of a block."""
    costs = []
    for index in range(REPEATS):
        begin = time.perf_counter()
        step(index)
        costs.append(time.perf_counter() - begin)
    return np.percentile(np.array(costs) * SAMPLE_RATE_HZ / block_samples, [50, 99])


def main():
    rng = np.random.default_rng(0)
    print(f"{'block':>6} {'what':<28} {'median':>8} {'99 %':>8}   (block cost / block duration)")
    for samples in (128, 512, 1024, PATCH_SAMPLES):
        foa = rng.standard_normal((4, samples)).astype(np.float32)
        still, dragged = BinauralRenderer(load_filters()), BinauralRenderer(load_filters())
        block = FoaBlock(0, 0, foa)
        steps = {
            "binaural, steady view": lambda index, r=still, f=foa: r.process(f, FRONT),
            "binaural, dragged view": lambda index, r=dragged, f=foa: r.process(f, ViewOrientation(0.01 * index)),
            "levels for the meters": lambda index, b=block: levels_of(b),
        }
        for what, step in steps.items():
            median, late = shares(step, samples)
            print(f"{samples:>6} {what:<28} {median:>8.4f} {late:>8.4f}")


if __name__ == "__main__":
    main()
