"""One block while it sounds: turned to its place, at its gain, without a step."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.turning.field_track import PIECE_SAMPLES
from engine.ambisonics.turning.goals import BACK, after_glide, glide_towards, goal_for
from engine.ambisonics.turning.quaternions import NO_TURN, Vector, matrix_of
from engine.rendering.mix.air import AirFilter
from engine.rendering.mix.placing import FRONT, distance_gain, field_gains, front_turn, pair_gains, point_gains
from engine.rendering.mix.sounds import BlockSound, FieldFacts
from engine.rendering.mix.spans import Span
from engine.rendering.mix.ticks import RAMP, TICK_S, TICK_SAMPLES


@dataclass(frozen=True, eq=False)
class TickPlace:
    """The place of a lane at the end of a tick.

    `direction` is a unit vector (3,); None leaves the sound in its place. `film_turn` (3, 3) turns sound
    that has no path and the directions of the film's own picture.
    """

    direction: Vector | None = None
    distance_m: float | None = None
    width_deg: float | None = None
    film_turn: NDArray[np.float64] | None = None


class Voice:
    """One sound of a lane, from tick to tick. `fades_in` if it did not begin now, but was put there now.

    A head-locked one gives (2, 480), any other one (4, 480). Not thread-safe.
    """

    def __init__(self, sound: BlockSound, span: Span, *, head_locked: bool, fades_in: bool) -> None:
        self._sound, self.span, self._is_head_locked = sound, span, head_locked
        self._evening = sound.level.evening_gain
        self._gain: float | None = 0.0 if fades_in else None
        self._gains: NDArray[np.float32] | None = None
        self._turn, self._is_fresh = NO_TURN, True
        self._seen: Vector | None = None
        self._air = AirFilter()

    def tick(self, at: int, place: TickPlace, gain: float) -> NDArray[np.float32] | None:
        """Return the tick at a sample of the film, None for silence; `gain` (linear) is reached at its end."""
        if place.distance_m is not None:
            gain *= distance_gain(place.distance_m)
        gain *= self._evening
        before = gain if self._gain is None else self._gain
        self._gain = gain
        if before == gain == 0.0:
            self._is_fresh, self._gains = True, None  # nothing to glide from when it is heard again
            return None
        jumps = self._gains is None
        gains, settles = self._placed(at, place)
        earlier = gains if jumps or settles or self._gains is None else self._gains
        self._gains = gains
        sound = self._read(at)
        if place.distance_m is not None:
            sound = self._air.process(sound, place.distance_m)
        start, end = _scaled(earlier, before), _scaled(gains, gain)
        if np.array_equal(start, end):
            still: NDArray[np.float32] = end @ sound
            return still
        moving: NDArray[np.float32] = start @ sound
        moving += RAMP * ((end - start) @ sound)
        return moving

    def follow(self, at: int, place: TickPlace) -> None:
        """Turn as in the tick at a sample of the film, without reading its sound."""
        facts = self._sound.field
        if facts is not None:
            if facts.follows_path:
                self._advance(at, place.direction, facts)
            self._seen_at(at, facts)

    def leave(self, at: int) -> NDArray[np.float32] | None:
        """Return a last tick that fades out, if the block was changed or removed; None if it ended or was silent."""
        if at >= self.span.end or not self._gain or self._gains is None:
            return None
        faded: NDArray[np.float32] = _scaled(self._gains, self._gain) @ (self._read(at) * (1.0 - RAMP))
        return faded

    def _read(self, at: int) -> NDArray[np.float32]:
        """Return the sound of the tick at `at`, with its fades."""
        sound = self._sound.samples.read(self.span.source_at(at), TICK_SAMPLES)
        envelope = self.span.envelope(at)
        faded: NDArray[np.float32] = sound if envelope is None else sound * envelope
        return faded

    def _placed(self, at: int, place: TickPlace) -> tuple[NDArray[np.float32], bool]:
        """Return the gains at the end of a tick, and whether they hold from its start on: nothing sounded before."""
        channels = self._sound.channels
        if self._is_head_locked:
            return np.ones((2, channels), np.float32) if channels == 1 else np.eye(2, dtype=np.float32), False
        if channels == 4:
            assert self._sound.field is not None
            return self._field(at, place, self._sound.field)
        direction = FRONT if place.direction is None else place.direction
        turn = self._film_turn(place)
        if turn is not None:
            direction = turn @ direction
        gains = point_gains if channels == 1 else pair_gains
        return gains(direction, place.width_deg), False

    def _field(self, at: int, place: TickPlace, facts: FieldFacts) -> tuple[NDArray[np.float32], bool]:
        film_turn = self._film_turn(place)
        if not facts.follows_path:
            turn = np.eye(3) if film_turn is None else film_turn
            if place.direction is not None:
                turn = front_turn(place.direction)
            return field_gains(turn, turn @ self._seen_at(at, facts), place.width_deg, facts.share), False
        settles = self._advance(at, place.direction, facts)
        turn = matrix_of(self._turn)
        if film_turn is not None:
            turn = film_turn @ turn
        direction = place.direction
        if direction is None and place.width_deg is not None:
            direction = turn @ self._seen_at(at, facts)
        return field_gains(turn, direction, place.width_deg, facts.share), settles

    def _film_turn(self, place: TickPlace) -> NDArray[np.float64] | None:
        return place.film_turn if self.span.is_of_film and place.direction is None else None

    def _advance(self, at: int, asked: Vector | None, facts: FieldFacts) -> bool:
        """Turn towards the place, so that it is reached with the end of the piece; returns whether it was set."""
        source = max(0, self.span.source_at(at))
        piece = source // PIECE_SAMPLES
        if asked is None:
            goal = BACK
        elif piece < len(facts.shown.sure):
            goal = goal_for(facts.shown.directions[piece], float(facts.shown.sure[piece]), asked, self._turn)
        else:
            return False
        if self._is_fresh:
            if goal.sure > 0.0:
                self._turn, self._is_fresh = goal.turn, False
                return True
            return False
        ticks = -(-((piece + 1) * PIECE_SAMPLES - source) // TICK_SAMPLES)
        glide = glide_towards(self._turn, goal, TICK_S, 1.0 / ticks)
        if glide is not None:
            self._turn = after_glide(self._turn, glide)
        return False

    def _seen_at(self, at: int, facts: FieldFacts) -> Vector:
        """Return where the field shows its sound, before it is turned; while it shows none, where it did last."""
        piece = min(max(0, self.span.source_at(at)) // PIECE_SAMPLES, len(facts.shown.sure) - 1)
        if piece >= 0 and facts.shown.directions[piece].any():
            self._seen = facts.shown.directions[piece]
        return FRONT if self._seen is None else self._seen


def _scaled(gains: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = (gains * gain).astype(np.float32)
    return scaled
