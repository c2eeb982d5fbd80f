"""Something that moves in a film, as a suggestion for a lane."""

from dataclasses import dataclass

from engine.contract.control import DirectionPath
from engine.contract.errors import InvalidInputError


@dataclass(frozen=True)
class SeenThing:
    """When it is seen, in seconds of the film, and where.

    Raises InvalidInputError if it does not last.
    """

    start_s: float
    end_s: float
    path: DirectionPath

    def __post_init__(self) -> None:
        """Check the times."""
        if not 0.0 <= self.start_s < self.end_s:
            raise InvalidInputError(f"Nothing can be seen from {self.start_s:g} s to {self.end_s:g} s.")
