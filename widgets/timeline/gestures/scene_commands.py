"""What keys and buttons do to lanes, markers and the loop, and how they move through the scene."""

from collections.abc import Callable
from functools import partial
from typing import Final

from engine.contract.scene.blocks import Block
from engine.contract.scene.edits.change import Edit
from engine.contract.scene.edits.lanes import (
    add_lane,
    arm_lane,
    change_lane_kind,
    move_lane,
    mute_lane,
    remove_lane,
    solo_lane,
)
from engine.contract.scene.edits.whole import add_marker, set_loop
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.scene import LoopRange
from widgets.timeline.gestures.block_commands import step_frames
from widgets.timeline.selection import Selection
from widgets.timeline.state import TimelineState

_FILM_SOUND: Final = "Film's own sound"
_NO_LANE: Final = "No lane is selected: click its name, or select one of its blocks."


class SceneCommands:
    """Each edit is asked for; what cannot be is refused with a sentence."""

    def __init__(self, state: TimelineState) -> None:
        self._state = state

    def lane(self) -> Lane | None:
        """Return the selected lane; the only one if there is one; else None, with a sentence."""
        scene, chosen = self._state.scene, self._state.selection.lane_id
        for lane in scene.lanes:
            if lane.lane_id == chosen or len(scene.lanes) == 1:
                return lane
        self._state.refused.emit(_NO_LANE)
        return None

    def add_lane(self) -> None:
        """Add a lane below the selected one."""
        scene = self._state.scene
        rows = [lane.lane_id for lane in scene.lanes]
        chosen = self._state.selection.lane_id
        index = rows.index(chosen) + 1 if chosen in rows else len(rows)
        names = {lane.name for lane in scene.lanes}
        number = next(k for k in range(len(rows) + 1, len(rows) + len(names) + 2) if f"Lane {k}" not in names)
        self._state.request(partial(add_lane, name=f"Lane {number}", index=index), selects_new=True)

    def add_film_sound(self) -> None:
        """Add a lane with the film's own sound at the top, or select the one that the scene has."""
        scene = self._state.scene
        if scene.film is None:
            self._state.refused.emit("There is no film: open one, then add its sound.")
            return
        for lane in scene.lanes:
            if lane.kind is LaneKind.FILM_SOUND:
                self._state.select(Selection(lane_id=lane.lane_id))
                return
        edit = partial(add_lane, name=_FILM_SOUND, kind=LaneKind.FILM_SOUND, index=0)
        self._state.request(edit, selects_new=True)

    def lock_lane(self) -> None:
        """Let the selected lane stay with the head, or be a bed around it again."""
        lane = self.lane()
        if lane is None:
            return
        if lane.kind is LaneKind.FILM_SOUND:
            self._state.refused.emit("The film's own sound turns with the film: it cannot be head-locked.")
            return
        kind = LaneKind.BED if lane.kind is LaneKind.HEAD_LOCKED else LaneKind.HEAD_LOCKED
        self._state.request(partial(change_lane_kind, lane_id=lane.lane_id, kind=kind))

    def remove_lane(self) -> None:
        """Remove the selected lane with its blocks."""
        self._with_lane(lambda lane: partial(remove_lane, lane_id=lane.lane_id))

    def move_lane(self, by_rows: int) -> None:
        """Move the selected lane up or down."""
        lane = self.lane()
        if lane is None:
            return
        lanes = self._state.scene.lanes
        at = lanes.index(lane) + by_rows
        if 0 <= at < len(lanes):
            self._state.request(partial(move_lane, lane_id=lane.lane_id, index=at))

    def mute_lane(self) -> None:
        """Mute the selected lane, or unmute it."""
        self._with_lane(lambda lane: partial(mute_lane, lane_id=lane.lane_id, mute=not lane.mute))

    def solo_lane(self) -> None:
        """Solo the selected lane, or end its solo."""
        self._with_lane(lambda lane: partial(solo_lane, lane_id=lane.lane_id, solo=not lane.solo))

    def arm_lane(self) -> None:
        """Arm the selected lane, or disarm it."""
        self._with_lane(lambda lane: partial(arm_lane, lane_id=lane.lane_id, armed=not lane.armed))

    def add_marker(self) -> None:
        """Add a marker at the playhead."""
        self._state.request(partial(add_marker, at_sample=self._state.playhead), selects_new=True)

    def loop_in(self) -> None:
        """Let the loop start at the playhead; it ends where it did, or with the scene."""
        state = self._state
        start, loop = state.playhead, state.scene.loop
        end = loop.end_sample if loop is not None and loop.end_sample > start else state.scene.length_samples
        state.request(lambda scene: set_loop(scene, LoopRange(start, end)))

    def loop_out(self) -> None:
        """Let the loop end at the playhead; it starts where it did, or with the scene."""
        state = self._state
        end, loop = state.playhead, state.scene.loop
        start = loop.start_sample if loop is not None and loop.start_sample < end else 0
        state.request(lambda scene: set_loop(scene, LoopRange(start, end)))

    def toggle_loop(self) -> None:
        """Turn the loop off and keep its ends, or on again; without one, loop the whole scene."""
        loop = self._state.scene.loop
        end = self._state.scene.length_samples
        self._state.request(
            lambda scene: set_loop(
                scene,
                LoopRange(0, end) if loop is None else LoopRange(loop.start_sample, loop.end_sample, not loop.is_on),
            )
        )

    def remove_loop(self) -> None:
        """Remove the loop."""
        self._state.request(partial(set_loop, loop=None))

    def step(self, frames: int) -> None:
        """Seek by frames."""
        self._state.seek(step_frames(self._state, self._state.playhead, frames))

    def go_to_start(self) -> None:
        """Seek to the start."""
        self._state.seek(0)

    def go_to_end(self) -> None:
        """Seek to the end."""
        self._state.seek(self._state.scene.length_samples)

    def go_to_marker(self, forward: bool) -> None:
        """Select the next or previous marker, and go there."""
        at, markers = self._state.playhead, self._state.scene.markers
        later = [m for m in markers if m.at_sample > at] if forward else [m for m in markers if m.at_sample < at]
        if later:
            marker = later[0] if forward else later[-1]
            self._state.select(Selection(marker_id=marker.marker_id))
            self._state.seek(marker.at_sample)

    def select_beside(self, forward: bool) -> None:
        """Select the next or previous block of the lane; without one, the block at the playhead or the next."""
        state = self._state
        current = state.selection.current
        if current is None:
            self._select(self._nearest(self._rows()[:1], state.playhead))
            return
        blocks = state.scene.lane_of(current).blocks
        at = next(k for k, block in enumerate(blocks) if block.block_id == current) + (1 if forward else -1)
        self._select(blocks[at] if 0 <= at < len(blocks) else None)

    def select_across(self, down: bool) -> None:
        """Select the nearest block in time in the lane below or above; an empty lane is selected itself."""
        state = self._state
        rows = [lane.lane_id for lane in state.scene.lanes]
        if not rows:
            return
        chosen, current = state.selection.lane_id, state.selection.current
        at = rows.index(chosen) + (1 if down else -1) if chosen in rows else 0
        if not 0 <= at < len(rows):
            return
        time = state.playhead if current is None else state.scene.block(current).start_sample
        lane = state.scene.lanes[at]
        block = self._nearest([lane], time)
        if block is None:
            state.select(Selection(lane_id=lane.lane_id))
        else:
            self._select(block)

    def select_all(self) -> None:
        """Select every block."""
        state = self._state
        ids = frozenset(block.block_id for block in state.scene.blocks())
        state.select(Selection(ids, next(iter(sorted(ids)), None), state.selection.lane_id))

    def zoom_to_selection(self) -> None:
        """Show the selected blocks as large as they fit; without any, the whole film."""
        blocks = self._state.selected_blocks()
        if blocks:
            self._state.fit(min(b.start_sample for b in blocks), max(b.end_sample for b in blocks))
        else:
            self.fit()

    def fit(self) -> None:
        """Show the whole film."""
        self._state.fit(0, self._state.scene.length_samples or self._state.end_sample)

    def _rows(self) -> list[Lane]:
        """Return the selected lane, and then all lanes that have blocks."""
        lanes = [lane for lane in self._state.scene.lanes if lane.blocks]
        return sorted(lanes, key=lambda lane: lane.lane_id != self._state.selection.lane_id)

    def _nearest(self, lanes: list[Lane], sample: int) -> Block | None:
        blocks = [block for lane in lanes for block in lane.blocks]
        return min(blocks, key=lambda b: max(b.start_sample - sample, sample - b.end_sample + 1, 0), default=None)

    def _select(self, block: Block | None) -> None:
        if block is not None:
            self._state.select(Selection().with_block(self._state.scene, block.block_id))
            self._state.show_block(block)

    def _with_lane(self, edit: Callable[[Lane], Edit]) -> None:
        lane = self.lane()
        if lane is not None:
            self._state.request(edit(lane))
