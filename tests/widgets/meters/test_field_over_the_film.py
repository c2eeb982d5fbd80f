"""Signed intensity and direction over the whole film: what a listener would point to is what is drawn."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.ambisonics.encoding import encode_path, encode_point, sn3d_gains
from engine.ambisonics.intensity import active_intensity, levels_of
from engine.contract.audio import FoaBlock
from engine.contract.conventions import LATENT_SAMPLES, SAMPLE_RATE_HZ, AcnChannel
from engine.contract.directions import unit_vectors
from tests.fakes import field_levels
from widgets.meters.direction_picture import azimuth_rows, direction_picture, mark_strength
from widgets.meters.field_history import MOST_BINS, FieldHistory
from widgets.meters.film_plot import NAME_WIDTH
from widgets.meters.intensity_picture import intensity_picture, intensity_shares
from widgets.meters.sound_over_time import SoundOverTime
from widgets.parts.pixels import packed, rgb_of
from widgets.parts.theme import COLOURS


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE_HZ))


def history_of(foa: np.ndarray, duration_s: float, start_s: float = 0.0) -> FieldHistory:
    """Return what is kept of AmbiX (4, N) that is heard from a film time on."""
    history = FieldHistory()
    history.begin(duration_s)
    for at in range(0, foa.shape[1], LATENT_SAMPLES):
        block = FoaBlock(0, round(start_s * SAMPLE_RATE_HZ) + at, foa[:, at : at + LATENT_SAMPLES].astype(np.float32))
        history.add(levels_of(block))
    return history


def diffuse_field(seconds: float, waves: int = 200) -> np.ndarray:
    vectors = np.random.default_rng(1).standard_normal((waves, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    signals = np.stack([noise(seconds, seed) for seed in range(waves)]) / np.sqrt(waves)
    return sn3d_gains(vectors).T @ signals


def rows_of(picture: np.ndarray, colour: str) -> np.ndarray:
    """Return the row of a colour in each column (C,), -1 if it has none."""
    found = picture == packed(rgb_of(colour))
    return np.where(found.any(axis=0), found.argmax(axis=0), -1)


def test_a_plane_wave_from_the_left_is_y_alone() -> None:
    foa = encode_point(noise(1.0), unit_vectors(np.pi / 2, 0.0))
    columns = history_of(foa, 1.0).columns(np.linspace(0.0, 1.0, 11))
    x, y, z = columns.intensity.T
    assert (y > 0.0).all()
    np.testing.assert_allclose([x / y, z / y], 0.0, atol=1e-6)
    assert columns.diffuseness.max() < 0.01


def test_what_is_kept_is_the_one_definition_of_active_intensity() -> None:
    foa = encode_point(noise(2.0), unit_vectors(-1.0, 0.4)) + encode_point(noise(2.0, 5), unit_vectors(2.0, -0.3))
    columns = history_of(foa, 2.0).columns(np.array([0.0, 2.0]))
    intensity, energy = active_intensity(foa)
    np.testing.assert_allclose(columns.intensity[0], intensity, rtol=0.03, atol=0.02 * energy)
    assert columns.energy[0] == pytest.approx(energy, rel=0.02)


def test_from_front_to_left_x_falls_and_y_rises_as_cosine_and_sine() -> None:
    path = unit_vectors(np.linspace(0.0, np.pi / 2, 9), 0.0)
    foa = encode_path(noise(4.0), path, np.linspace(0, 4 * SAMPLE_RATE_HZ, 9))
    shares = intensity_shares(history_of(foa, 4.0).columns(np.linspace(0.0, 4.0, 17)))
    x, y, z = shares.T
    assert (np.diff(x) < 0.0).all()
    assert (np.diff(y) > 0.0).all()
    angle = (np.arange(16) + 0.5) / 16 * np.pi / 2
    length = np.linalg.norm(shares, axis=1)
    np.testing.assert_allclose(x / length, np.cos(angle), atol=0.05)
    np.testing.assert_allclose(y / length, np.sin(angle), atol=0.05)
    np.testing.assert_allclose(z, 0.0, atol=0.02)
    picture = intensity_picture(history_of(foa, 4.0).columns(np.linspace(0.0, 4.0, 17)), 240)
    drawn_x, drawn_y = (rows_of(picture, COLOURS.channels[channel]) for channel in (AcnChannel.X, AcnChannel.Y))
    assert (np.diff(drawn_x) >= 0).all()  # lower in the picture
    assert drawn_x[-1] - drawn_x[0] > 15
    assert (np.diff(drawn_y) <= 0).all()
    assert drawn_y[0] - drawn_y[-1] > 15


@pytest.mark.parametrize(("azimuth_deg", "row"), [(0, 0.5), (90, 0.25), (-90, 0.75), (45, 0.375), (-135, 0.875)])
def test_the_mark_is_at_the_azimuth(azimuth_deg: int, row: float) -> None:
    history = FieldHistory()
    history.begin(0.04)
    history.add(field_levels(0.0, unit_vectors(np.deg2rad(azimuth_deg), 0.0)))
    picture = direction_picture(history.columns(np.array([0.0, 0.04])), 250)
    rows = azimuth_rows(250)
    brightness = np.stack([(picture[:rows, 0] >> np.uint32(shift)) & 255 for shift in (0, 8, 16)]).sum(axis=0)
    marked = np.flatnonzero(brightness > 350)
    assert marked.mean() == pytest.approx(row * (rows - 1), abs=1.0)


def test_a_diffuse_field_is_pale_and_a_plane_wave_is_not() -> None:
    edges_s = np.linspace(0.0, 1.0, 6)
    diffuse = history_of(diffuse_field(1.0), 1.0).columns(edges_s)
    plane = history_of(encode_point(noise(1.0), unit_vectors(0.5, 0.2)), 1.0).columns(edges_s)
    assert mark_strength(diffuse).max() < 0.3
    assert mark_strength(plane).min() > 0.95


def test_a_seek_keeps_what_was_heard_and_what_is_heard_again_replaces_it() -> None:
    history = FieldHistory()
    history.begin(10.0)
    for at in range(100):
        history.add(field_levels(0.04 * at, (1.0, 0.0, 0.0)))
    for at in range(25):
        history.add(field_levels(6.0 + 0.04 * at, (0.0, 1.0, 0.0), epoch=1))
    for at in range(25):
        history.add(field_levels(1.0 + 0.04 * at, (0.0, 0.0, 1.0), epoch=2))
    columns = history.columns(np.arange(11.0))
    assert columns.heard.tolist() == [True] * 4 + [False] * 2 + [True] + [False] * 3
    assert np.argmax(columns.intensity[[0, 1, 2, 6]], axis=1).tolist() == [0, 2, 0, 1]
    np.testing.assert_allclose(columns.energy[[0, 1, 6]], 0.01)


def test_stretches_out_of_step_with_the_bins_leave_no_hole() -> None:
    history = FieldHistory()
    history.begin(8.0)
    for at in range(150):
        history.add(field_levels(0.02 + 0.04 * at + 1e-5 * (-1) ** at))
    assert history.columns(np.arange(0.04, 5.9, 0.04)).heard.all()


def test_a_day_of_film_takes_bounded_memory_and_keeps_every_hour() -> None:
    history = FieldHistory()
    history.begin(24 * 3600.0)
    assert history.bins == MOST_BINS
    for hour in range(24):
        for at in range(50):
            history.add(field_levels(3600.0 * hour + 0.04 * at, unit_vectors(hour * np.pi / 12, 0.0)))
    columns = history.columns(np.arange(25) * 3600.0)
    np.testing.assert_allclose(
        np.unwrap(np.arctan2(columns.intensity[:, 1], columns.intensity[:, 0])), np.arange(24) * np.pi / 12, atol=1e-6
    )
    np.testing.assert_allclose(columns.energy, 0.01)


def test_values_outside_the_film_or_not_finite_change_nothing() -> None:
    history = FieldHistory()
    history.begin(1.0)
    for levels in (field_levels(-1.0), field_levels(1.5), field_levels(np.nan), field_levels(0.1, power=np.nan)):
        assert history.add(levels) is None
    assert not history.columns(np.linspace(0.0, 1.0, 9)).heard.any()


@pytest.fixture
def panel(qtbot) -> SoundOverTime:
    made = SoundOverTime()
    qtbot.addWidget(made)
    made.resize(900, 176)
    made.begin(20.0)
    made.show()
    return made


def test_pieces_drawn_as_they_come_look_like_the_whole_drawn_at_once(panel: SoundOverTime) -> None:
    panel.set_view("intensity")
    for at in range(300):
        panel.add(field_levels(0.04 * at, unit_vectors(0.01 * at, 0.2), 0.02, 0.3))
        if at % 7 == 0:
            panel.intensity.grab()
    grown = panel.intensity.grab().toImage()
    panel.intensity.begin()
    assert panel.intensity.grab().toImage() == grown


def test_the_keys_switch_and_the_shown_view_is_remembered_by_name(panel: SoundOverTime, qtbot) -> None:
    with qtbot.waitActive(panel):
        panel.activateWindow()
    for key, view in ((Qt.Key.Key_2, "intensity"), (Qt.Key.Key_3, "direction"), (Qt.Key.Key_1, "levels")):
        QTest.keyClick(panel, key, Qt.KeyboardModifier.ControlModifier)
        assert panel.view == view
        assert panel.buttons[view].isChecked()
    panel.set_view("direction")
    panel.set_view("nonsense from a damaged file")
    assert panel.view == "levels"


def test_a_click_seeks_to_the_time_under_it(panel: SoundOverTime, qtbot) -> None:
    panel.set_view("direction")
    plot = panel.direction
    x = NAME_WIDTH + (plot.width() - NAME_WIDTH) // 4
    with qtbot.waitSignal(panel.seek_requested) as asked:
        QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(x, 20))
    assert asked.args[0] == pytest.approx(5.0, abs=0.05)


def test_zoom_keeps_the_time_under_the_pointer_and_the_page_turns_with_the_position(panel: SoundOverTime) -> None:
    panel.set_view("intensity")
    plot = panel.intensity
    place = QPointF(NAME_WIDTH + (plot.width() - NAME_WIDTH) / 4, 20.0)
    turn = (QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(plot, QWheelEvent(place, place, *turn, Qt.ScrollPhase.NoScrollPhase, False))
    assert plot.shown_s == pytest.approx((2.5, 12.5))
    panel.set_position(12.6)
    assert plot.shown_s[0] <= 12.6 <= plot.shown_s[1]
    for _ in range(5):
        panel.zoom_out()
    assert plot.shown_s == pytest.approx((0.0, 20.0))


def test_the_line_is_at_the_position(panel: SoundOverTime) -> None:
    panel.set_view("direction")
    panel.set_position(10.0)
    image = panel.direction.grab().toImage()
    bright = [x for x in range(NAME_WIDTH, image.width()) if image.pixelColor(x, 3) == QColor(COLOURS.text)]
    assert bright == [pytest.approx(NAME_WIDTH + (image.width() - NAME_WIDTH) / 2, abs=1.0)]


def test_what_is_live_is_kept_as_a_whole_however_long_it_becomes(qtbot) -> None:
    panel = SoundOverTime()
    qtbot.addWidget(panel)
    panel.begin(86_400.0, is_live=True)
    assert panel.history.duration_s == 60.0
    left, right = unit_vectors(np.pi / 2, 0.0), unit_vectors(-np.pi / 2, 0.0)
    for second in range(4 * 3600):
        panel.add(field_levels(float(second), left if second < 7200 else right, duration_s=1.0))
    assert panel.history.bins <= MOST_BINS
    assert panel.history.duration_s == panel.intensity.shown_s[1] == 60.0 * 2**8
    columns = panel.history.columns(np.array([0.0, 3600.0, 7190.0, 7210.0, 14_400.0, 15_000.0]))
    y = columns.intensity[:, 1]
    assert (y[:2] > 0.1 * columns.energy[:2]).all()
    assert y[3] < -0.1 * columns.energy[3]
    assert list(columns.heard) == [True, True, True, True, False]
