"""Blocks of a scene made in turns or in one batch: time per patch, and whether a batch leaves a take as it is alone.

python -m tests.benchmarks.bench_making [--patches 12] [--runtime auto]
"""

import argparse
import statistics
import time

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import Prompt
from engine.contract.generation import LaneRequest, PatchRequest, PatchResult
from engine.model.streaming.streamer import PatchStreamer, load_patch_source

WORDS = ("rain", "a dog barks", "sea", "a clock ticks", "wind", "footsteps", "a car passes", "birds")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patches", type=int, default=12)
    parser.add_argument("--runtime", default=None)
    arguments = parser.parse_args()
    model, patches = load_patch_source(runtime=arguments.runtime), arguments.patches
    print(f"runtime {model.runtime}, {patches} patches, medians")
    alone = [_take(model.another(), [index], patches) for index in range(len(WORDS))]
    for count in (1, 2, 4, 8):
        turns = _turns_ms([model.another() for _ in range(count)], patches)
        times, batch = [], _batch(model.another(), count, patches)
        for ms, _ in batch:
            times.append(ms)
        same = all(
            np.array_equal(result.latents[1 + index], alone[index][number][1].latents[1 + index])
            for number, (_, result) in enumerate(batch)
            for index in range(count)
        )
        print(
            f"{count} blocks: in turns {turns:.0f} ms each, in a batch {statistics.median(times) / count:.0f} ms each; "
            f"the latents of the batch are those of one alone: {same}"
        )
    latents = [result.latents[1] for _, result in alone[0]]
    replayed = _take(model.another(), [0], patches, latents)
    print(f"replay {statistics.median(ms for ms, _ in replayed):.0f} ms a patch", end=", ")
    exact = all(np.array_equal(a.samples, b.samples) for (_, a), (_, b) in zip(alone[0], replayed, strict=True))
    print(f"bit for bit: {exact}")


def _request(indices: list[int], replay: NDArray[np.float32] | None = None) -> PatchRequest:
    lanes = tuple(LaneRequest(1 + index, Prompt(WORDS[index]), replay=replay) for index in indices)
    return PatchRequest(Prompt(""), lanes=lanes, exact_direction=False)


def _timed(source: PatchStreamer, request: PatchRequest) -> tuple[float, PatchResult]:
    began = time.perf_counter()
    result = source.next_patch(request)
    return 1000.0 * (time.perf_counter() - began), result


def _take(
    source: PatchStreamer, indices: list[int], patches: int, replay: list[NDArray[np.float32]] | None = None
) -> list[tuple[float, PatchResult]]:
    source.reset(3)
    return [_timed(source, _request(indices, None if replay is None else replay[n])) for n in range(patches)]


def _batch(source: PatchStreamer, count: int, patches: int) -> list[tuple[float, PatchResult]]:
    return _take(source, list(range(count)), patches)


def _turns_ms(sources: list[PatchStreamer], patches: int) -> float:
    for source in sources:
        source.reset(3)
    return statistics.median(
        _timed(source, _request([index]))[0] for _ in range(patches) for index, source in enumerate(sources)
    )


if __name__ == "__main__":
    main()
