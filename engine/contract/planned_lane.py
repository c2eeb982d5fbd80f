"""A lane that a sentence would make, as it is shown and corrected before anything is applied."""

from dataclasses import dataclass

from engine.contract.directions import Direction
from engine.contract.scene.lane import LaneKind


@dataclass(frozen=True)
class PlannedLane:
    """One row of a preview: words for the model, place in words, kind and gain in dB.

    `place` is "" if the model decides. `directions` are the direction of the place, or the stops of a movement.
    `sound` is the known sound that the words name, "" for none. `problem` is a sentence on a place that is not
    understood, "" if it is. `key` tells rows apart; 0 is a row that was not read yet.
    """

    words: str
    place: str = ""
    kind: LaneKind = LaneKind.POINT
    gain_db: float = 0.0
    directions: tuple[Direction, ...] = ()
    sound: str = ""
    problem: str = ""
    key: int = 0
