"""The view of the film: the same geometry as the conventions, drag, zoom, markers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.contract.directions import angle_between, equirectangular_to_direction, unit_vectors
from engine.contract.telemetry import FoaLevels
from engine.contract.view import ViewOrientation, head_axes
from engine.video.projection import project_view, screen_view
from tests.fakes import field_levels
from tests.widgets.film.on_a_screen import needs_screen, printed_by
from widgets.film import direction_overlay
from widgets.film.gl_probe import is_hardware, renderer_name
from widgets.film.panorama_view import PanoramaView
from widgets.film.view_drag import FOV_MAX_RAD, FOV_MIN_RAD, ViewState
from widgets.film.view_geometry import FlatView
from widgets.parts.theme import COLOURS


@pytest.fixture
def film() -> np.ndarray:
    """Red holds the azimuth, green the elevation, so that a pixel tells where it is from."""
    x, y = np.meshgrid(np.arange(720), np.arange(360))
    azimuth, elevation = equirectangular_to_direction(x, y, 720, 360)
    return np.stack([azimuth / np.pi * 127 + 128, elevation / np.pi * 254 + 128, 0 * x], axis=-1).astype(np.uint8)


def for_screen(rgb: np.ndarray) -> np.ndarray:
    """Return a picture in the screen's pixels: blue, green, red, 255."""
    return np.dstack([rgb[..., ::-1], np.full(rgb.shape[:2], 255, np.uint8)])


def plain(colour: int | tuple[int, int, int]) -> np.ndarray:
    return for_screen(np.full((180, 360, 3), colour, np.uint8))


@pytest.fixture
def panorama(qtbot, film: np.ndarray) -> PanoramaView:
    widget = PanoramaView(screen_view)
    qtbot.addWidget(widget)
    widget.resize(640, 360)
    widget.set_frame(for_screen(film))
    widget.show()
    return widget


def middle(widget: PanoramaView) -> tuple[float, float]:
    """Return azimuth and elevation in degrees that are seen in the middle."""
    colour = widget.grab().toImage().pixelColor(widget.width() // 2, widget.height() // 2)
    return (colour.red() - 128) / 127 * 180, (colour.green() - 128) / 254 * 180


def test_yaw_of_ninety_degrees_shows_the_left(panorama: PanoramaView) -> None:
    assert middle(panorama) == pytest.approx((0.0, 0.0), abs=3.0)
    panorama.set_view(ViewOrientation(yaw_rad=math.pi / 2))
    assert middle(panorama) == pytest.approx((90.0, 0.0), abs=3.0)
    panorama.set_view(ViewOrientation(pitch_rad=math.radians(40)))
    assert middle(panorama) == pytest.approx((0.0, 40.0), abs=3.0)


@pytest.mark.slow
@given(
    yaw=st.floats(-3.1, 3.1), pitch=st.floats(-1.4, 1.4), roll=st.floats(-1.0, 1.0),
    x=st.floats(1, 639), y=st.floats(1, 359),
)  # fmt: skip
def test_pixels_and_directions_are_inverse(yaw: float, pitch: float, roll: float, x: float, y: float) -> None:
    flat = FlatView(ViewOrientation(yaw, pitch, roll), 1.6, 640, 360)
    back_x, back_y, is_ahead = flat.to_pixels(flat.to_direction(x, y))
    assert is_ahead
    assert (back_x, back_y) == pytest.approx((x, y), abs=1e-6)


@pytest.mark.parametrize(("x", "y"), [(20, 20), (320, 180), (600, 300)])
def test_the_picture_has_the_geometry_of_the_markers(film: np.ndarray, x: int, y: int) -> None:
    view = ViewOrientation(0.7, -0.4, 0.2)
    red, green, _ = project_view(film, view, 1.6, (640, 360))[y, x].astype(float)
    seen = unit_vectors((red - 128) / 127 * np.pi, (green - 128) / 254 * np.pi)
    told = FlatView(view, 1.6, 640, 360).to_direction(x + 0.5, y + 0.5)
    assert math.degrees(angle_between(seen, told)) < 2.5


def test_the_screen_gets_the_same_view_in_its_own_pixels(film: np.ndarray) -> None:
    view = ViewOrientation(0.7, -0.4, 0.2)
    fine = film.repeat(2, axis=0).repeat(2, axis=1)
    flat = project_view(fine, view, 1.6, (640, 360))
    shown = screen_view(for_screen(fine), view, 1.6, (640, 360))
    assert np.array_equal(shown[:, :, 2::-1], flat)
    assert (shown[:, :, 3] == 255).all()
    for picture, size in ((film, (640, 360)), (fine, (1920, 1080))):
        film_or_screen = screen_view(for_screen(picture), view, 1.6, size)
        step = film_or_screen.shape[0] // 360  # projected smaller than it is shown
        sampled = film_or_screen[step // 2 :: step, step // 2 :: step, 2::-1].astype(int)
        assert np.abs(sampled - flat).mean() < 2.0


def test_a_view_is_as_exact_as_its_quick_arc_tangents_allow() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (320, 640, 4), np.uint8)
    view, fov_rad, (width, height) = ViewOrientation(0.7, -0.4, 0.2), 1.6, (300, 200)
    y, x = np.mgrid[:height, :width] + 0.5
    focal = width / 2.0 / math.tan(fov_rad / 2.0)
    rays = np.stack([np.full(x.shape, focal), width / 2.0 - x, height / 2.0 - y])
    ahead, left, up = np.einsum("ij,jhw->ihw", head_axes(view), rays)
    at_x = (0.5 - np.arctan2(left, ahead) / (2 * np.pi)) * 640 - 0.5
    at_y = np.clip((0.5 - np.arctan2(up, np.hypot(ahead, left)) / np.pi) * 320 - 0.5, 0, 319)
    column, row = np.floor(at_x).astype(int), np.minimum(np.floor(at_y).astype(int), 318)
    right, below = (at_x - column)[..., None], (at_y - row)[..., None]
    corners = [noise[row + down, (column + across) % 640].astype(float) for down in (0, 1) for across in (0, 1)]
    above = corners[0] * (1 - right) + corners[1] * right
    exact = above * (1 - below) + (corners[2] * (1 - right) + corners[3] * right) * below
    off = np.abs(project_view(noise, view, fov_rad, (width, height)) - exact)
    # Places in whole 32nds of a pixel would be off by 5 levels in noise, the quick arc tangents by half of that.
    assert np.percentile(off, 99) < 3.5


@pytest.mark.parametrize(("film_px", "is_enlarged"), [(1280, False), (800, True)])
def test_a_view_is_projected_whole_unless_its_film_is_much_coarser(film_px: int, is_enlarged: bool) -> None:
    noise = np.random.default_rng(2).integers(0, 255, (film_px // 2, film_px, 4), np.uint8)
    whole = project_view(noise, ViewOrientation(), 1.66, (920, 407))
    shown = screen_view(noise, ViewOrientation(), 1.66, (920, 407))
    assert shown.shape == whole.shape
    assert np.array_equal(shown, whole) is not is_enlarged


def test_there_is_no_seam_behind(film: np.ndarray) -> None:
    smooth = np.repeat(np.sin(np.linspace(0, 2 * np.pi, 720, endpoint=False))[None, :, None] * 100 + 128, 360, axis=0)
    picture = np.repeat(smooth, 3, axis=2).astype(np.uint8)
    seen = project_view(picture, ViewOrientation(yaw_rad=math.pi), 1.6, (640, 360)).astype(int)
    assert np.abs(np.diff(seen, axis=1)).max() <= 3


def test_dragging_right_looks_left_and_wraps(panorama: PanoramaView, qtbot) -> None:
    seen: list[ViewOrientation] = []
    panorama.view_changed.connect(seen.append)
    QTest.mousePress(panorama, Qt.MouseButton.LeftButton, pos=QPoint(200, 180))
    QTest.mouseMove(panorama, QPoint(300, 180))
    QTest.mouseRelease(panorama, Qt.MouseButton.LeftButton, pos=QPoint(300, 180))
    assert seen
    assert seen[-1].yaw_rad > 0.1
    state = ViewState()
    for _ in range(40):
        state = state.dragged(300, 0, 640)
        assert -math.pi <= state.view.yaw_rad <= math.pi


def test_pitch_and_zoom_have_ends() -> None:
    state = ViewState().dragged(0, 1e6, 640)
    assert state.view.pitch_rad < math.pi / 2
    assert ViewState().zoomed(100).fov_rad == FOV_MIN_RAD
    assert ViewState().zoomed(-100).fov_rad == FOV_MAX_RAD


def test_keys_and_double_click(panorama: PanoramaView) -> None:
    QTest.keyClick(panorama, Qt.Key.Key_Left)
    assert panorama.view.yaw_rad > 0
    QTest.keyClick(panorama, Qt.Key.Key_Up)
    assert panorama.view.pitch_rad > 0
    before = panorama.fov_rad
    QTest.keyClick(panorama, Qt.Key.Key_Plus)
    assert panorama.fov_rad < before
    QTest.mouseDClick(panorama, Qt.MouseButton.LeftButton)
    assert panorama.view == ViewOrientation()
    assert panorama.fov_rad == before


def test_shift_click_asks_for_a_direction(panorama: PanoramaView, qtbot) -> None:
    panorama.set_view(ViewOrientation(yaw_rad=math.radians(60)))
    with qtbot.waitSignal(panorama.direction_picked) as picked:
        QTest.mouseClick(panorama, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, QPoint(320, 180))
    assert picked.args == pytest.approx([60.0, 0.0], abs=0.5)


def levels(direction: tuple[float, float, float], diffuseness: float = 0.1) -> FoaLevels:
    return field_levels(0.0, direction, 0.01, diffuseness, rms=np.full(4, 0.1), duration_s=0.16)


def test_the_marker_is_drawn_where_the_sound_is(panorama: PanoramaView) -> None:
    panorama.set_frame(plain(0))
    for _ in range(60):
        panorama.set_field(levels((1.0, 0.2, 0.0)))
    picture = panorama.grab().toImage()
    x, y, _ = panorama.flat_view().to_pixels(np.array([1.0, 0.2, 0.0]) / np.linalg.norm([1.0, 0.2, 0.0]))
    assert picture.pixelColor(round(x), round(y)).green() > 100
    assert picture.pixelColor(60, 320).green() == 0


def colours_round(picture: QImage, x: float, y: float, reach: int) -> list[int]:
    """Return the grey levels of a row of pixels round a place."""
    return [picture.pixelColor(round(x) + i, round(y)).lightness() for i in range(-reach, reach + 1)]


@pytest.mark.slow
@pytest.mark.parametrize("ground", [(255, 190, 90), (255, 255, 255), (5, 5, 10), (99, 183, 201)])
def test_the_marker_is_seen_on_fire_snow_night_and_its_own_colour(panorama: PanoramaView, ground) -> None:
    panorama.set_frame(plain(ground))
    for _ in range(60):
        panorama.set_field(levels((1.0, 0.2, 0.0)))
    x, y, _ = panorama.flat_view().to_pixels(np.array([1.0, 0.2, 0.0]) / np.linalg.norm([1.0, 0.2, 0.0]))
    seen = colours_round(panorama.grab().toImage(), x, y, 9)
    assert max(seen) - min(seen) > 60


def test_the_marker_goes_with_the_sound(panorama: PanoramaView, qtbot) -> None:
    panorama.set_frame(plain(0))
    bare = panorama.grab().toImage()
    for _ in range(60):
        panorama.set_field(levels((1.0, 0.2, 0.0)))
    assert panorama.grab().toImage() != bare
    panorama.set_field(None)
    assert panorama.grab().toImage() == bare


def test_a_marker_that_moves_waits_for_the_next_picture(panorama: PanoramaView, qtbot, monkeypatch) -> None:
    paints: list[None] = []
    paint = panorama.paintEvent
    monkeypatch.setattr(panorama, "paintEvent", lambda event: (paints.append(None), paint(event)))
    panorama.set_frame(plain(0))
    qtbot.waitUntil(lambda: len(paints) > 0)
    paints.clear()
    for _ in range(3):
        panorama.set_field(levels((1.0, 0.2, 0.0)))
    panorama.set_frame(plain(0))
    qtbot.wait(120)
    assert len(paints) == 1
    panorama.set_field(levels((1.0, 0.2, 0.0)))  # without a picture it is drawn for itself
    qtbot.waitUntil(lambda: len(paints) == 2, timeout=500)


def test_a_marker_that_goes_to_and_fro_is_drawn_once_per_look(panorama: PanoramaView, monkeypatch) -> None:
    drawn: list[object] = []
    draw = direction_overlay._draw_mark
    monkeypatch.setattr(direction_overlay, "_draw_mark", lambda look: (drawn.append(look), draw(look))[1])
    pictures: dict[bool, set[int]] = {True: set(), False: set()}
    for step in range(300):
        is_diffuse = step // 20 % 2 == 0
        panorama.set_field(levels((1.0, 0.2, 0.0), diffuseness=0.8 if is_diffuse else 0.2))
        pictures[is_diffuse].add(hash(bytes(panorama.grab().toImage().constBits())))
    assert min(map(len, pictures.values())) > 4  # it moves
    assert len(drawn) == len(set(drawn)) < 60


def test_a_view_that_stays_is_computed_once(panorama: PanoramaView) -> None:
    before = panorama.flat_view()
    assert panorama.flat_view() is before
    panorama.set_view(ViewOrientation(0.3))
    turned = panorama.flat_view()
    assert turned.view == ViewOrientation(0.3)
    panorama.resize(500, 300)
    assert (panorama.flat_view().width, panorama.flat_view().height) == (500, 300)


def test_an_arrow_at_the_edge_tells_how_far_to_turn(panorama: PanoramaView) -> None:
    flat = FlatView(ViewOrientation(yaw_rad=math.radians(30)), 1.6, 640, 360)
    assert flat.angle_from_centre_deg(unit_vectors(math.radians(150), 0.0)) == pytest.approx(120.0)
    panorama.set_frame(plain(0))
    panorama.set_target(unit_vectors(math.radians(120), 0.0))
    assert texts_drawn(panorama) == ["120°"]


def texts_drawn(widget: PanoramaView) -> list[str]:
    """Return every text that is written over the film."""
    written: list[str] = []

    class Listening(QPainter):
        def drawText(self, *what: object) -> None:
            written.append(str(what[-1]))

    image = QImage(widget.size(), QImage.Format.Format_RGB32)
    painter = Listening(image)
    widget._paint_top(painter)
    painter.end()
    return written


def test_the_film_shows_that_it_has_the_keyboard(panorama: PanoramaView, qtbot) -> None:
    with qtbot.waitActive(panorama):
        panorama.activateWindow()
    panorama.set_frame(plain(255))
    panorama.setFocus()
    with_focus = panorama.grab().toImage().pixelColor(0, 100).name()
    panorama.clearFocus()
    assert (with_focus, panorama.grab().toImage().pixelColor(0, 100).name()) == (COLOURS.accent, "#ffffff")


def test_the_asked_direction_has_a_mark_of_its_own(panorama: PanoramaView) -> None:
    panorama.set_frame(plain(255))
    bare = panorama.grab().toImage()
    panorama.set_target(unit_vectors(0.0, 0.0))
    marked = panorama.grab().toImage()
    # The square's left side lies 11 pixels beside the middle, with a dark line beside the bright one.
    column = [marked.pixelColor(panorama.width() // 2 - 11 + i, panorama.height() // 2 - 8) for i in range(-4, 5)]
    assert min(colour.blue() for colour in column) < 60
    assert any(colour.red() > 180 and colour.blue() < 150 for colour in column)
    panorama.set_target(None)
    assert panorama.grab().toImage() == bare


def test_the_wheel_zooms(panorama: PanoramaView) -> None:
    before = panorama.fov_rad
    place = QPointF(320, 180)
    turn = (QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)
    event = QWheelEvent(place, place, *turn, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(panorama, event)
    assert panorama.fov_rad == pytest.approx(before * 0.81)
    assert panorama.view == ViewOrientation()


GL_AND_PROCESSOR = """
import sys
import numpy as np
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from engine.contract.directions import equirectangular_to_direction
from engine.contract.video import UPRIGHT, Pose, pose_turn
from engine.contract.view import ViewOrientation, head_axes, view_of_axes
from engine.video.projection import project_view, screen_view
from widgets.film.gl_probe import renderer_name
from widgets.film.panorama_view import PanoramaView

app = QApplication([])
if renderer_name() is None:
    sys.exit(77)
def film(columns, rows, level):
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    azimuth, elevation = equirectangular_to_direction(x, y, columns, rows)
    picture = np.stack([np.cos(azimuth), np.sin(azimuth), np.sin(elevation)], axis=-1) * 100 + level
    return picture.astype(np.uint8)

def largest_difference(pixels, horizon):
    grabbed = widget.grab().toImage()
    image = grabbed.convertToFormat(grabbed.Format.Format_RGB888)
    rows, columns = image.height(), image.width()
    drawn = np.frombuffer(image.constBits(), np.uint8).reshape(rows, -1)[:, : 3 * columns].reshape(rows, columns, 3)
    in_film = view_of_axes(pose_turn(horizon).T @ head_axes(widget.view))
    wanted = project_view(pixels, in_film, widget.fov_rad, (columns, rows))[..., 2::-1]
    return np.abs(drawn.astype(int) - wanted).max()

widget = PanoramaView(screen_view, use_gl=True)
widget.resize(480, 270)
widget.show()
textures = []
for size, level in (((641, 321), 128), ((641, 321), 110), ((320, 160), 140)):
    rgb = film(*size, level)
    pixels = np.dstack([rgb[..., ::-1], np.full(rgb.shape[:2], 255, np.uint8)])
    widget.set_frame(pixels)
    for view, horizon in (
        (ViewOrientation(), UPRIGHT),
        (ViewOrientation(2.9, -0.6, 0.3), UPRIGHT),
        (ViewOrientation(-1.0, 1.3), Pose(30.0, 20.0, -15.0)),
    ):
        widget.set_view(view)
        widget.set_horizon(horizon)
        QTest.qWait(50)
        print(largest_difference(pixels, horizon))
    textures.append(widget._shader._texture)
assert textures[0] is textures[1]  # the same memory for pictures of one size
assert textures[2] is not textures[1]
widget.release()
"""


@pytest.mark.slow
@needs_screen
def test_the_shader_draws_what_the_processor_draws() -> None:
    assert max(map(int, printed_by(GL_AND_PROCESSOR).split())) <= 3


def test_software_renderers_are_not_hardware(qapp) -> None:
    assert not is_hardware("llvmpipe (LLVM 15.0.6, 256 bits)")
    assert not is_hardware(None)
    assert is_hardware("NVIDIA GeForce RTX 4070/PCIe/SSE2")
    assert renderer_name() is None or isinstance(renderer_name(), str)
