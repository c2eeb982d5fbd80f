"""`make`: blocks of a project, made by another generator on this machine; the result is a new project."""

import argparse
from dataclasses import replace
from pathlib import Path

from app.command_line.console import ProgressLine, remark, say
from app.command_line.new_project import check_new_project
from app.project.made_files import copy_made, moved_lane
from app.project.media import media_of
from app.project.takes_beside import copy_takes
from engine.contract.counted import counted
from engine.contract.errors import InvalidInputError
from engine.contract.scene.blocks import Block, FileReference, RecordingBlock
from engine.contract.scene.edits.making import use_made
from engine.contract.scene.scene import Scene
from engine.files.content import content_hash
from engine.files.staging import folder_for_outputs
from engine.project.project_file import read_project, takes_folder, write_project
from engine.runtime.makers.making import make_sound
from engine.runtime.makers.protocol import Maker, Said
from engine.runtime.makers.requests import request_for


def run(arguments: argparse.Namespace) -> int:
    """Run `make`; returns the exit status."""
    maker = Maker.of(arguments.maker_name, arguments.maker, arguments.limit)
    out: Path = arguments.out
    project = read_project(arguments.project)
    chosen = _chosen(project.scene, arguments.lane, arguments.block)
    requests = {block.block_id: request_for(project.scene, block.block_id) for block in chosen}
    with folder_for_outputs(out.parent):
        check_new_project(out, {"project": arguments.project, **media_of(project.scene)})
        source, target = takes_folder(arguments.project), takes_folder(out)
        copy_takes(source, target, project.scene.take_ids)
        copy_made([project.scene], source, target)
        lanes = tuple(moved_lane(lane, source, target) for lane in project.scene.lanes)
        scene = replace(project.scene, lanes=lanes)
        made: list[Path] = []
        try:
            with ProgressLine("Making") as line:
                for number, (block_id, request) in enumerate(requests.items()):

                    def said(told: Said, number: int = number) -> None:
                        if told.progress is not None:
                            line.update((number + told.progress) / len(requests))

                    sound = make_sound(maker, request, target.absolute(), said=said)
                    made.append(sound.file)
                    file = FileReference(str(sound.file), content_hash(sound.file))
                    scene = use_made(
                        scene, block_id, maker.name, request.words, file, sound.samples, sound.convention
                    ).scene
                line.update(1.0)
            write_project(out, scene)
        except BaseException:
            for place in made:
                place.unlink(missing_ok=True)
            raise
    if project.read_only:
        remark(project.read_only)
    say(f"Wrote {out}: {counted(len(made), 'block')} made by {maker.name}")
    return 0


def _chosen(scene: Scene, lane_number: int, block_number: int | None) -> list[Block]:
    """Return the blocks of a lane that are not recordings, or the one that was asked for; both count from 1."""
    if not 1 <= lane_number <= len(scene.lanes):
        raise InvalidInputError(f"There is no lane {lane_number}: the project has {len(scene.lanes)}.")
    lane = scene.lanes[lane_number - 1]
    if block_number is None:
        chosen: list[Block] = [block for block in lane.blocks if not isinstance(block, RecordingBlock)]
        if not chosen:
            raise InvalidInputError(f"The lane '{lane.name}' has no block that is generated.")
        return chosen
    if not 1 <= block_number <= len(lane.blocks):
        raise InvalidInputError(f"There is no block {block_number}: the lane '{lane.name}' has {len(lane.blocks)}.")
    return [lane.blocks[block_number - 1]]
