"""What panners of other programs listen to: addresses of Open Sound Control and their values.

- The MultiEncoder of the IEM Plug-in Suite reads `/MultiEncoder/azimuth0` in degrees, + left as here
  (https://plugins.iem.at/docs/osc/).
- The AmbiENC of SPARTA does not read OSC itself. Its parameters Azim_1, Elev_1, ... (-180 to 180, + left; -90 to 90)
  follow after four others. Reaper sets them: `/track/1/fx/1/fxparam/5/value`, 0 to 1 (its Default.ReaperOSC).
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final

from engine.contract.directions import Direction
from engine.contract.errors import InvalidInputError
from engine.contract.scene.lane import Lane

_MOST_SOURCES: Final = 64
_FIRST_PARAMETER: Final = 5
"""In Reaper, parameters count from 1; AmbiENC's first four are order, channel order, normalisation and sources."""


class Panner(Enum):
    """The IEM MultiEncoder, or SPARTA's AmbiENC as the first effect of Reaper's first track."""

    IEM = "iem"
    SPARTA = "sparta"


def messages(panner: Panner, source: int, direction: Direction) -> Iterator[tuple[str, float]]:
    """Yield the addresses and values that place a source, which is counted from 0."""
    if panner is Panner.IEM:
        yield f"/MultiEncoder/azimuth{source}", direction.azimuth_deg
        yield f"/MultiEncoder/elevation{source}", direction.elevation_deg
        return
    parameter = _FIRST_PARAMETER + 2 * source
    yield f"/track/1/fx/1/fxparam/{parameter}/value", direction.azimuth_deg / 360.0 + 0.5
    yield f"/track/1/fx/1/fxparam/{parameter + 1}/value", direction.elevation_deg / 180.0 + 0.5


def placed_lanes(lanes: Sequence[Lane]) -> list[Lane]:
    """Return the lanes that have a path, in order: the first is source 0. Raises InvalidInputError if none has one."""
    placed = [lane for lane in lanes if lane.path is not None]
    if not placed:
        raise InvalidInputError("No lane of the project has a place: place one in the film, then try again.")
    if len(placed) > _MOST_SOURCES:
        raise InvalidInputError(
            f"{len(placed)} lanes have a place, and a panner has {_MOST_SOURCES} sources: export fewer lanes."
        )
    return placed
