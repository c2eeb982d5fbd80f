"""`paths`: where the lanes of a project are over time, as automation or for panners of other programs."""

import argparse
from pathlib import Path

from app.command_line.arguments import check_outputs
from app.command_line.console import remark, say
from app.delivery.names import fitted_name
from app.project.media import media_of
from engine.contract.errors import InvalidInputError
from engine.contract.scene.lane import Lane
from engine.contract.scene.scene import Scene
from engine.daw.panners import Panner, placed_lanes
from engine.daw.path_files import write_paths
from engine.files.staging import folder_for_outputs
from engine.project.project_file import read_project


def run(arguments: argparse.Namespace) -> int:
    """Run `paths`; returns the exit status."""
    scene = read_project(arguments.project).scene
    chosen = placed_lanes(_chosen(scene, arguments.lane))
    folder: Path = arguments.out
    panner = None if arguments.format == "csv" else Panner(arguments.format)
    if panner is None:
        number_of = {lane.lane_id: number for number, lane in enumerate(scene.lanes, start=1)}
        files = [(folder / fitted_name(f"{number_of[lane.lane_id]} {lane.name}", ".csv"), [lane]) for lane in chosen]
    else:
        files = [(folder / f"paths-{panner.value}.osc", chosen)]
    with folder_for_outputs(folder):
        check_outputs(*(file for file, _ in files), read={"project": arguments.project, **media_of(scene)})
        write_paths(files, panner, scene.length_samples)
    left = [lane.name for lane in _chosen(scene, arguments.lane) if lane.path is None]
    if left:
        remark(f"Without a place and left out: {', '.join(left)}.")
    for file, lanes in files:
        names = lanes[0].name if panner is None else ", ".join(f"source {n} {x.name}" for n, x in enumerate(lanes))
        say(f"Wrote {file}: {names}")
    return 0


def _chosen(scene: Scene, lane_number: int | None) -> list[Lane]:
    """Return all lanes, or the one that was asked for, which is counted from 1. Raises InvalidInputError."""
    if lane_number is None:
        return list(scene.lanes)
    if not 1 <= lane_number <= len(scene.lanes):
        raise InvalidInputError(f"There is no lane {lane_number}: the project has {len(scene.lanes)}.")
    return [scene.lanes[lane_number - 1]]
