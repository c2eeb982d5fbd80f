"""Everything random about a scene, drawn from its seed: what sounds when, where, how loud, in which room, under which prompt.

A plan is small and plain; `scene_render` turns it into sound.
"""

from dataclasses import dataclass, replace

import numpy as np

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.training.data.paths import Path, draw_path
from engine.training.data.sound_bank import Sound

_PATCH_S = PATCH_SAMPLES / SAMPLE_RATE_HZ


@dataclass(frozen=True)
class Tone:
    """An equaliser: a tilt (exponent of frequency over 1 kHz), a low and a high shelf and a peak, in dB."""

    tilt: float
    low_db: float
    high_db: float
    peak_db: float
    peak_hz: float


@dataclass(frozen=True, eq=False)
class PlannedSource:
    """A placed or surrounding (`path` None) source that sounds from `begin_s` to `end_s`.

    `level_db` is the RMS of its loud part at its nearest point; `rate` a change of speed; `room` an index into the rooms
    (-1: none) with `wet_db`; `seed` draws its performance.
    """

    sound: Sound
    path: Path | None
    level_db: float
    rate: float
    tone: Tone
    begin_s: float
    end_s: float
    on_screen: bool
    extended: bool
    room: int
    wet_db: float
    seed: int


@dataclass(frozen=True, eq=False)
class ScenePlan:
    """Sources, the dominant one first; a bed (surrounding, quiet) or None; where the prompt changes (s) and how."""

    seconds: float
    sources: tuple[PlannedSource, ...]
    bed: PlannedSource | None
    change_s: float
    change: str
    caption_seed: int

    def at_patch(self, time_s: float) -> int:
        """Return the patch that a time lies in."""
        return int(time_s / _PATCH_S)

    def named(self, source: PlannedSource, after: bool) -> bool:
        """Return whether the prompt before or after the change speaks of a source."""
        return source.end_s > self.change_s + 1e-6 if after else source.begin_s < self.change_s - 1e-6


def draw_tone(rng: np.random.Generator) -> Tone:
    """Return a gentle equaliser."""
    return Tone(
        float(rng.normal(0.0, 0.1)),
        float(rng.normal(0.0, 2.0)),
        float(rng.normal(0.0, 2.0)),
        float(rng.normal(0.0, 2.5)),
        float(np.exp(rng.uniform(np.log(200.0), np.log(8_000.0)))),
    )


def draw_change(rng: np.random.Generator, seconds: float, chance: float, sources: int) -> tuple[str, float]:
    """Return how the prompt changes (hold, switch, withdraw, arrive) and when, on the grid of patches.

    'hold' at the end of the scene means that nothing changes.
    """
    at = round(rng.uniform(0.3, 0.7) * seconds / _PATCH_S) * _PATCH_S
    if rng.random() >= chance or not sources:
        return "hold", seconds
    if sources == 1:
        return "hold", at
    return str(rng.choice(["switch", "withdraw", "arrive", "hold"], p=[0.3, 0.3, 0.3, 0.1])), at


def timed(sources: list[PlannedSource], change: str, at_s: float, seconds: float) -> tuple[PlannedSource, ...]:
    """Return sources with the times of a change: the first one makes room (switch), the second leaves or comes."""
    if change == "hold":
        return tuple(sources)
    first, second, *rest = sources
    if change == "switch":
        first, second = replace(first, end_s=at_s), replace(second, begin_s=at_s, level_db=first.level_db)
    elif change == "withdraw":
        second = replace(second, end_s=at_s)
    else:
        second = replace(second, begin_s=at_s)
    return (first, second, *rest)


def draw_where(rng: np.random.Generator, seconds: float, moving: float, off_screen: float) -> tuple[Path, bool]:
    """Return a path and whether the source is in the picture."""
    return draw_path(rng, seconds, moving), bool(rng.random() >= off_screen)
