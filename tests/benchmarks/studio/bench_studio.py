"""Works on a scene in the window with the model, records what the device plays, and measures each change. By hand:

    python -m tests.benchmarks.studio.bench_studio FILM --record "parec --raw --format=float32le --channels=2"

`--record` is any command that writes what the device plays to its standard output: stereo, 32-bit float, 48 kHz.
`--pictures FOLDER` keeps screenshots. The film should last 4 to 10 s, for its takes are made first.

Each edit is made while the film plays, and the same stretch is played again without it. Where the two recordings part
is the moment at which the edit is heard. The latency counts from the Qt event until that sample reaches the recorder,
so it includes the buffers of the device and of the recorder; `nothing changed` shows that both recordings are equal.
"""

import argparse
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from tests.benchmarks.bench_gaps import wait_until
from tests.benchmarks.studio.desk import Desk, opened_app
from tests.benchmarks.studio.heard_device import QUIET, RATE_HZ, Played, Recorder, largest_difference, level_db

if TYPE_CHECKING:
    from app.bootstrap import App
    from engine.contract.scene.blocks import Block, GeneratedBlock

EDIT_S: Final = 1.5
_DIFFERENT: Final = 1e-3
"""Of the loudest sample: smaller differences are rounding of the filters."""


class RecordedDesk(Desk):
    """The window, and a recorder of what it plays."""

    def __init__(self, app: "App", recorder: Recorder, film: Path, pictures: Path | None) -> None:
        super().__init__(app, film, pictures)
        self.recorder = recorder

    def play(self, edit: "Callable[[], float] | None" = None, until_s: float = 3.6) -> "tuple[Played, float]":
        """Play from the start, with an edit on the way; returns what was heard, and when the edit was made."""
        bridge, at = self.app.bridge, 0.0
        bridge.pause()
        bridge.seek(0.0)
        self.live(0.5)
        start = self.recorder.samples
        bridge.play()
        if edit is not None:
            wait_until(lambda: self.position_s >= EDIT_S, 20.0)
            at = edit()
        wait_until(lambda: self.position_s >= until_s, 30.0)
        bridge.pause()
        self.live(0.4)
        heard = self.recorder.since(start)
        sounding = np.flatnonzero(np.abs(heard).max(axis=1) > QUIET)
        if not len(sounding):
            raise SystemExit("the recorder heard nothing")
        return Played(heard[sounding[0] : sounding[-1] + 1], start + int(sounding[0])), at

    def compare(self, what: str, plain: Played, edited: Played, at: float) -> int | None:
        """Print when a recording with an edit parts from one without; returns the sample."""
        count = min(len(plain.sound), len(edited.sound)) - RATE_HZ // 10  # both end with the fade of pause
        apart = np.abs(plain.sound[:count] - edited.sound[:count]).max(axis=1)
        loudest = float(np.abs(plain.sound).max())
        differs = np.flatnonzero(apart > _DIFFERENT * loudest)
        steps = f"largest step {edited.step:.4f}, without the edit {plain.step:.4f}; gaps {edited.gaps}"
        if not len(differs):
            print(f"{what}: no difference above {apart.max():.1e}; {steps}", flush=True)
            return None
        first = int(differs[0])
        took_ms = 1000 * (self.recorder.time_of(edited.first + first) - at) if at else 0.0
        print(f"{what}: heard at {first / RATE_HZ:.3f} s, {took_ms:.0f} ms after the event; {steps}", flush=True)
        return first


def generated(block: "Block") -> "GeneratedBlock":
    """Return a block that the model makes."""
    from engine.contract.scene.blocks import GeneratedBlock

    assert isinstance(block, GeneratedBlock)
    return block


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every sound file of the takes."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".json", ".lock"))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def work(desk: RecordedDesk) -> None:
    """Do what a user does, and print what the recordings show."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from engine.contract.view import FRONT, ViewOrientation

    window, editor = desk.app.window, desk.app.context.editor
    folder = editor.project.takes_folder
    assert folder is not None
    desk.make_lanes()
    kept = hashes(folder)
    desk.play()  # the first time, the feeder starts
    plain, _ = desk.play()
    again, _ = desk.play()
    desk.compare("nothing changed", plain, again, 0.0)
    same = min(len(plain.sound), len(again.sound)) - RATE_HZ // 10
    print(f"bit for bit: {np.array_equal(plain.sound[:same], again.sound[:same])}")

    def fader() -> float:
        desk.select(1)
        field = window.timeline.headers.header_of(desk.scene.lanes[1].lane_id).gain
        field.setFocus()
        field.lineEdit().setText("-20")
        at = time.perf_counter()
        QTest.keyClick(field, Qt.Key.Key_Return)
        return at

    def mute() -> float:
        desk.select(1)
        return desk.key(Qt.Key.Key_M, shift=True)

    def undo() -> float:
        return desk.key(Qt.Key.Key_Z, ctrl=True)

    def turn() -> float:
        at = time.perf_counter()
        window.panorama.set_view(ViewOrientation(np.pi, 0.0, 0.0))
        return at

    lowered, at = desk.play(fader)
    desk.compare("fader to -20 dB", plain, lowered, at)
    desk.picture("fader")
    low, _ = desk.play()
    restored, at = desk.play(undo)
    first = desk.compare("undo", low, restored, at)
    if first is not None:
        rest = largest_difference(plain, restored, first + RATE_HZ // 2)
        print(f"  from 0.5 s after undo on, the difference from the sound before the edit: {rest:.1e}")
    muted, at = desk.play(mute)
    desk.compare("mute", plain, muted, at)
    undo()
    turned, at = desk.play(turn)
    first = desk.compare("turn by 180 degrees", plain, turned, at)
    if first is not None:
        later = slice(first + RATE_HZ // 5, min(len(plain.sound), len(turned.sound)) - RATE_HZ // 10)
        for name, played in (("before", plain), ("after", turned)):
            left, right = level_db(played.sound[later])
            print(f"  {name} the turn: left {left:.1f} dBFS, right {right:.1f} dBFS")
    window.panorama.set_view(FRONT)
    compare_takes(desk, plain)
    loop(desk)
    now = hashes(folder)
    unchanged = sum(now.get(name) == digest for name, digest in kept.items())
    print(f"takes on disk: {len(kept)} files before, {unchanged} of them unchanged")
    last = desk.metrics[-1]
    print(f"device {last.device_name}, dropouts {last.underruns}, device gaps {last.device_gaps}")


def compare_takes(desk: RecordedDesk, plain: Played) -> None:
    """Make another take of the second lane, and hear A and B."""
    from PySide6.QtCore import Qt

    desk.select(1)
    first = generated(desk.scene.lanes[1].blocks[0])
    desk.key(Qt.Key.Key_R, shift=True)
    wait_until(lambda: len(generated(desk.scene.block(first.block_id)).takes) == 2, 600.0)
    desk.live(1.0)
    takes = desk.app.scene_wiring.takes
    first_take = first.current
    takes.panel.compare_wanted.emit(first_take)
    wait_until(lambda: desk.app.scene_wiring.hearing.is_on, 30.0)
    desk.picture("compare")

    def switch() -> float:
        at = time.perf_counter()
        takes.panel.compare_wanted.emit(first_take)
        return at

    one, _ = desk.play()
    both, at = desk.play(switch)
    desk.compare("A/B, switched while it plays", one, both, at)
    other, _ = desk.play()
    print(f"  levels of the mix with B and with A: {level_db(one.sound)} {level_db(other.sound)} dBFS")
    desk.key(Qt.Key.Key_Escape)
    desk.key(Qt.Key.Key_Z, ctrl=True)
    desk.live(1.0)
    back, _ = desk.play()
    desk.compare("after Esc and undo of the die", plain, back, 0.0)


def loop(desk: RecordedDesk) -> None:
    """Repeat half a second."""
    from PySide6.QtCore import Qt

    bridge = desk.app.bridge
    bridge.pause()
    for at_s, key in ((1.0, Qt.Key.Key_I), (1.5, Qt.Key.Key_O)):
        bridge.seek(at_s)
        desk.live(0.5)
        desk.app.window.focus_timeline()
        desk.key(key)
    bridge.seek(1.0)
    desk.live(0.5)
    start = desk.recorder.samples
    bridge.play()
    desk.live(4.0)
    desk.picture("loop")
    bridge.pause()
    desk.live(0.4)
    heard = desk.recorder.since(start)
    sounding = np.flatnonzero(np.abs(heard).max(axis=1) > QUIET)
    sound = heard[sounding[0] : sounding[-1] + 1]
    lap = desk.scene.loop
    assert lap is not None
    length = lap.end_sample - lap.start_sample
    first, second = sound[length : 2 * length], sound[2 * length : 3 * length]
    inside = slice(RATE_HZ // 20, length - RATE_HZ // 20)
    played = Played(sound, 0)
    print(
        f"loop of {length} samples: two laps differ by {np.abs(first[inside] - second[inside]).max():.1e}; "
        f"largest step {played.step:.4f}; gaps {played.gaps}"
    )


def main() -> None:
    """Work, record, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--record", required=True)
    parser.add_argument("--pictures", type=Path)
    args = parser.parse_args()
    with opened_app() as (app, _scratch):
        recorder = Recorder(args.record)
        try:
            work(RecordedDesk(app, recorder, args.film, args.pictures))
        finally:
            recorder.close()


if __name__ == "__main__":
    main()
