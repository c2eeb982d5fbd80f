"""What the timeline costs to paint: 32 lanes, 500 blocks, a film of 2 hours at 60 frames per second.

The baseline, measured in the same run, is the least that any timeline has to do: fill a rectangle and draw the words
for every block in view. Compare ratios between machines.

Use: `python -m tests.benchmarks.bench_timeline`. Prints; asserts nothing about time.
"""

import itertools
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.blocks import move_block
from engine.contract.scene.lane import COLOURS as COLOURS_OF_LANES
from engine.contract.scene.scene import Scene
from tests.engine.contract.scene.scenes import S, large_scene
from widgets.parts.theme import COLOURS, apply_theme
from widgets.timeline.geometry.hits import ROW_PX
from widgets.timeline.levels import LevelTrack
from widgets.timeline.timeline_view import TimelineView

SIZES = ((1280, 420), (1920, 1080), (3840, 2160))
HOP = 480
REPEATS = 21


def timed(act: Callable[[int], None]) -> float:
    """Return the median of the milliseconds that an action takes; the first two calls fill what is kept."""
    taken = []
    for number in range(REPEATS + 2):
        begin = time.perf_counter()
        act(number)
        taken.append(1000.0 * (time.perf_counter() - begin))
    return statistics.median(taken[2:])


def with_takes(scene: Scene) -> Scene:
    """Return a scene in which two of three generated blocks have a current take."""
    lanes = []
    for lane in scene.lanes:
        blocks = []
        for block in lane.blocks:
            if isinstance(block, GeneratedBlock) and block.block_id % 3:
                take = block.takes[0]
                block = replace(block, recipe=take.recipe, current=take.take_id)
            blocks.append(block)
        lanes.append(replace(lane, colour=COLOURS_OF_LANES[lane.lane_id % 8], blocks=tuple(blocks)))
    return replace(scene, lanes=tuple(lanes))


def give_tracks(view: TimelineView, scene: Scene) -> None:
    """Give every take and recording a level track of 100 peaks per second."""
    peaks = np.random.default_rng(0).random(10 * S // HOP).astype(np.float32)
    for block in scene.blocks():
        source = block.current if isinstance(block, GeneratedBlock) else block.file.path
        if source is not None:
            view.set_track(source, LevelTrack(peaks, HOP))


def baseline(view: TimelineView) -> float:
    """Return the milliseconds of a filled rectangle and its words for every block in view."""
    area, state = view.area, view.state
    pixmap = QPixmap(area.size())

    def paint(_number: int) -> None:
        painter = QPainter(pixmap)
        painter.fillRect(pixmap.rect(), QColor(COLOURS.window))
        for row, lane in enumerate(state.scene.lanes):
            if area.row_top(row) >= area.height():
                break
            for block in state.index.between(lane, state.scale.sample_at(0), state.scale.sample_at(area.width())):
                left, right = (round(state.scale.x_of(at)) for at in (block.start_sample, block.end_sample))
                rect = QRect(left, area.row_top(row) + 3, max(2, right - left), ROW_PX - 6)
                painter.fillRect(rect, QColor(lane.colour))
                painter.drawText(rect, Qt.AlignmentFlag.AlignTop, block.title)
        painter.end()

    return timed(paint)


def measure(application: QApplication, scene: Scene, width: int, height: int) -> None:
    """Measure a timeline of a size, and print."""
    numbers = itertools.count(1)
    begin = time.perf_counter()
    view = TimelineView(partial(next, numbers))
    view.resize(width, height)
    view.set_rate(60.0)
    view.set_scene(scene)
    view.show()
    application.processEvents()
    made_ms = 1000.0 * (time.perf_counter() - begin)
    give_tracks(view, scene)
    state, area = view.state, view.area

    def say(what: str, taken_ms: float, least_ms: float) -> None:
        print(
            f"{f'{width} x {height}, {what}':<40}{taken_ms:8.2f}{least_ms:14.2f}{taken_ms / least_ms:8.1f}", flush=True
        )

    def repaint(_number: int) -> None:
        area.repaint()

    def scroll(number: int) -> None:
        state.set_scale(state.scale.scrolled_to(40 * number))
        application.processEvents()

    def play(number: int) -> None:
        view.set_position(5.0 + number)
        application.processEvents()

    def edit(number: int) -> None:
        view.set_scene(move_block(state.scene, 40, 5 * S + number * 480).scene)
        application.processEvents()

    for what, seconds in (("whole film", 7200), ("10 minutes", 600), ("20 seconds", 20)):
        state.fit(0, seconds * S)
        say(what, timed(repaint), baseline(view))
    state.fit(0, 600 * S)
    least_ms = baseline(view)
    say("scrolled by 40 px", timed(scroll), least_ms)
    say("playhead on by a second", timed(play), least_ms)
    say("a step of a drag", timed(edit), least_ms)
    print(f"built, filled and shown in {made_ms:.0f} ms")
    view.close()


def main() -> None:
    """Measure and print."""
    application = QApplication([])
    apply_theme(application)
    scene = with_takes(large_scene())
    print(f"{'':<40}{'ms':>8}{'baseline ms':>14}{'ratio':>8}")
    for size in SIZES:
        measure(application, scene, *size)


if __name__ == "__main__":
    main()
