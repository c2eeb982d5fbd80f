import time

import numpy as np
import pytest
from PySide6.QtGui import QColor

from engine.contract.conventions import AcnChannel
from engine.contract.telemetry import FoaLevels
from widgets.channel_meters import ChannelMeters
from widgets.intensity_plot import SPAN_S, IntensityPlot
from widgets.theme import COLOURS


def levels(start_s=0.0, epoch=0, **rms):
    values = np.zeros(4)
    for name, value in rms.items():
        values[AcnChannel[name]] = value
    return FoaLevels(epoch, start_s, 0.04, values, np.array([1.0, 0.0, 0.0]), 0.0)


@pytest.fixture
def meters(qtbot):
    made = ChannelMeters()
    qtbot.addWidget(made)
    made.resize(280, 200)
    return made


@pytest.fixture
def plot(qtbot):
    made = IntensityPlot()
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


def test_lanes_stack_w_on_top(plot):
    plot.add(levels(1.0, W=1.0, Z=1.0))
    plot.redraw()
    tops = [curve.getData()[1][-1] for curve in plot.curves]
    assert tops == pytest.approx([3.88, 2.0, 1.0, 0.88])


def test_old_sound_scrolls_out(plot):
    for k in range(1000):
        plot.add(levels(0.04 * k, W=0.5))
    plot.redraw()
    times = plot.curves[0].getData()[0]
    assert times[0] >= times[-1] - SPAN_S - 1.1
    assert plot.plot.viewRange()[0] == pytest.approx([times[-1] - SPAN_S, times[-1]])


@pytest.mark.parametrize("second", [levels(2.0, epoch=0, W=0.1), levels(9.0, epoch=1, W=0.1)])
def test_a_seek_starts_a_new_picture(plot, second):
    plot.add(levels(8.0, W=0.5))
    plot.add(second)
    plot.redraw()
    assert len(plot.curves[0].getData()[0]) == 1


def test_broken_numbers_do_not_break_the_drawing(meters, plot):
    broken = levels(1.0, W=np.nan, X=np.inf)
    meters.show_levels(broken)
    meters.grab()
    plot.add(broken)
    plot.redraw()
    assert np.all(np.isfinite(plot.curves[0].getData()[1]))


def test_redrawing_is_cheap(plot):
    for k in range(360):
        plot.add(levels(k / 30, W=0.2, X=0.1, Y=0.1, Z=0.1))
    plot.show()
    took_s = []
    for _ in range(6):
        began = time.perf_counter()
        plot.redraw()
        plot.grab()
        took_s.append(time.perf_counter() - began)
    assert min(took_s) < 0.05  # 20 drawings a second must leave the GUI thread free; 5 ms on an idle machine
