"""Edits of a lane's place at a time of the film. Every function returns a Change and raises SceneError."""

import bisect
from dataclasses import replace
from typing import Final

import numpy as np

from engine.contract.control import PathInterpolation
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction, azimuth_elevation
from engine.contract.errors import SceneError
from engine.contract.scene.edits.change import Change, quoted, with_lane
from engine.contract.scene.edits.places import move_keyframe, put_keyframe, set_path
from engine.contract.scene.lane import Lane
from engine.contract.scene.path_shape import PathShape
from engine.contract.scene.place import USUAL_DISTANCE_M, Keyframe, LanePath
from engine.contract.scene.scene import Scene

NEAR_SAMPLES: Final = SAMPLE_RATE_HZ // 50
"""A keyframe within 20 ms of a time is the one at that time: no film shows the difference."""
_SMOOTHING_TAPS: Final = 9
_SMOOTHED_OVER_SAMPLES: Final = SAMPLE_RATE_HZ // 2
_STANDS_STILL_DEG: Final = 0.05


def place_at(lane: Lane, sample: int) -> Keyframe | None:
    """Return where a lane is at a sample of the film; None: where the model puts it."""
    if lane.path is None:
        return None
    azimuth, elevation = azimuth_elevation(lane.path.directions.at(sample / SAMPLE_RATE_HZ))
    return Keyframe(sample, direction_of(float(azimuth), float(elevation)), float(lane.path.distance_m_at(sample)))


def direction_of(azimuth_rad: float, elevation_rad: float) -> Direction:
    """Return a direction given in radians."""
    return Direction(
        float(np.clip(np.rad2deg(azimuth_rad), -180.0, 180.0)), float(np.clip(np.rad2deg(elevation_rad), -90.0, 90.0))
    )


def keyframe_near(path: LanePath, sample: int) -> int | None:
    """Return the number of the keyframe at a sample, to 20 ms; None if there is none."""
    times = [frame.at_sample for frame in path.keyframes]
    after = bisect.bisect_right(times, sample)
    near = [k for k in (after - 1, after) if 0 <= k < len(times) and abs(times[k] - sample) <= NEAR_SAMPLES]
    return min(near, key=lambda k: abs(times[k] - sample)) if near else None


def put_place(
    scene: Scene, lane_id: int, at_sample: int, direction: Direction | None = None, distance_m: float | None = None
) -> Change:
    """Put a lane somewhere at a time of the film; what is None stays as it is there.

    A lane that the model placed, or that stays in one place, is there for the whole film. A path gets a keyframe, or
    the keyframe at that time moves.
    """
    lane = scene.lane(lane_id)
    path = lane.path
    near = None if path is None else 0 if path.is_fixed else keyframe_near(path, at_sample)
    now = place_at(lane, at_sample) if path is None or near is None else path.keyframes[near]
    if direction is None:
        if now is None:
            raise SceneError(f"The lane {quoted(lane.name)} has no place yet: place it first.")
        direction = now.direction
    if distance_m is None:
        distance_m = USUAL_DISTANCE_M if now is None else now.distance_m
    if path is not None and not path.is_fixed:
        if near is None:
            return put_keyframe(scene, lane_id, Keyframe(at_sample, direction, distance_m))
        moved = Keyframe(path.keyframes[near].at_sample, direction, distance_m)
        return move_keyframe(scene, lane_id, near, moved)
    at = 0 if now is None else now.at_sample
    interpolation = PathInterpolation.GREAT_CIRCLE if path is None else path.interpolation
    placed = LanePath((Keyframe(at, direction, distance_m),), interpolation)
    changed = with_lane(scene, replace(lane, path=placed))
    return Change(changed, f"Place lane {quoted(lane.name)}", f"place lane {lane_id}")


def add_keyframe(scene: Scene, lane_id: int, at_sample: int) -> Change:
    """Add a keyframe in the place of the lane at a time, so that it can move before and after."""
    lane = scene.lane(lane_id)
    now = place_at(lane, at_sample)
    if now is None or lane.path is None:
        raise SceneError(f"The lane {quoted(lane.name)} has no place yet: place it first.")
    if keyframe_near(lane.path, at_sample) is not None:
        raise SceneError(f"The lane {quoted(lane.name)} has a keyframe here already: move the playhead, or move it.")
    return put_keyframe(scene, lane_id, now)


def record_path(scene: Scene, lane_id: int, frames: tuple[Keyframe, ...]) -> Change:
    """Take a path that a hand drew, in place of what lies between its first and its last keyframe.

    Before, the path stays as it is; a jump to the hand is a cut. Afterwards the lane moves on to its next keyframe, or
    stays where the hand left it.
    """
    lane = scene.lane(lane_id)
    if not frames:
        raise SceneError(f"Nothing was drawn for the lane {quoted(lane.name)}.")
    start, end = frames[0].at_sample, frames[-1].at_sample
    path = lane.path
    if path is None:
        drawn = LanePath(frames, PathInterpolation.GREAT_CIRCLE)
    else:
        before = [frame for frame in path.keyframes if frame.at_sample < start]
        after = [frame for frame in path.keyframes if frame.at_sample > end]
        here = place_at(lane, start)
        if start > 0 and here is not None and not _is_same_place(here, frames[0]):
            before.append(here)
        interpolation = PathInterpolation.GREAT_CIRCLE if path.is_fixed else path.interpolation
        drawn = LanePath((*before, *frames, *after), interpolation)
    change = set_path(scene, lane_id, drawn)
    return Change(change.scene, f"Record path of lane {quoted(lane.name)}", f"record path {lane_id}")


def smooth_path(scene: Scene, lane_id: int) -> Change:
    """Smooth a path over half a second: every keyframe moves to the mean of the path around it.

    The first and the last keyframe and both sides of a cut stay. It can be done again for more.
    """
    lane = scene.lane(lane_id)
    path = lane.path
    if path is None or len(path.keyframes) < 3:
        raise SceneError(f"The path of the lane {quoted(lane.name)} has fewer than three keyframes: nothing to smooth.")
    frames = path.keyframes
    shape = PathShape(path)
    times = np.array([frame.at_sample for frame in frames], float)
    weights = np.hanning(_SMOOTHING_TAPS + 2)[1:-1]
    weights /= weights.sum()
    reach = 0.5 * _SMOOTHED_OVER_SAMPLES * np.linspace(-1.0, 1.0, _SMOOTHING_TAPS)
    cuts = times[1:][np.diff(times) == 0.0]  # a keyframe is smoothed by its own side of a cut
    walls = np.concatenate([[-np.inf], cuts, [np.inf]])
    side = np.searchsorted(walls, times, side="right")
    around = np.clip(times[:, None] + reach, walls[side - 1][:, None], walls[side][:, None] - 1.0)
    vectors = np.einsum("k,nkc->nc", weights, shape.vectors_at(around.ravel()).reshape(*around.shape, 3))
    distances = shape.distances_m_at(around.ravel()).reshape(around.shape) @ weights
    azimuths, elevations = azimuth_elevation(vectors)
    stay = {k for k, at in enumerate(times) if at in cuts} | {0, len(frames) - 1}
    smooth = tuple(
        frame
        if k in stay
        else Keyframe(frame.at_sample, direction_of(float(azimuths[k]), float(elevations[k])), float(distances[k]))
        for k, frame in enumerate(frames)
    )
    change = set_path(scene, lane_id, replace(path, keyframes=smooth))
    return Change(change.scene, f"Smooth path of lane {quoted(lane.name)}", f"smooth path {lane_id}")


def _is_same_place(a: Keyframe, b: Keyframe) -> bool:
    off = np.linalg.norm(a.direction.unit_vector() - b.direction.unit_vector())
    return bool(np.rad2deg(off) < _STANDS_STILL_DEG) and a.distance_m == b.distance_m
