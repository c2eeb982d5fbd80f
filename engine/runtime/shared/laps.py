"""Laps of the live stream and of a scene: the film, or the range of it that repeats. Pure functions."""

from dataclasses import dataclass

from engine.contract.scene.scene import Scene

LoopRange = tuple[int, int]
"""The first film sample that repeats, and the one behind the last."""


@dataclass(frozen=True)
class Lap:
    """Playback runs to `end` and, if it repeats, continues at `back_to`."""

    end: int
    back_to: int


def lap_at(at: int, loop: LoopRange | None, film_end: int) -> Lap:
    """Return the lap of a playhead: behind the end of a range, it is that of the film."""
    if loop is not None and at < loop[1]:
        return Lap(loop[1], loop[0])
    return Lap(film_end, 0)


def range_of(scene: Scene, length: int) -> LoopRange | None:
    """Return the range of a scene that repeats in `length` samples, cut at their end.

    None if there is none, if it is off, or if it begins behind the end: a shorter film may have taken its place.
    """
    loop = scene.loop
    if loop is None or not loop.is_on or loop.start_sample >= length:
        return None
    return loop.start_sample, min(loop.end_sample, length)


def scene_lap_at(at: int, scene: Scene, *, film_loops: bool) -> tuple[int, int | None]:
    """Return where the playback of a scene turns back or ends, and the sample at which it continues; None: it ends.

    Behind the end of a range, it is the lap of the film.
    """
    end = scene.length_samples
    loop = range_of(scene, end)
    if loop is not None and at < loop[1]:
        return loop[1], loop[0]
    return max(end, at), 0 if film_loops else None


def is_made_for(
    now: LoopRange | None,
    before: LoopRange | None,
    heard: tuple[int, int],
    made: tuple[int, int],
    film_end: int,
    margin: int,
) -> bool:
    """Return whether what was made ahead of a playhead for one range can be heard with another one.

    `heard` and `made` are an epoch and a film sample; `margin` samples more may be under way.
    """
    old, new = lap_at(heard[1], before, film_end), lap_at(heard[1], now, film_end)
    if made[0] != heard[0]:
        return old == new
    return old.end == new.end or made[1] + margin < min(old.end, new.end)
