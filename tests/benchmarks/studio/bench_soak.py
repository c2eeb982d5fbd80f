"""An hour of editing in the window while a film plays round and round: memory, gaps, and what an edit costs. By hand:

    python -m tests.benchmarks.studio.bench_soak FILM --record "parec --raw --format=float32le --channels=2"

`--record` is any command that writes what the device plays to its standard output: stereo, 32-bit float, 48 kHz. A
head-locked lane holds a quiet tone for the whole film and is never edited, so a gap is heard even if all other lanes
are muted. Every second one edit is made by the keyboard or by what a control asks for; every tenth minute the die makes
another take. One line per minute: edits so far, memory of the window and of its children, gaps, dropouts.
"""

import argparse
import os
import shlex
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import soundfile

from tests.benchmarks.bench_gaps import wait_until
from tests.benchmarks.studio.desk import Desk, opened_app
from tests.benchmarks.studio.heard_device import QUIET, RATE_HZ

if TYPE_CHECKING:
    from engine.contract.scene.edits.change import Edit

_TONE_HZ: Final = 220.0
_TONE: Final = 0.01
_GAP_SAMPLES: Final = RATE_HZ * 3 // 1000
_DIE_EVERY: Final = 600


class GapCounter:
    """Reads a recorder's output in a thread, and counts silences of 3 ms or more after the first sound.

    It keeps nothing of what it read, so it does not grow. `samples` counts all, `last` is the last one that sounded.
    """

    def __init__(self, command: str) -> None:
        self.gaps: list[tuple[float, float]] = []
        self.samples, self._last = 0, -1
        self._process = subprocess.Popen(shlex.split(command), stdout=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while chunk := self._process.stdout.read(RATE_HZ * 8):
            self.hear(np.frombuffer(chunk, np.float32).reshape(-1, 2))

    def hear(self, sound: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> None:
        """Take in the next samples (N, 2)."""
        sounding = np.flatnonzero(np.abs(sound).max(axis=1) > QUIET) + self.samples
        if len(sounding):
            edges = sounding if self._last < 0 else np.concatenate([[self._last], sounding])
            for place in np.flatnonzero(np.diff(edges) > _GAP_SAMPLES):
                self.gaps.append((edges[place] / RATE_HZ, (edges[place + 1] - edges[place]) / RATE_HZ))
            self._last = int(sounding[-1])
        self.samples += len(sound)

    def close(self) -> None:
        """End the command."""
        self._process.terminate()
        self._process.wait()


def memory_mb() -> tuple[float, float]:
    """Return the proportional memory of this process, and of all its children together."""
    own, children = os.getpid(), 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            if int(lines["PPid"]) == own and not lines["Name"].strip().startswith("parec"):
                children += _proportional_mb(int(lines["Pid"]))
        except (OSError, KeyError):  # it ended meanwhile
            continue
    return _proportional_mb(own), children


def _proportional_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def add_tone(desk: Desk, folder: Path) -> None:
    """Add a head-locked lane with a tone as long as the film, whole periods of it."""
    from engine.contract.scene.blocks import Convention, FileReference
    from engine.contract.scene.edits.blocks import add_recording
    from engine.contract.scene.edits.lanes import add_lane
    from engine.contract.scene.lane import LaneKind

    count = desk.scene.length_samples
    cycles = max(round(_TONE_HZ * count / RATE_HZ), 1)
    tone = _TONE * np.sin(2 * np.pi * cycles * np.arange(count) / count)
    file = folder / "tone.wav"
    soundfile.write(file, np.stack([tone, tone], axis=1), RATE_HZ, subtype="FLOAT")
    project = desk.app.context.editor.project
    project.edit(add_lane(project.scene, "Tone", kind=LaneKind.HEAD_LOCKED))
    lane_id = project.scene.lanes[-1].lane_id
    project.edit(add_recording(project.scene, lane_id, FileReference(str(file)), count, Convention.STEREO))


def edits(desk: Desk, rng: np.random.Generator) -> list[Callable[[], None]]:
    """Return what a user does again and again, on the lanes that the model made."""
    from PySide6.QtCore import Qt

    from engine.contract.scene.edits import blocks, lanes, placing
    from engine.contract.view import ViewOrientation
    from widgets.timeline.gestures.requests import EditRequest

    editor, window = desk.app.context.editor, desk.app.window
    made = [lane.lane_id for lane in desk.scene.lanes if lane.name != "Tone"]

    def ask(edit: "Edit") -> None:
        editor.make(EditRequest(edit))

    def lane() -> int:
        return int(rng.choice(made))

    def block() -> int:
        return desk.scene.lane(lane()).blocks[0].block_id

    def drag_fader() -> None:
        gesture, which = editor.begin_gesture(), lane()
        for gain in rng.uniform(-20.0, 3.0, 10):
            editor.make(EditRequest(partial(lanes.set_lane_gain, lane_id=which, gain_db=float(gain)), gesture))

    def turn_view() -> None:
        window.panorama.set_view(ViewOrientation(float(rng.uniform(-np.pi, np.pi)), 0.0, 0.0))

    def place() -> None:
        at = round(desk.position_s * RATE_HZ)
        direction = placing.direction_of(float(rng.uniform(-np.pi, np.pi)), float(rng.uniform(-0.5, 0.5)))
        ask(partial(placing.put_place, lane_id=lane(), at_sample=at, direction=direction))

    def mute() -> None:
        which = lane()
        ask(partial(lanes.mute_lane, lane_id=which, mute=not desk.scene.lane(which).mute))

    def undo() -> None:
        if not editor.undo_name.startswith("Add"):  # the lanes stay
            editor.undo()

    def zoom() -> None:
        window.focus_timeline()
        desk.key(Qt.Key.Key_Plus)
        desk.key(Qt.Key.Key_Minus)

    def fade() -> None:
        length = int(rng.integers(480, RATE_HZ // 2))
        ask(partial(blocks.fade_block, block_id=block(), fade_in_samples=length, fade_out_samples=length))

    return [
        drag_fader,
        turn_view,
        place,
        mute,
        fade,
        lambda: ask(partial(blocks.set_block_gain, block_id=block(), gain_db=float(rng.uniform(-6.0, 6.0)))),
        lambda: ask(partial(lanes.rename_lane, lane_id=made[0], name=f"Dog {rng.integers(100)}")),
        undo,
        undo,
        editor.redo,
        zoom,
    ]


def work(desk: Desk, gaps: GapCounter, minutes: float) -> None:
    """Edit once per second, and print a line per minute."""
    from PySide6.QtCore import Qt

    window, bridge = desk.app.window, desk.app.bridge
    rng = np.random.default_rng(0)
    actions = edits(desk, rng)
    window.transport.set_loop(True)
    bridge.seek(0.0)
    bridge.play()
    wait_until(lambda: desk.position_s > 0.2, 30.0)
    desk.live(2.0)
    began, count, slowest, told = time.monotonic(), 0, 0.0, 0
    print("minute  edits  slowest edit  window  children  gaps  dropouts  device gaps", flush=True)
    while (spent := time.monotonic() - began) < 60.0 * minutes + 1.0:
        if spent >= 60.0 * told:
            own, children = memory_mb()
            last = desk.metrics[-1]
            print(
                f"{told:6d} {count:6d} {1000 * slowest:9.0f} ms {own:6.0f} MB {children:6.0f} MB {len(gaps.gaps):5d} "
                f"{last.underruns:9d} {last.device_gaps:12d}",
                flush=True,
            )
            told, slowest = told + 1, 0.0
        at = time.monotonic()
        if count and count % _DIE_EVERY == 0:
            desk.select(0)
            desk.key(Qt.Key.Key_R, shift=True)
        else:
            actions[rng.integers(len(actions))]()
            slowest = max(slowest, time.monotonic() - at)
        count += 1
        desk.live(max(1.0 - (time.monotonic() - at), 0.0))
    bridge.pause()
    places = ", ".join(f"{at:.2f} s ({1000 * length:.0f} ms)" for at, length in gaps.gaps[:20])
    print(f"heard {gaps.samples / RATE_HZ:.0f} s, gaps at: {places or 'none'}")


def main() -> None:
    """Edit, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--record", required=True)
    parser.add_argument("--minutes", type=float, default=60.0)
    args = parser.parse_args()
    with opened_app() as (app, scratch):
        gaps = GapCounter(args.record)
        try:
            desk = Desk(app, args.film)
            desk.make_lanes()
            add_tone(desk, scratch)
            work(desk, gaps, args.minutes)
        finally:
            gaps.close()


if __name__ == "__main__":
    main()
