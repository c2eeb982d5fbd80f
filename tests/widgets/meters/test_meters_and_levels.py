import time

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from engine.contract.conventions import DISPLAY_ORDER, AcnChannel
from tests.fakes import field_levels
from widgets.meters.channel_meters import ChannelMeters
from widgets.meters.level_plot import SPAN_S, LevelPlot, lane_picture
from widgets.parts.theme import COLOURS


def levels(start_s=0.0, epoch=0, **rms):
    values = np.zeros(4)
    for name, value in rms.items():
        values[AcnChannel[name]] = value
    return field_levels(start_s, rms=values, epoch=epoch)


@pytest.fixture
def meters(qtbot):
    made = ChannelMeters()
    qtbot.addWidget(made)
    made.resize(280, 200)
    return made


@pytest.fixture
def plot(qtbot):
    made = LevelPlot()
    qtbot.addWidget(made)
    made.resize(800, 160)
    return made


def test_each_channel_lands_in_its_own_bar_in_the_order_w_x_y_z(meters):
    meters.show_levels(levels(W=1.0, X=0.1, Y=0.01, Z=0.001))
    assert meters.levels_db == pytest.approx([0.0, -20.0, -40.0, -60.0])


def test_bars_fall_and_peaks_hold(meters):
    meters.show_levels(levels(W=1.0))
    meters.advance(0.5)
    assert meters.levels_db[0] == pytest.approx(-12.0)
    assert meters.peaks_db[0] == pytest.approx(0.0)
    meters.advance(1.0)
    assert meters.peaks_db[0] < 0.0


def test_drawing_stops_in_silence(meters):
    meters.show_levels(levels(W=0.5))
    assert meters._timer.isActive()
    for _ in range(200):
        meters.advance(0.033)
    assert not meters._timer.isActive()


def test_a_loud_y_is_drawn_in_the_colour_of_y_only(meters):
    meters.show_levels(levels(Y=1.0))
    image = meters.grab().toImage()
    seen = {image.pixelColor(x, 150).name() for x in range(image.width())}
    assert QColor(COLOURS.channels[AcnChannel.Y]).name() in seen
    assert QColor(COLOURS.channels[AcnChannel.X]).name() not in seen


def colours_of_column(picture, x):
    """Return the colours of a column of lanes from the top, each as #rrggbb, without the panel's."""
    names = [QColor.fromRgb(int(pixel)).name() for pixel in picture[:, x]]
    return [name for name in names if name != COLOURS.panel]


def whole_picture(times_s, heights, width, height):
    """Return the lanes of the last 12 s."""
    columns_s = times_s[-1] - np.arange(width - 1, -1, -1) * SPAN_S / width
    return lane_picture(times_s, heights, columns_s, height)


def test_lanes_stack_w_on_top(plot):
    plot.add(levels(1.0, W=1.0, Z=1.0))
    assert plot.heights[-1] == pytest.approx([0.88, 0.0, 0.0, 0.88])
    picture = whole_picture(plot.times_s, plot.heights, 400, 200)
    w, x, y, z = (COLOURS.channels[channel] for channel in DISPLAY_ORDER)
    newest = colours_of_column(picture, 399)
    assert [name for name in newest if name in (w, x, y, z)] == [w, x, y, z]
    is_line = [picture[row, 399] == QColor(w).rgb() for row in range(50)]
    assert 50 - is_line.index(True) == pytest.approx(0.88 * 50, abs=1.5)


def test_a_louder_channel_fills_more_of_its_lane(plot):
    loud, quiet = np.array([[0.8, 0.4, 0.0, 0.0]]), np.array([[0.2, 0.4, 0.0, 0.0]])
    filled = [len(colours_of_column(whole_picture(np.array([5.0]), h, 50, 200)[:50], 49)) for h in (loud, quiet)]
    assert filled[0] > 3 * filled[1]


def test_the_newest_level_is_at_the_right_edge_and_nothing_is_drawn_before_the_first(plot):
    times, heights = np.array([10.0, 16.0]), np.full((2, 4), 0.5)
    picture = whole_picture(times, heights, 120, 80)
    fill = picture[15, 119]
    assert picture[15, 100] == fill != picture[15, 20]
    assert np.flatnonzero(picture[15] == fill)[0] == pytest.approx(60, abs=1)  # 6 s of the 12 s


def test_scrolling_shows_what_drawing_afresh_shows(qtbot):
    scrolled, fresh = LevelPlot(), LevelPlot()
    for widget in (scrolled, fresh):
        qtbot.addWidget(widget)
        widget.resize(700, 150)
    for k in range(400):
        level = levels(0.04 * k, W=0.5 + 0.4 * np.sin(k / 9), X=0.1, Z=0.3 * (k % 40 > 20))
        scrolled.add(level)
        fresh.add(level)
        if k % 3 == 0:
            scrolled.grab()
    assert scrolled.grab().toImage() == fresh.grab().toImage()


def test_old_sound_scrolls_out(plot):
    for k in range(1000):
        plot.add(levels(0.04 * k, W=0.5))
    assert plot.times_s[0] >= plot.times_s[-1] - SPAN_S - 1.1


@pytest.mark.parametrize("second", [levels(2.0, epoch=0, W=0.1), levels(9.0, epoch=1, W=0.1)])
def test_a_seek_starts_a_new_picture(plot, second):
    plot.add(levels(8.0, W=0.5))
    plot.add(second)
    assert len(plot.times_s) == 1


def test_broken_numbers_do_not_break_the_drawing(meters, plot):
    broken = levels(1.0, W=np.nan, X=np.inf)
    meters.show_levels(broken)
    meters.grab()
    plot.add(broken)
    plot.grab()
    assert np.all(np.isfinite(plot.heights))


def test_redrawing_is_cheap(plot, meters):
    for k in range(360):
        plot.add(levels(k / 30, W=0.2, X=0.1, Y=0.1, Z=0.1))
    meters.show_levels(levels(W=0.2, X=0.1, Y=0.1, Z=0.1))
    for widget in (plot, meters):
        took_s = []
        for _ in range(6):
            began = time.perf_counter()
            widget.grab()
            took_s.append(time.perf_counter() - began)
        assert min(took_s) < 0.02  # 20 drawings per second must leave the GUI thread free; 1 ms on an idle machine


def test_what_moves_is_opaque(plot, meters):
    for widget in (plot, meters):
        assert widget.testAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        ground = QColor(COLOURS.panel)
        widget.setStyleSheet("")
        image = widget.grab().toImage()
        assert image.pixelColor(image.width() - 1, image.height() - 1) == ground
