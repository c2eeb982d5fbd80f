"""The whole document: the film, the lanes, and what belongs to all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.contract.camera import NO_LOOP, NO_TIMELINE, camera_source
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Block, FileReference, GeneratedBlock
from engine.contract.scene.checks import (
    LONGEST_NAME,
    MOST_BLOCKS,
    MOST_ID,
    MOST_LANES,
    MOST_MARKERS,
    MOST_STORED_BYTES,
    check_all,
    check_flag,
    check_gain,
    check_ids,
    check_most,
    check_number,
    check_text,
    check_time,
    check_whole,
)
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.video import NO_CHOICE, UPRIGHT, FilmChoice, Pose

USUAL_LENGTH_SAMPLES: Final = 60 * SAMPLE_RATE_HZ
"""The length of a scene without a film: a minute."""
MOST_OFFSET_SAMPLES: Final = 10 * SAMPLE_RATE_HZ


@dataclass(frozen=True)
class SceneFilm:
    """The film of a scene: its file, its length in samples, and how the user chose to read it. Raises SceneError."""

    file: FileReference
    length_samples: int
    choice: FilmChoice = NO_CHOICE

    def __post_init__(self) -> None:
        """Check the values."""
        if not isinstance(self.file, FileReference) or not isinstance(self.choice, FilmChoice):
            raise SceneError("The film of a scene has no file.")
        check_time(self.length_samples, "The length of the film", 1)

    @property
    def is_live(self) -> bool:
        """Whether it is a camera: without an end, so that nothing has a time in it."""
        return camera_source(self.file.path) is not None


@dataclass(frozen=True)
class Marker:
    """A named time of the film. Raises SceneError."""

    marker_id: int
    at_sample: int
    name: str = ""

    def __post_init__(self) -> None:
        """Check the values."""
        check_whole(self.marker_id, 1, MOST_ID, "The number of a marker")
        check_time(self.at_sample, "The time of a marker")
        check_text(self.name, LONGEST_NAME, "The name of a marker")


@dataclass(frozen=True)
class LoopRange:
    """The range that repeats, from a sample to the one before `end_sample`; at least 10 ms. Raises SceneError."""

    start_sample: int
    end_sample: int
    is_on: bool = True

    def __post_init__(self) -> None:
        """Check the values."""
        check_time(self.start_sample, "The start of the loop")
        check_time(self.end_sample, "The end of the loop")
        check_flag(self.is_on, "The loop")
        if self.end_sample - self.start_sample < SAMPLE_RATE_HZ // 100:
            raise SceneError("The loop ends before it starts, or is shorter than 10 ms.")


@dataclass(frozen=True)
class HeadLockedBus:
    """The bus of all head-locked lanes. Raises SceneError."""

    gain_db: float = 0.0
    mute: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        check_gain(self.gain_db, "The gain of the head-locked sound")
        check_flag(self.mute, "The switch of the head-locked sound")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A scene in time. All times are samples of the film at 48 kHz.

    `length_samples` is the film's length, or the chosen one without a film; blocks may lie beyond it and are silent
    there. `horizon` turns the picture upright, with the sound that has its directions: the film's own, and takes that
    follow the film. `av_offset_samples` delays the sound against the picture. Each lane, block and marker has its own
    number below `next_id`. Raises SceneError if a value is out of range, if two numbers are equal, if there are too
    many lanes, blocks or markers, or if blocks or a loop lie in a live camera.
    """

    film: SceneFilm | None = None
    length_samples: int = USUAL_LENGTH_SAMPLES
    lanes: tuple[Lane, ...] = ()
    markers: tuple[Marker, ...] = ()
    loop: LoopRange | None = None
    master_gain_db: float = 0.0
    head_locked: HeadLockedBus = HeadLockedBus()
    horizon: Pose = UPRIGHT
    av_offset_samples: int = 0
    next_id: int = 1

    def __post_init__(self) -> None:
        """Check the values."""
        if not (self.film is None or isinstance(self.film, SceneFilm)):
            raise SceneError("The film of the scene is not one.")
        check_time(self.length_samples, "The length of the scene", 1)
        check_all(self.lanes, Lane, "lanes")
        check_most(self.lanes, MOST_LANES, "lanes")
        check_all(self.markers, Marker, "markers")
        check_most(self.markers, MOST_MARKERS, "markers")
        if not (self.loop is None or isinstance(self.loop, LoopRange)):
            raise SceneError("The loop of the scene is not one.")
        check_gain(self.master_gain_db, "The master gain")
        if not isinstance(self.head_locked, HeadLockedBus) or not isinstance(self.horizon, Pose):
            raise SceneError("The head-locked sound or the horizon of the scene is not one.")
        for angle in (self.horizon.yaw_deg, self.horizon.pitch_deg, self.horizon.roll_deg):
            check_number(angle, -180.0, 180.0, "An angle of the horizon in degrees")
        check_whole(self.av_offset_samples, -MOST_OFFSET_SAMPLES, MOST_OFFSET_SAMPLES, "The A/V offset in samples")
        self._check_together()

    def _check_together(self) -> None:
        blocks = [block_id for lane in self.lanes for block_id in lane.block_ids]
        if self.film is not None and self.film.is_live and (blocks or self.loop is not None):
            raise SceneError(NO_TIMELINE if blocks else NO_LOOP)
        check_most(blocks, MOST_BLOCKS, "blocks")
        ids = [lane.lane_id for lane in self.lanes] + [marker.marker_id for marker in self.markers] + blocks
        check_ids(ids, "lanes, blocks or markers")
        check_whole(self.next_id, 1 + max(ids, default=0), MOST_ID, "The next free number of the scene")
        size = sum(lane.stored_bytes for lane in self.lanes)
        if size > MOST_STORED_BYTES:
            raise SceneError("The scene has too many words, takes and keyframes together: remove some.")
        if sum(lane.kind is LaneKind.FILM_SOUND for lane in self.lanes) > 1:
            raise SceneError("There are two lanes for the film's own sound: remove one.")
        times = [(marker.at_sample, marker.marker_id) for marker in self.markers]
        if times != sorted(times):
            raise SceneError("The markers are not sorted by time.")

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of all lanes."""
        for lane in self.lanes:
            yield from lane.blocks

    def lane(self, lane_id: int) -> Lane:
        """Return a lane. Raises SceneError if it is gone."""
        for lane in self.lanes:
            if lane.lane_id == lane_id:
                return lane
        raise SceneError("The lane no longer exists: it was removed.")

    def lane_of(self, block_id: int) -> Lane:
        """Return the lane that holds a block. Raises SceneError if the block is gone."""
        for lane in self.lanes:
            if any(block.block_id == block_id for block in lane.blocks):
                return lane
        raise SceneError("The block no longer exists: it was deleted.")

    def block(self, block_id: int) -> Block:
        """Return a block. Raises SceneError if it is gone."""
        return next(block for block in self.lane_of(block_id).blocks if block.block_id == block_id)

    @property
    def heard_lanes(self) -> tuple[Lane, ...]:
        """The lanes that sound: those that are not muted, and only the soloed ones if there are any."""
        any_solo = any(lane.solo for lane in self.lanes)
        return tuple(lane for lane in self.lanes if not lane.mute and (lane.solo or not any_solo))

    @property
    def take_ids(self) -> frozenset[str]:
        """The ids of all takes of all blocks: what the takes folder must keep."""
        generated = (block for block in self.blocks() if isinstance(block, GeneratedBlock))
        return frozenset(take.take_id for block in generated for take in block.takes)
