"""The model's request for a patch, from the user's settings: the same live, offline and in measurements."""

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import DirectionPath, GenerationSettings
from engine.contract.conventions import PATCH_S
from engine.contract.generation import LaneRequest, PatchRequest

Frame = tuple[int, NDArray[np.uint8]]
"""The index of a conditioning frame, which grows by one per frame, and its picture (128, 256, 3) RGB."""


def patch_start_s(patch_index: int) -> float:
    """Return the film time at which a patch starts."""
    return patch_index * PATCH_S


def patch_middle_s(start_s: float) -> float:
    """Return the film time for which the directions of a patch are taken: its middle."""
    return start_s + 0.5 * PATCH_S


def request_for(
    settings: GenerationSettings,
    start_s: float,
    steps: int,
    frame: Frame | None,
    in_film: NDArray[np.float64] | None = None,
) -> PatchRequest:
    """Return the request for the patch that starts at a film time in seconds.

    `frame` is the newest conditioning frame at its start, or None for no picture. `in_film` (3, 3) turns the directions
    of the settings into those of the film's own picture, None if its horizon is not corrected.
    """
    middle_s = patch_middle_s(start_s)
    return PatchRequest(
        prompt=settings.prompt,
        frame=frame[1] if frame is not None else None,
        frame_index=frame[0] if frame is not None else -1,
        direction=_at(settings.path, middle_s, in_film),
        steps=steps,
        guidance=settings.guidance,
        exact_direction=settings.exact_direction,
        lanes=tuple(
            LaneRequest(lane.lane_id, lane.prompt, _at(lane.path, middle_s, in_film), lane.gain_db)
            for lane in settings.lanes
        ),
        gain_db=settings.gain_db,
    )


def _at(path: DirectionPath | None, t_s: float, in_film: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    if path is None:
        return None
    return path.at(t_s) if in_film is None else in_film @ path.at(t_s)
