"""A place in words: a side, a depth, a height, each or none; and which of them can be combined."""

from dataclasses import dataclass
from typing import Final

from engine.contract.directions import Direction

_AZIMUTHS_DEG: Final = {
    ("", "front"): 0.0,
    ("left", "front"): 45.0,
    ("left", ""): 90.0,
    ("left", "back"): 135.0,
    ("", "back"): 180.0,
    ("right", "back"): -135.0,
    ("right", ""): -90.0,
    ("right", "front"): -45.0,
}
_SAID_ONCE: Final = ("side", "depth", "height", "distance", "azimuth_deg", "elevation_deg")
_RAISED_DEG: Final = 40.0
"""The elevation of "on the left above"; "above" alone is the zenith."""


@dataclass(frozen=True)
class Place:
    """A stated place: "" and None mean not stated.

    `comes` and `goes` mean "from the left" and "to the left". `all_round` is sound without a place.
    """

    side: str = ""
    depth: str = ""
    height: str = ""
    distance: str = ""
    azimuth_deg: float | None = None
    elevation_deg: float | None = None
    comes: bool = False
    goes: bool = False
    all_round: bool = False

    @property
    def is_direction(self) -> bool:
        """Return whether this has a direction; a distance alone has none."""
        return bool(self.side or self.depth or self.height) or not (self.azimuth_deg is self.elevation_deg is None)

    @property
    def direction(self) -> Direction:
        """The direction; the front if only a height in degrees is stated."""
        level = bool(self.side or self.depth) or self.azimuth_deg is not None
        azimuth = self.azimuth_deg
        if azimuth is None:
            azimuth = _AZIMUTHS_DEG.get((self.side, self.depth), 0.0)
        elevation = self.elevation_deg
        if elevation is None:
            raised = _RAISED_DEG if level else 90.0
            elevation = {"up": raised, "down": -raised}.get(self.height, 0.0)
        return Direction.wrapped(azimuth, elevation)

    def joined(self, other: "Place") -> "Place | None":
        """Return the combination of both, or None if they contradict each other."""
        if self.all_round or other.all_round:
            return None
        if self.azimuth_deg is not None and (other.side or other.depth):
            return None
        if other.azimuth_deg is not None and (self.side or self.depth):
            return None
        pairs = ((getattr(self, name), getattr(other, name)) for name in _SAID_ONCE)
        if any(mine not in ("", None) and theirs not in ("", None, mine) for mine, theirs in pairs):
            return None
        return Place(
            side=self.side or other.side,
            depth=self.depth or other.depth,
            height=self.height or other.height,
            distance=self.distance or other.distance,
            azimuth_deg=other.azimuth_deg if self.azimuth_deg is None else self.azimuth_deg,
            elevation_deg=other.elevation_deg if self.elevation_deg is None else self.elevation_deg,
            comes=self.comes or other.comes,
            goes=self.goes or other.goes,
        )
