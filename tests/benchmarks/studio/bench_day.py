"""A working day in the real window with the model: from an empty window to exported stems. By hand:

    python -m tests.benchmarks.studio.bench_day FILM --pictures FOLDER

A film, a sentence, two lanes and their takes; trim, move, split, undo and redo, markers, gain, solo, another take, a
place by a click on the film; saved, closed, opened again; each lane exported by the dialog. Everything is a key, a
click or a button of the window; only the place of the project is not asked for. At the end the files are read again:
their length, the direction of each lane, and how far the lanes' sum is from the mix.
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

import numpy as np

from tests.benchmarks.bench_gaps import wait_until
from tests.benchmarks.studio.desk import Desk, opened_app

if TYPE_CHECKING:
    from app.bootstrap import App

RATE_HZ: Final = 48_000
_PATIENCE_S: Final = 300.0


class Day(Desk):
    """The window, and what is expected of it: a step that does not happen ends the day with a sentence."""

    def expect(self, what: str, holds: bool) -> None:
        """Print a step that happened. Raises SystemExit if it did not."""
        if not holds:
            raise SystemExit(f"{what}: did not happen")
        print(f"{what}: yes", flush=True)

    def at(self, seconds: float) -> None:
        """Put the playhead there."""
        self.app.bridge.seek(seconds)
        wait_until(lambda: abs(self.position_s - seconds) < 0.02, 20.0)
        self.live(0.3)


def edit(day: Day) -> None:
    """Edit blocks and lanes by keys, and take some of it back."""
    from PySide6.QtCore import Qt

    before = day.scene
    day.select(0)
    day.at(2.0)
    day.key(Qt.Key.Key_BracketRight)
    shorter = day.scene
    day.expect("end at the playhead", shorter.lanes[0].blocks[0].length_samples == 2 * RATE_HZ)
    day.key(Qt.Key.Key_Z, ctrl=True)
    day.expect("undo", day.scene == before)
    day.key(Qt.Key.Key_Y, ctrl=True)
    day.expect("redo", day.scene == shorter)
    day.key(Qt.Key.Key_Right, ctrl=True, shift=True)
    day.expect("a second later", day.scene.lanes[0].blocks[0].start_sample == RATE_HZ)
    day.key(Qt.Key.Key_Z, ctrl=True)
    day.select(1)
    day.key(Qt.Key.Key_S)
    day.expect("split", len(day.scene.lanes[1].blocks) == 2)
    day.key(Qt.Key.Key_Z, ctrl=True)
    day.key(Qt.Key.Key_M)
    day.expect("marker", len(day.scene.markers) == 1)
    day.select(1)
    day.key(Qt.Key.Key_S, shift=True)
    day.expect("solo", day.scene.lanes[1].solo)
    day.key(Qt.Key.Key_S, shift=True)
    field = day.app.window.timeline.headers.header_of(day.scene.lanes[1].lane_id).gain
    field.setFocus()
    field.lineEdit().setText("-6")
    day.app.window.focus_timeline()
    day.expect("gain", day.scene.lanes[1].gain_db == -6.0)


def place(day: Day) -> float:
    """Place the second lane by Shift and a click on the film; returns the azimuth that it got, in degrees."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    day.select(1)
    film = day.app.window.panorama
    point = QPoint(film.width() // 5, film.height() // 2)
    QTest.mouseClick(film, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, point)
    day.live(0.5)
    path = day.scene.lanes[1].path
    day.expect("place by a click", path is not None)
    assert path is not None
    return float(path.keyframes[0].direction.azimuth_deg)


def other_take(day: Day) -> None:
    """Make another take of the first lane, hear it, and keep it."""
    from PySide6.QtCore import Qt

    day.select(0)
    first = day.scene.lanes[0].blocks[0]
    day.key(Qt.Key.Key_R, shift=True)
    wait_until(lambda: len(getattr(day.scene.block(first.block_id), "takes", ())) == 2, _PATIENCE_S)
    day.wait_for_takes()
    day.expect("another take", getattr(day.scene.block(first.block_id), "current", "") != getattr(first, "current", ""))
    day.app.bridge.seek(0.0)
    day.app.bridge.play()
    wait_until(lambda: day.position_s >= 1.5, 30.0)
    day.picture("playing")
    day.app.bridge.pause()


def save_and_open(day: Day, project: Path) -> None:
    """Save, open a new project, and open the saved one again."""
    from PySide6.QtCore import Qt

    with patch("app.saving.project_files.ask_for_new_file", lambda *_: project):
        day.key(Qt.Key.Key_S, ctrl=True)
    wait_until(lambda: project.exists() and not day.app.window.isWindowModified(), 60.0)
    saved = day.scene
    day.key(Qt.Key.Key_N, ctrl=True)
    wait_until(lambda: not day.scene.lanes, 30.0)
    day.app.saving.files.open(project)
    wait_until(lambda: len(day.scene.lanes) == 2, 60.0)
    day.live(1.0)
    day.expect("saved, closed and opened again", day.scene == saved)


def export(day: Day, folder: Path) -> list[Path]:
    """Export the mix and each lane by the dialog, into a folder; returns the files."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from app.export.dialog import ExportDialog
    from app.export.exporting import Exporting

    day.key(Qt.Key.Key_E, ctrl=True)
    exporting = day.app.window.findChildren(Exporting)[0]
    wait_until(lambda: exporting.dialog is not None and exporting.dialog.isVisible(), 20.0)
    dialog = exporting.dialog
    assert isinstance(dialog, ExportDialog)
    dialog.what.lanes.click()
    dialog.files.folder.setFocus()
    dialog.files.folder.selectAll()
    QTest.keyClicks(dialog.files.folder, str(folder))
    day.live(0.5)
    if day.pictures is not None:
        dialog.grab().save(str(day.pictures / "export.png"))
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    began = time.monotonic()
    wait_until(lambda: not exporting.queue.live, _PATIENCE_S)
    print(f"exported in {time.monotonic() - began:.1f} s")
    QApplication.processEvents()
    if exporting.list is not None and day.pictures is not None:
        exporting.list.grab().save(str(day.pictures / "exports.png"))
    return sorted(folder.iterdir())


def check(day: Day, files: list[Path], asked_deg: float) -> None:
    """Read the files again."""
    from engine.ambisonics.intensity import direction_and_diffuseness
    from engine.contract.directions import Direction, angle_between
    from engine.export.reading.ambix_reader import read_ambix

    day.expect("three files", len(files) == 3 and all(file.suffix == ".wav" for file in files))
    fields = {file.name: read_ambix(file)[0] for file in files}
    for name, field in fields.items():
        print(f"{name}: {field.shape[1] / RATE_HZ:.3f} s, {20 * np.log10(np.abs(field).max() + 1e-9):.1f} dBFS peak")
    mix = next(name for name in fields if "mix" in name)
    lanes = [name for name in fields if name != mix]
    rest = fields[mix] - sum(fields[name] for name in lanes)
    level = 10 * np.log10(np.mean(rest**2) / np.mean(fields[mix] ** 2) + 1e-12)
    print(f"the mix less the sum of the lanes: {level:.1f} dB (watermarks and dither of three files)")
    for lane, asked in zip(day.scene.lanes, (90.0, asked_deg), strict=True):
        name = next(name for name in lanes if lane.name.split()[0].lower() in name.lower())
        direction, _ = direction_and_diffuseness(fields[name])
        off = float(np.rad2deg(angle_between(direction, Direction(asked).unit_vector())))
        print(f"{lane.name}: {off:.1f} degrees off the place that it was given, {asked:.0f}")


def work(app: "App", scratch: Path, film: Path, pictures: Path | None) -> None:
    """Live the day."""
    (scratch / "out").mkdir()
    day = Day(app, film, pictures)
    day.make_lanes()
    edit(day)
    asked_deg = place(day)
    other_take(day)
    day.picture("edited")
    save_and_open(day, scratch / "street.swan")
    check(day, export(day, scratch / "out"), asked_deg)


def main() -> None:
    """Live the day, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--pictures", type=Path, help="folder for screenshots")
    args = parser.parse_args()
    with opened_app() as (app, scratch):
        work(app, scratch, args.film, args.pictures)


if __name__ == "__main__":
    main()
