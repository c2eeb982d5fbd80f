"""A scene as plain values for JSON. Paths of films and recordings become relative to the project's folder."""

import os
from pathlib import Path
from typing import Any

from engine.contract.camera import camera_source
from engine.contract.directions import Direction
from engine.contract.scene.blocks import Block, FileReference, GeneratedBlock
from engine.contract.scene.lane import Lane
from engine.contract.scene.place import LanePath
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene, SceneFilm


def scene_values(scene: Scene, folder: Path) -> dict[str, Any]:
    """Return a scene as values that JSON has; `folder` is that of the project file."""
    base = os.path.abspath(folder)
    return {
        "film": None if scene.film is None else _film(scene.film, base),
        "length_samples": scene.length_samples,
        "lanes": [lane_values(lane, folder) for lane in scene.lanes],
        "markers": [
            {"marker_id": marker.marker_id, "at_sample": marker.at_sample, "name": marker.name}
            for marker in scene.markers
        ],
        "loop": None
        if scene.loop is None
        else {
            "start_sample": scene.loop.start_sample,
            "end_sample": scene.loop.end_sample,
            "is_on": scene.loop.is_on,
        },
        "master_gain_db": scene.master_gain_db,
        "head_locked": {"gain_db": scene.head_locked.gain_db, "mute": scene.head_locked.mute},
        "horizon": {
            "yaw_deg": scene.horizon.yaw_deg,
            "pitch_deg": scene.horizon.pitch_deg,
            "roll_deg": scene.horizon.roll_deg,
        },
        "av_offset_samples": scene.av_offset_samples,
        "next_id": scene.next_id,
    }


def _film(film: SceneFilm, base: str) -> dict[str, Any]:
    choice = film.choice
    return {
        "file": _file(film.file, base),
        "length_samples": film.length_samples,
        "layout": None if choice.layout is None else choice.layout.value,
        "projection": None if choice.projection is None else choice.projection.value,
        "fov_deg": choice.fov_deg,
        "still_s": choice.still_s,
    }


def _file(file: FileReference, base: str) -> dict[str, Any]:
    if camera_source(file.path) is not None:  # it lies in no folder
        return {"path": file.path, "content": file.content}
    try:
        path = os.path.relpath(file.path, base)
    except ValueError:  # another drive of Windows
        path = file.path
    return {"path": Path(path).as_posix(), "content": file.content}


def lane_values(lane: Lane, folder: Path) -> dict[str, Any]:
    """Return a lane as values that JSON has; `folder` is that of the project file."""
    base = os.path.abspath(folder)
    return {
        "lane_id": lane.lane_id,
        "kind": lane.kind.value,
        "name": lane.name,
        "colour": lane.colour,
        "gain_db": lane.gain_db,
        "mute": lane.mute,
        "solo": lane.solo,
        "armed": lane.armed,
        "width_deg": lane.width_deg,
        "path": None if lane.path is None else _path(lane.path),
        "blocks": [_block(block, base) for block in lane.blocks],
    }


def _path(path: LanePath) -> dict[str, Any]:
    return {
        "interpolation": path.interpolation.value,
        "keyframes": [
            [frame.at_sample, frame.direction.azimuth_deg, frame.direction.elevation_deg, frame.distance_m]
            for frame in path.keyframes
        ],
    }


def _block(block: Block, base: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "block_id": block.block_id,
        "name": block.name,
        "start_sample": block.start_sample,
        "length_samples": block.length_samples,
        "gain_db": block.gain_db,
        "fade_in_samples": block.fade_in_samples,
        "fade_out_samples": block.fade_out_samples,
    }
    if isinstance(block, GeneratedBlock):
        takes = [
            {"take_id": take.take_id, "name": take.name, "is_kept": take.is_kept, "recipe": _recipe(take.recipe, base)}
            for take in block.takes
        ]
        return {
            "type": "generated",
            **values,
            "recipe": _recipe(block.recipe, base),
            "before_samples": block.before_samples,
            "takes": takes,
            "current": block.current,
        }
    return {
        "type": "recording",
        **values,
        "file": _file(block.file, base),
        "file_samples": block.file_samples,
        "offset_samples": block.offset_samples,
        "convention": block.convention.value,
        "made_by": block.made_by,
        "bed_seed": block.bed_seed,
    }


def _recipe(recipe: Recipe, base: str) -> dict[str, Any]:
    return {
        "cues": [
            {
                "after_samples": cue.after_samples,
                "ramp_samples": cue.ramp_samples,
                "slots": [{"text": slot.text, "weight": slot.weight} for slot in cue.slots],
            }
            for cue in recipe.cues
        ],
        "seed": recipe.seed,
        "steps": recipe.steps,
        "film_sample": recipe.film_sample,
        "direction": None if recipe.direction is None else _direction(recipe.direction),
        "continued": None if recipe.continued is None else _file(recipe.continued, base),
    }


def _direction(direction: Direction) -> dict[str, float]:
    return {"azimuth_deg": direction.azimuth_deg, "elevation_deg": direction.elevation_deg}
