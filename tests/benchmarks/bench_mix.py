"""What mixing at the ear costs: the time of a tick of 10 ms with 1, 8 and 32 lanes, and of an edit. Run it by hand:

    python -m tests.benchmarks.bench_mix [--seconds S]

Every lane sounds. Its sound is a take that moves along a path (turned, with distance and air), a take without a path,
or a mono recording in a fixed place. The edit is a fader in a scene of 32 lanes and 4,000 blocks.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from statistics import median

import numpy as np

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.loudness import SourceLevel
from engine.ambisonics.turning.field_track import FieldMeter
from engine.ambisonics.turning.finished import shown_by
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.lane import Lane
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene
from engine.evaluation.speed.timing import timed_ms
from engine.rendering.mix.mixer import SceneMixer
from engine.rendering.mix.sounds import ArraySamples, BlockSound, FieldFacts
from engine.rendering.mix.ticks import TICK_S, TICK_SAMPLES

_LANES = (1, 8, 32)
_LEVEL = SourceLevel(-30.0, 0.0, 0.3)
_BLOCKS = 4_000


def main(argv: Sequence[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="bench_mix", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="sound that is mixed for each row")
    args = parser.parse_args(argv)
    length = max(PATCH_SAMPLES, round(args.seconds * SAMPLE_RATE_HZ) // PATCH_SAMPLES * PATCH_SAMPLES)
    noise = (0.1 * np.random.default_rng(0).standard_normal(length)).astype(np.float32)
    field = encode_point(noise, Direction(30.0))
    track = FieldMeter().measure(field)
    take = BlockSound(4, ArraySamples(field), _LEVEL, FieldFacts(shown_by(track), track.share, follows_path=True))
    mono = BlockSound(1, ArraySamples(noise[None]), _LEVEL)
    arc = LanePath((Keyframe(0, Direction(0.0)), Keyframe(length, Direction(170.0, 20.0), 30.0)))
    rows = (
        ("a take on a path", take, arc),
        ("a take without one", take, None),
        ("a mono recording", mono, LanePath.fixed(Direction(40.0))),
    )
    print("sound                lanes  median ms  99 % ms  share of real time")
    for name, sound, path in rows:
        for count in _LANES:
            times = _ticks_ms(count, sound, path, length)
            share = median(times) / (1_000.0 * TICK_S)
            print(f"{name:20} {count:5} {median(times):10.3f} {np.percentile(times, 99):8.3f} {share:19.2f}")
    print(f"a fader in {_BLOCKS} blocks: {_edit_ms(take):.2f} ms")


def _ticks_ms(count: int, sound: BlockSound, path: LanePath | None, length: int) -> list[float]:
    lanes = tuple(
        Lane(lane_id=1 + index, name="Lane", path=path, blocks=(_block(101 + index, 0, length),))
        for index in range(count)
    )
    scene = Scene(lanes=lanes, length_samples=length, next_id=1_000)
    mixer = SceneMixer(scene, dict.fromkeys(range(101, 101 + count), sound))
    read = partial(mixer.read, TICK_SAMPLES)
    return [timed_ms(read)[1] for _ in range(length // TICK_SAMPLES)]


def _edit_ms(sound: BlockSound) -> float:
    """Return the median time in ms in which a mixer takes a scene whose only change is a fader."""
    each = _BLOCKS // 32
    lanes = tuple(
        Lane(
            lane_id=1 + index,
            name="Lane",
            blocks=tuple(_block(100 + each * index + at, at * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ) for at in range(each)),
        )
        for index in range(32)
    )
    scene = Scene(lanes=lanes, length_samples=each * SAMPLE_RATE_HZ, next_id=10_000)
    mixer = SceneMixer(scene, dict.fromkeys(range(100, 100 + _BLOCKS), sound))
    times = []
    for step in range(20):
        scene = replace(scene, lanes=(replace(lanes[0], gain_db=-0.1 * step), *lanes[1:]))
        times.append(timed_ms(partial(mixer.change, scene))[1])
    return median(times)


def _block(block_id: int, start: int, length: int) -> GeneratedBlock:
    return GeneratedBlock(block_id=block_id, start_sample=start, length_samples=length, recipe=Recipe.of("rain"))


if __name__ == "__main__":
    main(sys.argv[1:])
