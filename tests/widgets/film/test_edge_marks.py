"""Arrows at the edge of the film: every one points the right way, and none covers another."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from engine.contract.directions import unit_vectors
from engine.contract.view import ViewOrientation
from engine.video.projection import screen_view
from tests.fakes import field_levels
from widgets.film.edge_marks import EdgeMark, edge_places, paint_edge_marks
from widgets.film.panorama_view import PanoramaView
from widgets.film.view_geometry import FlatView

APART_PX = 46.0
FLAT = FlatView(ViewOrientation(), 1.6, 920, 285)


def vectors_to(*azimuths_deg: float) -> np.ndarray:
    azimuths = np.deg2rad(azimuths_deg)
    return unit_vectors(azimuths, np.zeros_like(azimuths))


def test_what_is_behind_is_pointed_to_from_its_side() -> None:
    (x, _, angle), (right_x, _, right_angle) = edge_places(FLAT, vectors_to(120.0, -120.0))
    assert (x, right_x) == (30.0, 890.0)
    assert abs(angle) == pytest.approx(math.pi)
    assert right_angle == pytest.approx(0.0)
    assert len(edge_places(FLAT, vectors_to(180.0))) == 1


@pytest.mark.parametrize("field_deg", np.arange(70.0, 291.0, 7.0))
def test_an_arrow_that_gives_way_covers_no_lane_and_moves_none(field_deg: float) -> None:
    lanes = vectors_to(90.0, 80.0, 180.0, -90.0)
    alone = edge_places(FLAT, lanes)
    both = edge_places(FLAT, np.vstack([lanes, vectors_to(field_deg, field_deg)]), 2)
    assert both[:4] == alone
    for k, (x, y, _) in enumerate(both):
        others = [other for index, other in enumerate(both) if index != k]
        # around a corner the way along the edge is up to 1.42 times the distance
        assert min(math.hypot(x - a, y - b) for a, b, _ in others) > APART_PX / 1.42


def test_there_are_no_more_places_than_fit() -> None:
    places = edge_places(FlatView(ViewOrientation(), 1.6, 120, 90), vectors_to(*np.linspace(90.0, 270.0, 40)), 20)
    assert len(places) == 40
    assert all(0.0 <= x <= 120.0 and 0.0 <= y <= 90.0 for x, y, _ in places)


def test_labels_lie_below_all_marks_and_what_is_in_view_has_none() -> None:
    drawn: list[str] = []

    def mark(name: str, azimuth_deg: float, *, gives_way: bool = False) -> EdgeMark:
        def note(what: str):
            return lambda _painter, _x, _y, _angle: drawn.append(f"{what} {name}")

        return EdgeMark(vectors_to(azimuth_deg)[0], note("label"), note("mark"), gives_way)

    image = QImage(920, 285, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint_edge_marks(painter, FLAT, [mark("field", 90.0, gives_way=True), mark("dog", 90.0), mark("front", 0.0)])
    painter.end()
    assert drawn == ["label dog", "label field", "mark dog", "mark field"]


def test_the_arrows_of_the_field_and_of_the_target_are_two(qtbot) -> None:
    film = PanoramaView(screen_view)
    qtbot.addWidget(film)
    film.resize(640, 360)
    film.set_frame(np.dstack([np.zeros((90, 180, 3), np.uint8), np.full((90, 180), 255, np.uint8)]))
    left = vectors_to(90.0)[0]
    film.set_target(left)
    for _ in range(40):
        film.set_field(field_levels(0.0, left, power=0.1))
    places: list[QRectF] = []

    class Listening(QPainter):
        def drawText(self, *what: object) -> None:
            places.append(QRectF(what[0]))

    image = QImage(film.size(), QImage.Format.Format_RGB32)
    painter = Listening(image)
    film._paint_top(painter)
    painter.end()
    assert len(places) == 2
    assert not places[0].intersects(places[1])
