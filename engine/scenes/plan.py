"""A scene as a plan: what sounds when, where, how loud, in which room, under which prompt. Plain, small values.

`plan_draw` draws plans from seeds and `scene_render` turns them into sound.
"""

from dataclasses import dataclass
from typing import Literal

from engine.scenes.paths import Path
from engine.scenes.sound_bank import Sound

ChangeKind = Literal["hold", "switch", "withdraw", "arrive"]
FADE_PATCHES = 2
"""A source that leaves is silent this many patches after its `end_patch`: it fades out within 0.3 s."""


@dataclass(frozen=True)
class Tone:
    """An equaliser: a shelf below 200 Hz, one above 5 kHz and a peak, in dB."""

    low_db: float
    high_db: float
    peak_db: float
    peak_hz: float


@dataclass(frozen=True, eq=False)
class PlannedSource:
    """A source on a path, or all around (`path` None), from patch `begin_patch` until it leaves at `end_patch`.

    `level_db` is the RMS of its loud part at its nearest point; `rate` a change of speed; `extended` a source too wide
    for a point (rain, a sea). `response` is an index into the rooms (-1: none) at `wet` times its level, perhaps
    `mirrored`. `seed` draws the performance; with `once` it is a single event, unless the sound is a texture. `layer`
    is a second clip of its class that sounds with it, or None.
    """

    sound: Sound
    path: Path | None
    level_db: float
    rate: float
    tone: Tone | None
    begin_patch: int
    end_patch: int
    on_screen: bool
    extended: bool
    response: int
    wet: float
    mirrored: bool
    seed: int
    once: bool = False
    layer: Sound | None = None


@dataclass(frozen=True, eq=False)
class ScenePlan:
    """Sources, the dominant one first (with none placed, the bed); a quiet bed under them or None; the prompt's change.

    `change` is the kind of the change at `change_patch`, None if nothing changes. `room` is a listener's word for
    the room, "" without one. `caption_seed` draws the words. `tone_db` is the RMS of the room tone's W in dBFS, None
    without one.
    """

    samples: int
    patches: int
    sources: tuple[PlannedSource, ...]
    bed: PlannedSource | None
    change: ChangeKind | None
    change_patch: int
    room: str
    caption_seed: int
    tone_db: float | None = None
