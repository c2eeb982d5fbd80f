"""Edits of lanes. Every function returns a Change and raises SceneError if the edit cannot be."""

from dataclasses import replace

from engine.contract.errors import SceneError
from engine.contract.scene.edits.change import Change, quoted, with_lane
from engine.contract.scene.lane import COLOURS, Lane, LaneKind
from engine.contract.scene.place import LanePath
from engine.contract.scene.scene import Scene


def add_lane(
    scene: Scene,
    name: str,
    *,
    kind: LaneKind = LaneKind.POINT,
    colour: str | None = None,
    path: LanePath | None = None,
    width_deg: float | None = None,
    gain_db: float = 0.0,
    index: int | None = None,
) -> Change:
    """Add an empty lane before the one at `index`, or at the end; its number is the scene's `next_id`."""
    lane = Lane(
        lane_id=scene.next_id,
        kind=kind,
        name=name,
        colour=_rarest_colour(scene) if colour is None else colour,
        gain_db=gain_db,
        path=path,
        width_deg=width_deg,
    )
    at = len(scene.lanes) if index is None else _index(index, len(scene.lanes))
    lanes = (*scene.lanes[:at], lane, *scene.lanes[at:])
    return Change(
        replace(scene, lanes=lanes, next_id=scene.next_id + 1), f"Add lane {quoted(name)}", f"add lane {lane.lane_id}"
    )


def remove_lane(scene: Scene, lane_id: int) -> Change:
    """Remove a lane with its blocks."""
    lane = scene.lane(lane_id)
    lanes = tuple(other for other in scene.lanes if other.lane_id != lane_id)
    return Change(replace(scene, lanes=lanes), f"Remove lane {quoted(lane.name)}", f"remove lane {lane_id}")


def rename_lane(scene: Scene, lane_id: int, name: str) -> Change:
    """Give a lane another name."""
    lane = scene.lane(lane_id)
    return _changed(scene, replace(lane, name=name), f"Rename lane {quoted(lane.name)} to {quoted(name)}", "name")


def recolour_lane(scene: Scene, lane_id: int, colour: str) -> Change:
    """Give a lane another colour, such as "#769dff"."""
    lane = scene.lane(lane_id)
    return _changed(scene, replace(lane, colour=colour), f"Change colour of lane {quoted(lane.name)}", "colour")


def move_lane(scene: Scene, lane_id: int, index: int) -> Change:
    """Move a lane to a row, counted from 0 without the lane itself."""
    lane = scene.lane(lane_id)
    others = tuple(other for other in scene.lanes if other.lane_id != lane_id)
    at = _index(index, len(others))
    lanes = (*others[:at], lane, *others[at:])
    return Change(replace(scene, lanes=lanes), f"Move lane {quoted(lane.name)}", f"row of lane {lane_id}")


def set_lane_gain(scene: Scene, lane_id: int, gain_db: float) -> Change:
    """Set the gain of a lane in dB."""
    lane = scene.lane(lane_id)
    return _changed(scene, replace(lane, gain_db=gain_db), f"Set gain of lane {quoted(lane.name)}", "gain")


def mute_lane(scene: Scene, lane_id: int, mute: bool) -> Change:
    """Mute a lane, or unmute it."""
    lane = scene.lane(lane_id)
    return _changed(scene, replace(lane, mute=mute), f"{'Mute' if mute else 'Unmute'} lane {quoted(lane.name)}", "mute")


def solo_lane(scene: Scene, lane_id: int, solo: bool) -> Change:
    """Solo a lane, or end its solo."""
    lane = scene.lane(lane_id)
    does = "Solo" if solo else "End solo of"
    return _changed(scene, replace(lane, solo=solo), f"{does} lane {quoted(lane.name)}", "solo")


def arm_lane(scene: Scene, lane_id: int, armed: bool) -> Change:
    """Arm a lane, so that it is generated while the film plays, or disarm it."""
    lane = scene.lane(lane_id)
    return _changed(
        scene, replace(lane, armed=armed), f"{'Arm' if armed else 'Disarm'} lane {quoted(lane.name)}", "arm"
    )


def widen_lane(scene: Scene, lane_id: int, width_deg: float | None) -> Change:
    """Set the width of a lane in degrees; None: as wide as its sound is."""
    lane = scene.lane(lane_id)
    return _changed(scene, replace(lane, width_deg=width_deg), f"Set width of lane {quoted(lane.name)}", "width")


def change_lane_kind(scene: Scene, lane_id: int, kind: LaneKind) -> Change:
    """Change a lane's kind; a lane that has no place any more loses its path and its width."""
    lane = scene.lane(lane_id)
    if kind in (LaneKind.POINT, LaneKind.BED):
        changed = replace(lane, kind=kind)
    else:
        changed = replace(lane, kind=kind, path=None, width_deg=None)
    return _changed(scene, changed, f"Change kind of lane {quoted(lane.name)}", "kind")


def _changed(scene: Scene, lane: Lane, name: str, what: str) -> Change:
    return Change(with_lane(scene, lane), name, f"{what} of lane {lane.lane_id}")


def _rarest_colour(scene: Scene) -> str:
    """Return the colour that the fewest lanes have, the first of those."""
    used = [lane.colour for lane in scene.lanes]
    return min(COLOURS, key=used.count)


def _index(index: int, most: int) -> int:
    if not 0 <= index <= most:
        raise SceneError(f"There is no row {index} for the lane: choose 0 to {most}.")
    return index
