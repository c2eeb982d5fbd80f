"""Plays a scene of eight lanes, edits it all the time, and counts gaps, clicks and how soon edits are heard.

Run it by hand:

    python -m tests.benchmarks.bench_scene_ear --seconds 60 --record "parec --raw --format=float32le --channels=2 -d S"

`--record` is any command that writes what the sound device plays to its standard output: stereo, 32-bit float, 48 kHz.
Without it, nothing is played to a device: the output keeps a device's pace, and its own file is measured.

Eight takes of the same tone of 1 kHz stand in eight places, so any lost sample shows. The figures of a busy machine are
upper bounds. What the recorder holds back counts as latency, too.
"""

import argparse
import shlex
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.contract.engine_choice import DEFAULT_LATENCY_MS
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.lanes import mute_lane, set_lane_gain
from engine.contract.scene.edits.places import set_path
from engine.contract.scene.lane import Lane
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene
from engine.contract.telemetry import EngineMetrics, EngineState
from engine.rendering.blocks.keys import maker_for
from engine.runtime.block_takes.making import make_take
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.session.session import Session, SessionConfig
from tests.benchmarks.bench_gaps import listen
from tests.fakes import FakePatchSource, FakeSource

LANES = 8
EDIT_S = 1.0
PERIOD = SAMPLE_RATE_HZ // 1000


def main() -> None:
    """Play, record, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--record")
    parser.add_argument(
        "--device-latency", type=float, default=DEFAULT_LATENCY_MS / 1000.0, metavar="S", help="asked of the device"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        play(Path(folder), args.seconds, args.record, args.device_latency)


def eight_lanes(folder: Path, seconds: float) -> Scene:
    """Return a scene of eight takes on paths; all of them are the same tone."""
    length = -(-round(seconds * SAMPLE_RATE_HZ) // PATCH_SAMPLES) * PATCH_SAMPLES
    source, lanes = FakePatchSource(FakeSource()), []
    for index in range(LANES):
        recipe = Recipe.of(f"a tone of 1000 Hz, {index}", 1)
        block = GeneratedBlock(block_id=100 + index, length_samples=length, recipe=recipe)
        made = make_take(block, source, BlockTakes(folder), maker_for(source, recipe, None))
        take = SceneTake(made.take_id, recipe)
        block = GeneratedBlock(
            block_id=100 + index, length_samples=length, recipe=recipe, takes=(take,), current=take.take_id
        )
        path = LanePath((Keyframe(0, Direction(80.0), 3.0), Keyframe(length, Direction(100.0), 3.0)))
        lanes.append(Lane(lane_id=1 + index, name=f"Lane {index}", path=path, blocks=(block,)))
    return Scene(lanes=tuple(lanes), length_samples=length, next_id=1000, master_gain_db=-12.0)


class Recorder:
    """Reads what a command records, and notes when each part came."""

    def __init__(self, command: str) -> None:
        self._process = subprocess.Popen(shlex.split(command), stdout=subprocess.PIPE)
        self.parts: list[tuple[float, bytes]] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def stop(self) -> NDArray[np.float32]:
        """Return what was recorded, (2, N)."""
        self._process.terminate()
        self._thread.join()
        data = b"".join(part for _, part in self.parts)
        return np.frombuffer(data[: len(data) // 8 * 8], np.float32).reshape(-1, 2).T

    def came_at(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the times of `time.perf_counter` at which samples came."""
        ends = np.cumsum([len(part) // 8 for _, part in self.parts])
        times = np.array([at_s for at_s, _ in self.parts])
        return times[np.minimum(np.searchsorted(ends, samples, side="right"), len(times) - 1)]

    def _read(self) -> None:
        assert self._process.stdout is not None
        while part := self._process.stdout.read1(4096):  # type: ignore[attr-defined]
            self.parts.append((time.perf_counter(), part))


def play(folder: Path, seconds: float, record: str | None, device_latency_s: float) -> None:
    """Play the scene for some seconds and print what was heard."""
    document = eight_lanes(folder, seconds + 3.0)
    recorder = None if record is None else Recorder(record)
    output: Literal["null", "device"] = "null" if record is None else "device"
    config = SessionConfig(FakeSource(), output=output, capture_dir=folder, device_latency_s=device_latency_s)
    session, metrics = Session(config), EngineMetrics(EngineState.LOADING)
    session.start()
    edits: list[tuple[str, float, float]] = []
    try:
        session.play_scene(document, folder)
        session.play()
        end_s = float("inf")
        due_s, count = float("inf"), 0
        while time.perf_counter() < end_s:
            for item in session.poll():
                if isinstance(item, EngineMetrics):
                    metrics = item
            now_s = time.perf_counter()
            if metrics.state is EngineState.PLAYING and end_s == float("inf"):
                end_s, due_s = now_s + seconds, now_s + 1.0
            if now_s >= due_s and now_s < end_s - EDIT_S:
                due_s += EDIT_S
                name, document = edited(document, count)
                count += 1
                edits.append((name, time.perf_counter(), session.position_s))
                session.play_scene(document, folder)
            time.sleep(0.01)
    finally:
        session.close()
    print(f"device: {metrics.device_name}; dropouts {metrics.underruns} ({metrics.underrun_s:.2f} s), "
          f"device gaps {metrics.device_gaps}")  # fmt: skip
    if recorder is not None:
        sound = recorder.stop()
    else:
        sound = soundfile.read(folder / "played.wav", dtype="float32", always_2d=True)[0].T
    report(sound, edits, recorder)


def edited(scene: Scene, count: int) -> tuple[str, Scene]:
    """Return the scene with the next edit: all lanes together, so that the level jumps."""
    name = ("gain", "mute", "turn")[count // 2 % 3]
    back = count % 2 == 1
    for lane in scene.lanes:
        if name == "gain":
            scene = set_lane_gain(scene, lane.lane_id, 0.0 if back else -12.0).scene
        elif name == "mute":
            scene = mute_lane(scene, lane.lane_id, not back and lane.lane_id > 1).scene
        else:
            place = Direction(90.0 if back else -90.0)
            scene = set_path(scene, lane.lane_id, LanePath.fixed(place, 3.0)).scene
    return name, scene


def report(sound: NDArray[np.float32], edits: list[tuple[str, float, float]], recorder: Recorder | None) -> None:
    """Print gaps, clicks and the latency of each kind of edit."""
    both = sound.sum(axis=0)
    heard = listen(both, SAMPLE_RATE_HZ, is_tone=True)
    print(f"heard {heard.seconds:.1f} s; gaps of 3 ms or more: {len(heard.gaps)}; breaks of the tone: "
          f"{len(heard.clicks)} {[round(at, 2) for at in heard.clicks[:10]]}")  # fmt: skip
    first = int(np.flatnonzero(np.abs(both) > 1e-4)[0])
    peaks = np.abs(sound[:, : sound.shape[1] // PERIOD * PERIOD]).reshape(2, -1, PERIOD).max(axis=2)
    came_s = None if recorder is None else recorder.came_at(PERIOD * np.arange(peaks.shape[1]))
    for kind in ("gain", "mute", "turn"):
        waits = []
        for _, asked_s, position_s in (edit for edit in edits if edit[0] == kind):
            if came_s is None:
                asked = (first + round(position_s * SAMPLE_RATE_HZ)) // PERIOD
                waits.append(float(_change(peaks, asked) - asked))
            else:
                asked = int(np.searchsorted(came_s, asked_s))
                waits.append(1000.0 * (came_s[_change(peaks, asked)] - asked_s))
        if waits:
            middle = np.median(waits)
            print(f"{kind}: heard after {middle:.0f} ms (median of {len(waits)}), {max(waits):.0f} ms at most")


def _change(peaks: NDArray[np.float32], after: int) -> int:
    """Return the millisecond from which on the level at an ear differs by more than 10 %."""
    was = peaks[:, after - 10 : after].max(axis=1, keepdims=True)
    changed = np.flatnonzero((np.abs(peaks[:, after:] - was) > 0.1 * was.max()).any(axis=0))
    return after + int(changed[0]) if len(changed) else after


if __name__ == "__main__":
    main()
