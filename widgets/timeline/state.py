"""What all parts of the timeline share: the scene to draw, the scale, the playhead, the selection, the levels."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.frames import FrameGrid
from engine.contract.scene.blocks import Block
from engine.contract.scene.edits.change import Edit
from engine.contract.scene.scene import Scene
from widgets.parts.theme import COLOURS, Colours
from widgets.timeline.geometry.block_index import BlockIndex
from widgets.timeline.geometry.hits import ROW_PX
from widgets.timeline.geometry.snapping import NO_SNAP, Snap, snap_of
from widgets.timeline.geometry.ticks import RulerUnit, plain_time_text
from widgets.timeline.geometry.time_scale import TimeScale
from widgets.timeline.gestures.requests import EditRequest
from widgets.timeline.levels import LevelTrack, source_of
from widgets.timeline.selection import Selection

_TAIL_PX: Final = 160
"""How far the view scrolls beyond the last sound."""
_PAGE_PX: Final = 40
"""Where the playhead stands after a page was turned."""


class TimelineState(QObject):
    """Signals fire only if something changed.

    `begin_gesture` returns the number of a new drag. `edit_requested` sends an EditRequest and `refused` a sentence;
    `seek_requested` and `previewed` send samples of the film.
    """

    scene_changed = Signal(object)
    scale_changed = Signal(object)
    rows_scrolled = Signal(int)
    sized = Signal()
    playhead_moved = Signal(int)
    selection_changed = Signal(object)
    levels_changed = Signal(object)
    silent_changed = Signal()
    unit_changed = Signal()
    snap_changed = Signal(bool)
    edit_requested = Signal(object)
    refused = Signal(str)
    seek_requested = Signal(int)
    previewed = Signal(int)

    def __init__(self, begin_gesture: Callable[[], int], colours: Colours = COLOURS) -> None:
        super().__init__()
        self.colours = colours
        self.begin_gesture = begin_gesture
        self.scene = Scene()
        self.index = BlockIndex()
        self.scale = TimeScale()
        self.scroll_y = 0
        self.view_width = self.view_height = 1
        self.playhead = 0
        self.selection = Selection()
        self.grid: FrameGrid | None = None
        self.unit = RulerUnit.TIMECODE
        self.snaps = True
        self.tracks: dict[str, LevelTrack] = {}
        self.growing: dict[int, LevelTrack] = {}
        self.silent: frozenset[int] = frozenset()
        self._expected: int | None = None

    def set_scene(self, scene: Scene) -> None:
        """Draw another scene. What was asked to be added is selected."""
        old, self.scene = self.scene, scene
        if scene is old:
            return
        expected, self._expected = self._expected, None
        if scene.length_samples != old.length_samples and self._shows_whole(old):
            self.fit(0, scene.length_samples)
        self.scene_changed.emit(old)
        selection = self.selection.within(scene)
        if expected is not None:
            selection = _selected(scene, expected) or selection
        self.select(selection)
        self.scroll_rows_to(self.scroll_y)

    def set_rate(self, fps: float | None) -> None:
        """Take the frames per second of the film, None without one."""
        grid = None if fps is None else FrameGrid.of(fps)
        if grid != self.grid:
            self.grid = grid
            self.unit_changed.emit()

    def set_unit(self, unit: RulerUnit) -> None:
        """Label the ruler with timecode or frame numbers."""
        if unit is not self.unit:
            self.unit = unit
            self.unit_changed.emit()

    def set_snaps(self, on: bool) -> None:
        """Turn snapping on or off."""
        if on != self.snaps:
            self.snaps = on
            self.snap_changed.emit(on)

    def set_track(self, source: str, track: LevelTrack) -> None:
        """Take the level track of a take (by its id) or of a recording (by its path)."""
        if track is self.tracks.get(source):
            return
        self.tracks[source] = track
        self.levels_changed.emit({block.block_id for block in self.scene.blocks() if source_of(block) == source})

    def set_growing(self, block_id: int, track: LevelTrack | None) -> None:
        """Take the level track of what is made so far of a block without a take; None: nothing is."""
        if track is self.growing.get(block_id):
            return
        if track is None:
            del self.growing[block_id]
        else:
            self.growing[block_id] = track
        self.levels_changed.emit({block_id})

    def set_silent(self, lane_ids: frozenset[int]) -> None:
        """Take the lanes that are silent now because their sound is not made in time."""
        if lane_ids != self.silent:
            self.silent = lane_ids
            self.silent_changed.emit()

    def track_of(self, block: Block) -> LevelTrack | None:
        """Return what is known of a block's level, None if nothing."""
        source = source_of(block)
        return self.growing.get(block.block_id) if source is None else self.tracks.get(source)

    def select(self, selection: Selection) -> None:
        """Select something else."""
        old, self.selection = self.selection, selection
        if selection != old:
            self.selection_changed.emit(old)

    def selected_blocks(self) -> list[Block]:
        """Return the selected blocks in the order of lanes and time."""
        return [block for block in self.scene.blocks() if block.block_id in self.selection.blocks]

    def request(self, edit: Edit, gesture: int = 0, *, selects_new: bool = False) -> None:
        """Ask for an edit; `selects_new`: it adds something that is selected when it is there."""
        self._expected = self.scene.next_id if selects_new else None
        self.edit_requested.emit(EditRequest(edit, gesture))
        self._expected = None

    def snap(self, *, off: bool = False, blocks: frozenset[int] = frozenset(), marker_id: int | None = None) -> Snap:
        """Return what edges snap to, without what is being moved."""
        if off or not self.snaps:
            return NO_SNAP
        return snap_of(
            self.scene,
            self.playhead,
            self.scale.samples_per_px,
            self.grid,
            without_blocks=blocks,
            without_marker=marker_id,
        )

    def set_scale(self, scale: TimeScale) -> None:
        """Zoom or scroll in time."""
        scale = scale.scrolled_to(min(scale.scroll_px, self.most_scroll(scale)))
        old, self.scale = self.scale, scale
        if scale != old:
            self.scale_changed.emit(old)

    def most_scroll(self, scale: TimeScale) -> int:
        """Return the farthest scroll position at a scale."""
        return max(0, round(scale.width_of(self.end_sample)) + _TAIL_PX - self.view_width)

    @property
    def end_sample(self) -> int:
        """The end of the scene, or of the last block beyond it."""
        return max([self.scene.length_samples, *(block.end_sample for block in self.scene.blocks())])

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Zoom in by a factor about an x; by default about the playhead if it is in view, else about the middle."""
        if x is None:
            at = self.scale.x_of(self.playhead)
            x = at if 0 <= at < self.view_width else self.view_width / 2
        self.set_scale(self.scale.zoomed(factor, x))

    def fit(self, start_sample: int, end_sample: int) -> None:
        """Show a range of the film."""
        self.set_scale(TimeScale.fitted(start_sample, end_sample, self.view_width))

    def resize(self, width: int, height: int) -> None:
        """Take the size of the view; a view that showed the whole film still does."""
        whole = self._shows_whole(self.scene)
        self.view_width, self.view_height = max(1, width), max(1, height)
        if whole:
            self.fit(0, self.scene.length_samples)
        else:
            self.set_scale(self.scale)
        self.scroll_rows_to(self.scroll_y)
        self.sized.emit()

    def _shows_whole(self, scene: Scene) -> bool:
        return TimeScale.fitted(0, scene.length_samples, self.view_width) == self.scale

    def most_row_scroll(self) -> int:
        """Return how far the lanes can be scrolled."""
        return max(0, ROW_PX * len(self.scene.lanes) - self.view_height)

    def scroll_rows_to(self, scroll_y: int) -> None:
        """Scroll the lanes."""
        scroll_y = min(max(0, scroll_y), self.most_row_scroll())
        if scroll_y != self.scroll_y:
            by, self.scroll_y = self.scroll_y - scroll_y, scroll_y
            self.rows_scrolled.emit(by)

    def set_playhead(self, sample: int, *, seeks: bool = False) -> None:
        """Move the playhead. If it was in view it stays there: a page is turned. A seek always brings it into view."""
        old_x, x = self.scale.x_of(self.playhead), self.scale.x_of(sample)
        was_seen = 0 <= old_x < self.view_width
        old, self.playhead = self.playhead, sample
        if sample == old:
            return
        if (was_seen or seeks) and not 0 <= x < self.view_width:
            self.set_scale(self.scale.scrolled_to(self.scale.scroll_px + round(x) - _PAGE_PX))
        self.playhead_moved.emit(old)

    def seek(self, sample: int) -> None:
        """Ask to go to a sample of the film, and show it."""
        sample = min(max(0, sample), self.scene.length_samples)
        self.set_playhead(sample, seeks=True)
        self.seek_requested.emit(sample)

    def show_block(self, block: Block) -> None:
        """Scroll until a block is in view."""
        rows = [lane.lane_id for lane in self.scene.lanes]
        top = ROW_PX * rows.index(self.scene.lane_of(block.block_id).lane_id)
        self.scroll_rows_to(max(min(self.scroll_y, top), top + ROW_PX - self.view_height))
        left, right = self.scale.x_of(block.start_sample), self.scale.x_of(block.end_sample)
        if right < _PAGE_PX or left > self.view_width - _PAGE_PX:
            self.set_scale(self.scale.scrolled_to(self.scale.scroll_px + round(left) - _PAGE_PX))

    def time_text(self, sample: int) -> str:
        """Return a time as the ruler counts it."""
        if self.grid is None:
            return plain_time_text(sample)
        return self.grid.timecode(sample) if self.unit is RulerUnit.TIMECODE else f"{self.grid.frame_at(sample):,}"


def seconds_of(sample: int) -> float:
    """Return a sample of the film in seconds."""
    return sample / SAMPLE_RATE_HZ


def _selected(scene: Scene, number: int) -> Selection | None:
    """Return the selection of the block, marker or lane with a number, None if there is none."""
    if any(block.block_id == number for block in scene.blocks()):
        return Selection().with_block(scene, number)
    if any(marker.marker_id == number for marker in scene.markers):
        return Selection(marker_id=number)
    return Selection(lane_id=number) if any(lane.lane_id == number for lane in scene.lanes) else None
