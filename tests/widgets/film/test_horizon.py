"""The correction of the horizon on the film: the picture turns as the sound does, and follows the hand."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from engine.contract.directions import Direction, angle_between, direction_to_equirectangular, unit_vectors
from engine.contract.video import UPRIGHT, Pose, pose_turn
from engine.contract.view import ViewOrientation
from engine.video.projection import screen_view
from widgets.film.horizon_hand import HorizonHand, turn_by
from widgets.film.horizon_panel import HorizonPanel
from widgets.film.panorama_view import PanoramaView
from widgets.film.view_geometry import FlatView
from widgets.places.map_picture import MapPicture

DOT = Direction(40.0, 15.0)
TILTED = Pose(30.0, 20.0, -15.0)
CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def with_dot() -> np.ndarray:
    """Return a dark film (256, 512, 4) with a bright dot in one direction."""
    frame = np.full((256, 512, 4), 30, np.uint8)
    x, y = direction_to_equirectangular(math.radians(DOT.azimuth_deg), math.radians(DOT.elevation_deg), 512, 256)
    frame[round(float(y)) - 2 : round(float(y)) + 3, round(float(x)) - 2 : round(float(x)) + 3] = 255
    return frame


def middle_of_dot(image: QImage) -> tuple[float, float]:
    grey = np.array([[image.pixelColor(x, y).lightness() for x in range(image.width())] for y in range(image.height())])
    rows, columns = np.nonzero(grey > 150)
    assert len(rows) > 4
    return columns.mean() + 0.5, rows.mean() + 0.5


@pytest.fixture
def film(qtbot) -> PanoramaView:
    widget = PanoramaView(screen_view)
    qtbot.addWidget(widget)
    widget.resize(320, 180)
    widget.set_frame(with_dot())
    widget.show()
    return widget


@pytest.mark.parametrize("pose", [UPRIGHT, TILTED, Pose(roll_deg=170.0)], ids=str)
def test_the_film_shows_a_thing_where_its_sound_is_turned_to(film: PanoramaView, pose: Pose) -> None:
    wanted = pose_turn(pose) @ DOT.unit_vector()
    film.set_view(ViewOrientation(math.atan2(wanted[1], wanted[0]) - 0.2, math.asin(wanted[2]) + 0.1, 0.1))
    film.set_horizon(pose)
    seen = film.flat_view().to_direction(*middle_of_dot(film.grab().toImage()))
    assert math.degrees(float(angle_between(seen, wanted))) < 1.0


@pytest.mark.parametrize("pose", [TILTED, Pose(yaw_deg=180.0)], ids=str)
def test_the_map_shows_it_there_too(qapp, pose: Pose) -> None:
    picture = MapPicture()
    assert picture.set_frame(with_dot())
    upright = picture.image(256)
    assert upright is not None
    assert picture.set_horizon(pose)
    assert not picture.set_horizon(pose)
    image = picture.image(256)
    assert image is not None
    assert image.size() == QSize(256, 128)
    x, y = middle_of_dot(image)
    seen = unit_vectors(math.pi * (1.0 - 2.0 * x / 256), math.pi / 2.0 * (1.0 - 2.0 * y / 128))
    assert math.degrees(float(angle_between(seen, pose_turn(pose) @ DOT.unit_vector()))) < 2.0


def test_what_is_grabbed_in_front_follows_the_pointer_up_and_down() -> None:
    flat = FlatView(ViewOrientation(yaw_rad=1.1), 1.6, 640, 360)
    grabbed = flat.to_direction(320, 180)
    x, y, _ = flat.to_pixels(turn_by(flat, 0.0, 30.0) @ grabbed)
    assert (x, y) == pytest.approx((320.0, 210.0), abs=0.5)


def test_a_drag_to_the_right_leans_to_the_right_and_never_turns_the_picture_around() -> None:
    flat = FlatView(ViewOrientation(yaw_rad=-0.7, pitch_rad=0.3), 1.6, 640, 360)
    turn = turn_by(flat, 200.0, 0.0)
    right = unit_vectors(-0.7 - math.pi / 2.0, 0.0)
    assert (turn @ right)[2] < -0.05
    ahead = unit_vectors(-0.7, 0.0)
    np.testing.assert_allclose(turn @ ahead, ahead, atol=1e-9)


def test_only_while_it_is_on_a_drag_with_ctrl_levels_the_film(film: PanoramaView) -> None:
    hand = HorizonHand(film)
    turns: list[np.ndarray] = []
    told: list[str] = []
    hand.grabbed.connect(lambda: told.append("grabbed"))
    hand.moved.connect(turns.append)
    hand.let_go.connect(lambda: told.append("let go"))
    for is_on in (False, True):
        hand.set_on(is_on)
        QTest.mousePress(film, LEFT, CTRL, QPoint(160, 90))
        QTest.mouseMove(film, QPoint(160, 110))
        QTest.mouseRelease(film, LEFT, CTRL, QPoint(160, 110))
        if not is_on:
            assert film.view.pitch_rad > 0.0  # it has looked around instead
            assert not turns
            film.recentre()
    assert told == ["grabbed", "let go"]
    assert film.view == ViewOrientation()
    assert (turns[-1] @ np.array([1.0, 0.0, 0.0]))[2] < -0.1


def test_level_lines_are_drawn_while_it_is_on(film: PanoramaView) -> None:
    film.set_frame(np.full((256, 512, 4), 30, np.uint8))
    hand = HorizonHand(film)
    plain = film.grab().toImage()
    hand.set_on(True)
    lined = film.grab().toImage()
    assert lined.pixelColor(60, 90) != plain.pixelColor(60, 90)
    assert lined.pixelColor(60, 30) == plain.pixelColor(60, 30)
    hand.set_on(False)
    assert film.grab().toImage() == plain


def test_one_angle_is_changed_and_the_others_stay_as_exact_as_they_are(qtbot) -> None:
    panel = HorizonPanel()
    qtbot.addWidget(panel)
    sent: list[tuple[Pose, str]] = []
    panel.changed.connect(lambda pose, angle: sent.append((pose, angle)))
    panel.show_pose(Pose(10.04, -3.26, 170.0))
    assert not sent
    panel.boxes["pitch_deg"].setValue(4.0)
    assert sent[-1] == (Pose(10.04, 4.0, 170.0), "pitch_deg")
    panel.sliders["roll_deg"].setValue(-123)
    assert sent[-1] == (Pose(10.04, -3.26, -12.3), "roll_deg")  # until the owner shows the new one
