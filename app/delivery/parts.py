"""What of a scene becomes a separate file: the mix, the lanes, the kept takes; and what their names say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.scene.blocks import Block, GeneratedBlock
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.scene import Scene
from engine.export.delivery.order import NOT_HEAD_LOCKED, Kind

MIX: Final = "mix"
HEAD_LOCKED: Final = "head-locked"


@dataclass(frozen=True)
class What:
    """Which parts of a scene were asked for, and the range of the film in seconds (None: all of it)."""

    mix: bool = True
    stems: bool = False
    kept_takes: bool = False
    range_s: tuple[float, float] | None = None


@dataclass(frozen=True)
class Part:
    """One file of an export. `label` stands in its name; a mix has no lane, and only a kept take has a take.

    A stereo part is no field: head-locked sound.
    """

    label: str
    lane_id: int | None = None
    block_id: int | None = None
    take_id: str = ""
    is_stereo: bool = False

    @property
    def is_mix(self) -> bool:
        """Whether it is the sum of all lanes."""
        return self.label == MIX and self.lane_id is None


def parts_of(scene: Scene, what: What, kind: Kind) -> tuple[Part, ...]:
    """Return the parts of a scene that were asked for; `kind` decides whether head-locked sound has room in the mix.

    Raises InvalidInputError if that is nothing.
    """
    found = tuple(_parts(scene, what, kind))
    if not found:
        if what.kept_takes and not (what.mix or what.stems):
            raise InvalidInputError("No take of the range is marked as kept: mark one, or export the mix.")
        raise InvalidInputError("Nothing is chosen: choose the mix, the lanes or the kept takes.")
    return found


def samples_of_range(scene: Scene, range_s: tuple[float, float] | None) -> tuple[int, int]:
    """Return the first sample of a range, and the one after its last; None is the whole scene."""
    if range_s is None:
        return 0, scene.length_samples
    return round(range_s[0] * SAMPLE_RATE_HZ), min(scene.length_samples, round(range_s[1] * SAMPLE_RATE_HZ))


def has_sound(scene: Scene, lane: Lane, begin: int, end: int) -> bool:
    """Return whether a lane has anything between two samples, if it is heard."""
    is_film_sound = lane.kind is LaneKind.FILM_SOUND and scene.film is not None
    return is_film_sound or any(block.start_sample < end and block.end_sample > begin for block in lane.blocks)


def _parts(scene: Scene, what: What, kind: Kind) -> Iterator[Part]:
    begin, end = samples_of_range(scene, what.range_s)

    def sounds(block: Block) -> bool:
        return block.start_sample < end and block.end_sample > begin

    heard = {lane.lane_id for lane in scene.heard_lanes if has_sound(scene, lane, begin, end)}
    if what.mix:
        yield Part(MIX)
        locked = [lane for lane in scene.lanes if lane.lane_id in heard and lane.kind is LaneKind.HEAD_LOCKED]
        if locked and kind in NOT_HEAD_LOCKED:
            yield Part(HEAD_LOCKED, is_stereo=True)
    for number, lane in enumerate(scene.lanes, start=1):
        label = f"{number} {lane.name}"
        if what.stems and lane.lane_id in heard:
            yield Part(label, lane.lane_id, is_stereo=lane.kind is LaneKind.HEAD_LOCKED)
        if what.kept_takes:
            for place, block in enumerate(lane.blocks, start=1):
                if isinstance(block, GeneratedBlock) and sounds(block):
                    for take_number, take in enumerate(block.takes, start=1):
                        if take.is_kept:
                            name = f"{label} block {place} take {take_number}"
                            yield Part(name, lane.lane_id, block.block_id, take.take_id)
