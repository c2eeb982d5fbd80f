"""`render`: a project as files, from its takes, its recordings and what still has to be made."""

import argparse

from app.bridge.patch_source import CheckpointSource
from app.command_line.arguments import check_outputs, weights_read
from app.command_line.console import ProgressLine, remark, say, say_unmarked
from app.command_line.head_option import chosen_head
from app.delivery.level_advice import remarks_on_command_line
from app.project.media import media_of, notices_of
from app.project.takes_beside import takes_to_use
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.scene.blocks import RecordingBlock
from engine.contract.scene.checks import samples_of
from engine.files.staging import folder_for_outputs
from engine.project.project_file import read_project
from engine.runtime.block_takes.store import BlockTakes


def run(arguments: argparse.Namespace) -> int:
    """Run `render`; returns the exit status."""
    project = read_project(arguments.project)
    if arguments.hrtf is not None and not arguments.binaural:
        raise InvalidInputError("--hrtf chooses the head for binaural sound: specify --binaural too.")
    from engine.runtime.offline.scene_job import SceneJob
    from engine.runtime.offline.scene_render import render_scene

    scene = project.scene
    start_s, end_s = arguments.range or (0.0, None)
    job = SceneJob(
        scene,
        arguments.out,
        stems=arguments.stems,
        binaural=arguments.binaural,
        start_sample=samples_of(start_s),
        end_sample=None if end_s is None else samples_of(end_s),
        subtype=arguments.subtype,
        gain=arguments.gain,
        head=chosen_head(arguments.hrtf) if arguments.binaural else None,
    )
    source = CheckpointSource(arguments.checkpoint, arguments.device)
    takes = takes_to_use(arguments.project)
    with folder_for_outputs(arguments.out):
        check_outputs(
            *job.files,
            read={
                "project": arguments.project,
                **media_of(scene),
                "head": arguments.hrtf,
                "checkpoint's file": weights_read(arguments.checkpoint),
            },
        )
        with ProgressLine("Rendering") as line:
            rendered = render_scene(job, source, None if takes is None else BlockTakes(takes), progress=line.update)
    early = filter(None, [rendered.about_early_start])
    for sentence in (*notices_of(project), *rendered.remarks, *early, *remarks_on_command_line(rendered.levels)):
        remark(sentence)
    seconds = (job.end - job.start_sample) / SAMPLE_RATE_HZ
    made = "1 take was made" if len(rendered.takes_made) == 1 else f"{len(rendered.takes_made)} takes were made"
    say(f"Wrote {', '.join(str(file) for file in rendered.files)} ({seconds:g} s, {made})")
    if any(not isinstance(block, RecordingBlock) or block.made_by for block in scene.blocks()):
        say_unmarked()
    return 0
