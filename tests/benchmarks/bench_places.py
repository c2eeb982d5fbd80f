"""What markers and a path cost to paint over the film: 32 lanes, and a path of 64 keyframes or of an hour's recording.

The baseline, measured in the same run, is the projection of the same view on the processor, which every paint of a
drag needs besides. The view turns before every paint. Compare ratios between machines.

Use: `python -m tests.benchmarks.bench_places`. Prints; asserts nothing about time.
"""

import itertools
import math
import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.scene import Scene
from engine.contract.view import ViewOrientation
from engine.video.projection import screen_view
from tests.benchmarks.bench_timeline import timed
from tests.engine.contract.scene.scenes import S
from widgets.film.edge_marks import paint_edge_marks
from widgets.film.view_geometry import FlatView
from widgets.parts.theme import apply_theme
from widgets.places.film_layer import FilmLayer
from widgets.places.places_state import PlacesState
from widgets.timeline.state import TimelineState

SIZES = ((1280, 720), (3840, 2160))
LANES = 32
FILM = np.full((1024, 2048, 4), 90, np.uint8)


def scene_of(keyframes: int) -> Scene:
    """Return 32 lanes that all move; the first has so many keyframes."""
    scene = Scene(length_samples=3_600 * S)
    for lane in range(LANES):
        count = keyframes if lane == 0 else 8
        frames = tuple(
            Keyframe(
                3_600 * S * k // count,
                Direction(math.remainder(11.25 * lane + 25.0 * k, 360.0), 40.0 * math.sin(0.7 * k + lane)),
            )
            for k in range(count)
        )
        path = LanePath(frames, PathInterpolation.GREAT_CIRCLE)
        scene = add_lane(scene, f"Lane {lane + 1}", path=path).scene
    return scene


def measure(keyframes: int, width: int, height: int) -> None:
    """Measure a scene at a size, and print."""
    numbers = itertools.count(1)
    timeline = TimelineState(lambda: next(numbers))
    timeline.set_scene(scene_of(keyframes))
    state = PlacesState(timeline)
    state.choose(timeline.scene.lanes[0].lane_id)
    layer = FilmLayer(state, lambda _vector: None)
    picture = QPixmap(width, height)
    picture.fill(QColor("#404040"))

    def paint(number: int) -> None:
        timeline.set_playhead(number * S // 30)
        painter = QPainter(picture)
        flat = FlatView(ViewOrientation(0.02 * number, 0.1), 1.66, width, height)
        layer.paint_path(painter, flat)
        paint_edge_marks(painter, flat, layer.edge_marks(flat))
        layer.paint(painter, flat)
        painter.end()

    def least(number: int) -> None:
        screen_view(FILM, ViewOrientation(0.02 * number, 0.1), 1.66, (width, height))

    taken_ms, least_ms = timed(paint), timed(least)
    what = f"{width} x {height}, {keyframes:,} keyframes"
    print(f"{what:<36}{taken_ms:8.2f}{least_ms:14.2f}{taken_ms / least_ms:8.1f}", flush=True)


def main() -> None:
    """Measure and print."""
    application = QApplication([])
    apply_theme(application)
    print(f"{'':<36}{'ms':>8}{'baseline ms':>14}{'ratio':>8}")
    for size in SIZES:
        for keyframes in (64, 18_000):
            measure(keyframes, *size)


if __name__ == "__main__":
    main()
