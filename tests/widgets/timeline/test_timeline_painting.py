"""When the timeline paints and how much, and the levels that it draws."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from engine.contract.scene.edits.blocks import trim_start
from engine.contract.scene.edits.places import free_lane
from tests.engine.contract.scene.scenes import S, large_scene
from tests.widgets.timeline.timelines import DOG, FILM, Owner, click, colours_in, shown
from widgets.parts.theme import COLOURS
from widgets.timeline.geometry.coverage import Made
from widgets.timeline.geometry.hits import ROW_PX
from widgets.timeline.geometry.time_scale import TimeScale
from widgets.timeline.gestures.requests import EditRequest
from widgets.timeline.levels import LevelTrack, column_heights


class Painted(QObject):
    """Keeps what every widget of a timeline paints."""

    def __init__(self, view: QWidget) -> None:
        super().__init__()
        self.rects: list[tuple[QWidget, QRect]] = []
        for widget in [view, *view.findChildren(QWidget)]:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and isinstance(event, QPaintEvent):
            self.rects += [(watched, rect) for rect in event.region()]
        return False

    def since(self, act) -> list[tuple[QWidget, QRect]]:
        QApplication.processEvents()
        self.rects.clear()
        act()
        QApplication.processEvents()
        return list(self.rects)


def test_nothing_is_painted_when_nothing_changes(owner):
    painted, view = Painted(owner.view), owner.view
    view.set_position(12.0)
    track = LevelTrack(np.ones(900, np.float32), 480)
    view.set_track("bb22", track)

    def nothing():
        view.set_scene(owner.scene)
        view.set_position(12.0)
        view.set_position(12.001)  # less than a pixel and less than a frame
        view.set_track("bb22", track)
        view.set_rate(25.0)
        view.state.select(view.state.selection)
        view.state.set_scale(view.state.scale)

    assert painted.since(nothing) == []


def test_what_is_not_drawn_paints_no_lane(owner):
    painted = Painted(owner.view)
    rects = painted.since(lambda: owner.edit(EditRequest(partial(free_lane, lane_id=1))))
    assert owner.steps == ["Leave place of lane 'Dog' to the model"]
    assert not [rect for widget, rect in rects if widget is owner.view.area]


def test_a_moving_playhead_paints_two_strips(owner):
    painted, area = Painted(owner.view), owner.view.area
    owner.view.set_position(12.0)
    rects = painted.since(lambda: owner.view.set_position(13.0))
    lanes = [rect for widget, rect in rects if widget is area]
    assert len(lanes) == 2
    assert all(rect.width() < 12 for rect in lanes)
    behind_the_clock = [rect for widget, rect in rects if widget is owner.view]
    assert all(owner.view.time.geometry().contains(rect) for rect in behind_the_clock)
    assert {widget for widget, _ in rects} <= {area, owner.view.ruler, owner.view.time, owner.view}


def test_an_edit_paints_only_its_row(owner):
    painted, area = Painted(owner.view), owner.view.area
    click(area, owner.at(6 * S, 1))
    rects = painted.since(lambda: owner.view.actions_by_name["later"].trigger())
    rows = {rect.top() // ROW_PX for widget, rect in rects if widget is area}
    assert rows == {1}


def test_a_level_track_paints_only_its_block(owner):
    painted, area = Painted(owner.view), owner.view.area
    track = LevelTrack(np.ones(900, np.float32), 480)
    rects = painted.since(lambda: owner.view.set_track("bb22", track))
    (rect,) = [rect for widget, rect in rects if widget is area]
    assert owner.view.area.block_rect(owner.scene.block(DOG)).contains(rect)


def test_scrolling_paints_little_more_than_what_comes_into_view(qtbot):
    owner = shown(qtbot, Owner(large_scene(8, 200, 0.1)), (1900, 500))
    state = owner.view.state
    state.set_scale(TimeScale(2000.0, 1000))
    painted = Painted(owner.view)
    before = owner.view.area.grab().toImage()
    rects = painted.since(lambda: state.set_scale(state.scale.scrolled_to(1040)))
    area = [rect for widget, rect in rects if widget is owner.view.area]
    assert sum(rect.width() * rect.height() for rect in area) < 0.5 * owner.view.area.width() * owner.view.area.height()
    screen = owner.view.area.grab().toImage()
    assert screen != before
    drawn_afresh = Painted(owner.view)  # what was moved looks as if it were painted
    assert drawn_afresh.since(owner.view.area.update)
    assert owner.view.area.grab().toImage() == screen


def test_only_blocks_in_view_are_painted(qtbot, monkeypatch):
    owner = shown(qtbot, Owner(large_scene(32, 500, 2.0, keyframes=2)), (1280, 420))
    area, state = owner.view.area, owner.view.state
    drawn = []
    paint = area.blocks.paint
    monkeypatch.setattr(
        area.blocks, "paint", lambda *values, **looks: (drawn.append(values[3]), paint(*values, **looks))
    )
    state.fit(0, 60 * S)
    state.scroll_rows_to(10 * ROW_PX)
    drawn.clear()
    area.repaint()
    seen = [block for lane in owner.scene.lanes[10:16] for block in lane.blocks if block.start_sample < 62 * S]
    assert drawn == seen
    drawn.clear()
    area.repaint(0, 0, 4, area.height())
    assert len(drawn) < len(seen) or len(seen) < 2


def test_levels_are_drawn_once_and_kept_within_bounds(owner, monkeypatch):
    monkeypatch.setattr("widgets.timeline.levels._MOST_BYTES", 2**20)
    area, state = owner.view.area, owner.view.state
    pictures = area.blocks.levels
    owner.view.set_track("bb22", LevelTrack(np.random.default_rng(0).random(500).astype(np.float32), 480))
    area.repaint()
    drawn = pictures.drawn
    assert drawn > 0
    state.set_scale(state.scale.scrolled_to(7))
    area.repaint()
    assert pictures.drawn == drawn
    for zoom in range(400):
        state.set_scale(TimeScale(20.0 + zoom, 2000))
        area.repaint()
    assert pictures.kept_bytes <= 2**20
    assert pictures.drawn > drawn + 300


def test_what_is_not_made_is_hatched_and_said(owner):
    area, state = owner.view.area, owner.view.state
    owner.view.set_position(20.0)
    state.fit(0, 6 * S)
    missing = area.block_rect(owner.scene.block(FILM)).adjusted(8, 22, -8, -8)
    hatched = colours_in(area, missing)
    assert COLOURS.text in hatched  # "not made yet"
    owner.view.set_growing(FILM, LevelTrack(np.full(100, 1.0, np.float32), 480))
    full = colours_in(area, missing)
    assert len(full) < len(hatched)
    assert [stretch.made for stretch in owner.view.ruler.stretches][:2] == [Made.HOLE, Made.READY]


def test_the_level_is_drawn_where_it_is_loud(owner):
    area, state = owner.view.area, owner.view.state
    owner.view.set_position(20.0)
    state.fit(0, 6 * S)
    peaks = np.zeros(400, np.float32)
    peaks[300:] = 1.0
    owner.view.set_track("bb22", LevelTrack(peaks, 480))  # the take begins 50 samples before the block

    def filled(start_s, end_s):
        left, right = (round(state.scale.x_of(at * S)) for at in (start_s, end_s))
        found = colours_in(area, QRect(left, area.row_top(0) + 24, right - left, 30))
        return max(found.values()) / sum(found.values()), found.most_common(1)[0][0]

    assert filled(4.1, 4.9)[0] > 0.95
    assert filled(1.1, 1.9)[0] > 0.9
    assert filled(4.1, 4.9)[1] != filled(1.1, 1.9)[1]


@given(st.integers(1, 3000), st.integers(0, 50), st.floats(1.0, 5e4), st.integers(1, 4800))
def test_a_column_is_as_high_as_its_highest_peak(count, first, per_column, hop):
    peaks = np.random.default_rng(count).random(count).astype(np.float32)
    heights = column_heights(LevelTrack(peaks, hop), first, per_column, 64)
    for column in (0, 17, 63):
        begin = int(np.floor((first + column) * (per_column / hop)))
        end = max(int(np.floor((first + column + 1) * (per_column / hop))), begin + 1)
        top = peaks[begin:end].max(initial=0.0)
        expected = 0.0 if top <= 0 else np.clip(1.0 + 20.0 * np.log10(top) / 54.0, 0.0, 1.0)
        assert heights[column] == pytest.approx(expected, abs=1e-6)


def test_a_trimmed_block_shows_the_same_level_at_the_same_time(owner):
    area, state = owner.view.area, owner.view.state
    peaks = np.random.default_rng(3).random(500).astype(np.float32)
    owner.view.set_track("bb22", LevelTrack(peaks, 480))
    owner.view.set_position(20.0)
    state.fit(0, 6 * S)
    left, right = (round(state.scale.x_of(at * S)) for at in (3.5, 4.5))
    rect = QRect(left, area.row_top(0) + 24, right - left, 30)
    before = area.grab(rect).toImage()
    owner.edit(EditRequest(partial(trim_start, block_id=DOG, start_sample=round(3.2 * S))))
    assert owner.scene.block(DOG).start_sample == round(3.2 * S)
    assert area.grab(rect).toImage() == before


def test_a_narrow_block_shows_its_level_too(owner):
    owner.view.set_position(20.0)
    owner.view.state.set_scale(TimeScale(2.25 * S, 0))  # 'rain' is 4 pixels wide, with an edge on each side
    inside = QRect(2, owner.view.area.row_top(1) + 8, 1, 40)
    assert len(colours_in(owner.view.area, inside)) == 1
    owner.view.set_track("/sounds/rain.wav", LevelTrack(np.ones(2000, np.float32), 480))
    assert len(colours_in(owner.view.area, inside)) == 2


def test_it_draws_at_scale_two_without_holes(owner):
    area, state = owner.view.area, owner.view.state
    owner.view.set_track("bb22", LevelTrack(np.ones(500, np.float32), 480))
    owner.view.set_position(20.0)
    left, right = (round(state.scale.x_of(at * S)) for at in (3.8, 4.9))
    assert len(colours_at_scale_two(area, QRect(left, area.row_top(0) + 28, right - left, 20))) == 1


def colours_at_scale_two(widget, rect):
    """Return the colours of a part of a widget, drawn with two pixels per point."""
    pixmap = QPixmap(rect.size() * 2)
    pixmap.setDevicePixelRatio(2.0)
    widget.render(pixmap, sourceRegion=rect)
    image = pixmap.toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
