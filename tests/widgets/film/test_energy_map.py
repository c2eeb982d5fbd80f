"""The energy map: brightest where the sound comes from, wherever the view looks, with and without a graphics card."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage

from engine.contract.beams import beam_form, loudest_beam
from engine.contract.directions import angle_between, unit_vectors
from engine.contract.view import ViewOrientation
from engine.video.projection import screen_view
from tests.fakes import field_levels
from tests.widgets.film.on_a_screen import needs_screen, printed_by
from widgets.film.map_control import USUAL_PERCENT, MapControl
from widgets.film.panorama_view import PanoramaView

BLACK = np.dstack([np.zeros((90, 180, 3), np.uint8), np.full((90, 180), 255, np.uint8)])


@pytest.fixture
def dark_film(qtbot) -> PanoramaView:
    widget = PanoramaView(screen_view)
    qtbot.addWidget(widget)
    widget.resize(640, 360)
    widget.set_frame(BLACK)
    widget.set_map_opacity(1.0)
    return widget


def brightness(widget: PanoramaView) -> np.ndarray:
    """Return the brightness (rows, columns) of what the view paints without its marker."""
    widget._overlay.set_field(None)
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return pixels[..., :3].astype(float).sum(axis=-1)


SOURCES = [(0, 0), (30, 10), (-40, -15), (100, 20), (180, 0), (-120, -30)]


@pytest.mark.parametrize(("azimuth_deg", "elevation_deg"), SOURCES)
def test_the_brightest_place_is_the_source_wherever_the_view_looks(
    dark_film: PanoramaView, azimuth_deg: float, elevation_deg: float
) -> None:
    source = unit_vectors(np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg))
    dark_film.set_field(field_levels(0.0, source, power=0.1))
    for turned_deg, pitch_deg in ((0.0, 0.0), (20.0, 5.0), (-15.0, -10.0)):
        yaw = np.deg2rad(azimuth_deg + turned_deg)
        dark_film.set_view(ViewOrientation(yaw, np.deg2rad(elevation_deg + pitch_deg), 0.2))
        drawn = brightness(dark_film)
        rows, columns = np.nonzero(drawn >= drawn.max() - 2.0)  # steps of eight bits: the top is flat
        found = dark_film.flat_view().to_direction(columns.mean() + 0.5, rows.mean() + 0.5)
        assert np.rad2deg(angle_between(found, source)) < 3.0


def test_behind_the_viewer_there_is_nothing_to_see(dark_film: PanoramaView) -> None:
    dark_film.set_field(field_levels(0.0, (-1.0, 0.0, 0.0), power=0.1))
    assert brightness(dark_film)[170:190, 310:330].max() == 0.0


def test_a_diffuse_field_is_pale_and_even(dark_film: PanoramaView) -> None:
    dark_film.set_field(field_levels(0.0, (1.0, 0.0, 0.0), power=0.1))
    plane = brightness(dark_film).max()
    dark_film.set_field(None)
    dark_film.set_field(field_levels(0.0, power=0.1, diffuseness=1.0))
    diffuse = brightness(dark_film)
    assert 0.0 < diffuse.max() < 0.2 * plane
    assert np.ptp(diffuse) <= 3.0


def test_it_is_off_until_it_is_switched_on_and_goes_with_the_sound(dark_film: PanoramaView) -> None:
    levels = field_levels(power=0.1)
    dark_film.set_map_opacity(0.0)
    dark_film.set_field(levels)
    assert brightness(dark_film).max() == 0.0
    dark_film.set_map_opacity(0.5)
    half = brightness(dark_film).max()
    dark_film.set_map_opacity(1.0)
    assert brightness(dark_film).max() == pytest.approx(2.0 * half, rel=0.03)
    dark_film.set_field(None)
    assert brightness(dark_film).max() == 0.0


def test_the_control_is_off_at_first_and_sends_what_it_shows(qtbot) -> None:
    control = MapControl()
    qtbot.addWidget(control)
    sent: list[float] = []
    control.opacity_changed.connect(sent.append)
    assert not control.is_on
    control.slider.setValue(30)
    control.button.click()
    control.slider.setValue(80)
    control.button.click()
    assert sent == [0.0, 0.3, 0.8, 0.0]


GL_AND_PROCESSOR = """
import sys
from dataclasses import replace

import numpy as np
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from engine.contract.directions import unit_vectors
from engine.contract.view import ViewOrientation
from engine.video.projection import screen_view
from tests.fakes import field_levels
from widgets.film.gl_probe import renderer_name
from widgets.film.panorama_view import PanoramaView

app = QApplication([])
if renderer_name() is None:
    sys.exit(77)
film = np.full((180, 360, 4), 255, np.uint8)
film[..., :3] = (40, 60, 90)

widgets = [PanoramaView(screen_view, use_gl=use_gl) for use_gl in (True, False)]
for widget in widgets:
    widget.resize(640, 360)
    widget.set_map_opacity(0.8)
    widget.set_frame(film)
    widget.show()
    QTest.qWaitForWindowExposed(widget)

def drawn(widget, view, levels):
    widget.set_view(view)
    widget.set_field(None)
    widget.set_field(levels)
    widget._overlay.set_field(None)
    QTest.qWait(100)
    image = widget.grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return pixels[..., :3].astype(int)

for azimuth, elevation, spread in ((0.0, 0.0, 0.0), (1.2, 0.4, 0.3), (-2.5, -0.7, 0.6)):
    levels = field_levels(0.0, unit_vectors(azimuth, elevation), 0.05, spread)
    view = ViewOrientation(azimuth + 0.3, elevation - 0.2, 0.3)
    cards, processors = (drawn(widget, view, levels) for widget in widgets)
    print(np.abs(cards - processors).max(), np.ptp(cards))
for widget in widgets:
    widget.release()
"""


@pytest.mark.slow
@needs_screen
def test_the_shader_draws_the_same_map_as_the_processor() -> None:
    values = np.array([line.split() for line in printed_by(GL_AND_PROCESSOR).splitlines()], int)
    assert len(values) == 3
    assert values[:, 0].max() <= 8
    assert values[:, 1].min() >= 30  # there is a map at all


def test_the_map_is_seen_over_a_mix_of_sources_at_the_usual_level(dark_film: PanoramaView) -> None:
    """A mix of -23 dB whose loudest direction has two thirds of the energy, with the usual opacity."""
    dark_film.set_map_opacity(USUAL_PERCENT / 100.0)
    ahead = field_levels(0.0, (1.0, 0.0, 0.0), power=0.0034)
    beside = field_levels(0.0, (-0.5, 0.87, 0.0), power=0.0016)
    dark_film.set_field(replace(ahead, covariance=ahead.covariance + beside.covariance))
    assert 0.55 < loudest_beam(beam_form(dark_film._map._covariance))[1] / 0.005 < 0.8
    assert brightness(dark_film).max() / 3.0 > 60.0  # of 255
