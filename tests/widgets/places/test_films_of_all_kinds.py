"""Markers stand on what they mark: stereo films, and films whose horizon is corrected."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from engine.contract.directions import Direction, angle_between, direction_to_equirectangular
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.scene import Scene
from engine.contract.video import Pose, StereoLayout, pose_turn
from engine.contract.view import ViewOrientation
from tests.engine.video.test_unpacking import film, unpacked
from tests.widgets.places.placing import Placing
from tests.widgets.timeline.timelines import click

EYE = (512, 256)
TILTED = Pose(30.0, 20.0, -15.0)
DOT = Direction(40.0, 15.0)
"""Where the dot is in the film's own sphere."""


def stored(layout: StereoLayout) -> np.ndarray:
    """Return a picture as the film stores it: the dot in the first eye, and somewhere else in the second."""
    eyes = []
    for azimuth_deg in (DOT.azimuth_deg, -100.0):
        eye = np.full((EYE[1], EYE[0], 3), 40, np.uint8)
        x, y = direction_to_equirectangular(math.radians(azimuth_deg), math.radians(DOT.elevation_deg), *EYE)
        column, row = round(float(x)), round(float(y))
        eye[row - 3 : row + 4, column - 3 : column + 4] = 255
        eyes.append(eye)
    if layout is StereoLayout.MONO:
        return eyes[0]
    return np.concatenate(eyes, axis=0 if layout is StereoLayout.TOP_BOTTOM else 1)


def brightest(placing: Placing) -> QPointF:
    """Return the middle of the dot that the film shows."""
    picture = placing.film.grab().toImage()
    grey = [[picture.pixelColor(x, y).lightness() for x in range(picture.width())] for y in range(picture.height())]
    rows, columns = np.nonzero(np.array(grey) > 150)
    assert len(rows) > 9
    return QPointF(columns.mean() + 0.5, rows.mean() + 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("pose", [Pose(), TILTED], ids=["upright", "corrected"])
@pytest.mark.parametrize("layout", list(StereoLayout))
def test_a_lane_that_is_placed_on_a_thing_stays_on_it_from_every_view(qtbot, layout, pose) -> None:
    picture = stored(layout)
    panorama = unpacked(film(*picture.shape[1::-1], layout=layout, pose=pose), picture)
    placing = Placing(qtbot, add_lane(Scene(), "Dog").scene)
    placing.film.set_frame(np.dstack([panorama[..., ::-1], np.full(panorama.shape[:2], 255, np.uint8)]))
    wanted = pose_turn(pose) @ DOT.unit_vector()
    yaw, pitch = math.atan2(wanted[1], wanted[0]), math.asin(wanted[2])
    placing.film.set_view(ViewOrientation(yaw - 0.3, pitch + 0.2))
    click(placing.film, brightest(placing), Qt.KeyboardModifier.ShiftModifier)
    path = placing.lane().path
    assert math.degrees(float(angle_between(path.directions.at(0.0), wanted))) < 1.5
    placing.film.set_view(ViewOrientation(yaw + 0.4, pitch - 0.2, 0.3))
    placing.film._layers.clear()  # the dot without its marker
    dot, marker = brightest(placing), placing.point()
    assert math.hypot(dot.x() - marker.x(), dot.y() - marker.y()) < 6.0
