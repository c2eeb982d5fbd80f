"""Edits of a lane's place. Every function returns a Change and raises SceneError if the edit cannot be."""

from dataclasses import replace

from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.edits.change import Change, quoted, with_lane
from engine.contract.scene.lane import Lane
from engine.contract.scene.place import USUAL_DISTANCE_M, Keyframe, LanePath
from engine.contract.scene.scene import Scene


def place_lane(scene: Scene, lane_id: int, direction: Direction, distance_m: float = USUAL_DISTANCE_M) -> Change:
    """Put a lane in one place for the whole film; this replaces its path."""
    lane = scene.lane(lane_id)
    return _with_path(scene, lane, LanePath.fixed(direction, distance_m), f"Place lane {quoted(lane.name)}")


def free_lane(scene: Scene, lane_id: int) -> Change:
    """Leave the place of a lane to the model."""
    lane = scene.lane(lane_id)
    return _with_path(scene, lane, None, f"Leave place of lane {quoted(lane.name)} to the model")


def set_path(scene: Scene, lane_id: int, path: LanePath) -> Change:
    """Give a lane another path."""
    lane = scene.lane(lane_id)
    return _with_path(scene, lane, path, f"Draw path of lane {quoted(lane.name)}")


def interpolate_path(scene: Scene, lane_id: int, interpolation: PathInterpolation) -> Change:
    """Choose how a lane's path is interpolated."""
    lane = scene.lane(lane_id)
    path = replace(_path(lane), interpolation=interpolation)
    return _with_path(scene, lane, path, f"Change interpolation of lane {quoted(lane.name)}")


def put_keyframe(scene: Scene, lane_id: int, keyframe: Keyframe) -> Change:
    """Add a keyframe to a lane's path, in place of any at the same sample."""
    lane = scene.lane(lane_id)
    path = lane.path
    if path is None:
        path = LanePath((keyframe,))
    else:
        others = [frame for frame in path.keyframes if frame.at_sample != keyframe.at_sample]
        path = replace(path, keyframes=tuple(sorted([*others, keyframe], key=lambda frame: frame.at_sample)))
    return _with_path(scene, lane, path, f"Set keyframe of lane {quoted(lane.name)}", str(keyframe.at_sample))


def move_keyframe(scene: Scene, lane_id: int, index: int, keyframe: Keyframe) -> Change:
    """Replace a keyframe, counted from 0; in time it stays between its neighbours."""
    lane = scene.lane(lane_id)
    frames = list(_path(lane).keyframes)
    _check_index(lane, index)
    earliest = frames[index - 1].at_sample if index > 0 else 0
    latest = frames[index + 1].at_sample if index + 1 < len(frames) else keyframe.at_sample
    frames[index] = replace(keyframe, at_sample=max(earliest, min(keyframe.at_sample, latest)))
    path = replace(_path(lane), keyframes=tuple(frames))
    return _with_path(scene, lane, path, f"Move keyframe of lane {quoted(lane.name)}", str(index))


def remove_keyframe(scene: Scene, lane_id: int, index: int) -> Change:
    """Remove a keyframe, counted from 0; without the last one, the place is left to the model."""
    lane = scene.lane(lane_id)
    path = _path(lane)
    _check_index(lane, index)
    kept = (*path.keyframes[:index], *path.keyframes[index + 1 :])
    return _with_path(
        scene, lane, replace(path, keyframes=kept) if kept else None, f"Remove keyframe of lane {quoted(lane.name)}"
    )


def _path(lane: Lane) -> LanePath:
    if lane.path is None:
        raise SceneError(f"The lane {quoted(lane.name)} has no path: place it first.")
    return lane.path


def _check_index(lane: Lane, index: int) -> None:
    if not 0 <= index < len(_path(lane).keyframes):
        raise SceneError(f"The keyframe of the lane {quoted(lane.name)} no longer exists.")


def _with_path(scene: Scene, lane: Lane, path: LanePath | None, name: str, what: str = "") -> Change:
    return Change(with_lane(scene, replace(lane, path=path)), name, f"{name.split()[0]} path {what} {lane.lane_id}")
