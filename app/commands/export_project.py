"""`export PROJECT.swan`: the mix, the lanes and the kept takes of a project as finished files."""

import argparse
from pathlib import Path
from typing import Any

from app.bridge.patch_source import CheckpointSource
from app.command_line.arguments import check_outputs, weights_read
from app.command_line.console import ProgressLine, remark, say
from app.command_line.delivery_report import as_json, table, values
from app.commands.export import every_format, form_asked_for
from app.delivery.names import beside
from app.delivery.parts import What, parts_of
from app.delivery.publishing import private_folder
from app.delivery.scene_export import SceneExport, export_scene
from app.delivery.signing import signing_files
from app.project.media import media_of, notices_of
from app.project.takes_beside import takes_to_use
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.scene.checks import samples_of
from engine.export.credentials.signing import sidecar_of
from engine.export.delivery.deliver import rejected_name
from engine.files.staging import folder_for_outputs
from engine.project.project_file import ReadProject, read_project
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.scene_render import render_scene

_OF_TAKES = {"film": None, "convention": None, "head_locked": None, "start": 0.0}


def export_project(arguments: argparse.Namespace) -> int:
    """Run `export` for a project; returns the exit status."""
    for option, unused in _OF_TAKES.items():
        if getattr(arguments, option) != unused:
            raise InvalidInputError(
                f"--{option.replace('_', '-')} belongs to a take: a project says itself what it holds."
            )
    project = read_project(arguments.take)
    takes = takes_to_use(arguments.take)
    source = CheckpointSource(arguments.checkpoint, arguments.device)
    if arguments.every_format:
        return _every_format(arguments, project, takes, source)
    out: Path = arguments.out
    form = form_asked_for(arguments, out)
    what = What(mix=True, stems=arguments.stems, kept_takes=arguments.kept_takes, range_s=arguments.range)
    files = beside(out, parts_of(project.scene, what, form.kind), form)
    job = SceneExport(project.scene, takes, form, files, arguments.range, arguments.time_of_day)
    outputs = [place for file in files.values() for place in (file, rejected_name(file))]
    if form.signing is not None:
        outputs += [sidecar_of(file) for file in files.values()]
    check_outputs(
        *outputs,
        read={
            "project": arguments.take,
            **media_of(project.scene),
            "checkpoint's file": weights_read(arguments.checkpoint),
            **signing_files(arguments),
        },
    )
    with ProgressLine("Exporting") as line:
        done = export_scene(job, source, line.update)
    for sentence in (*notices_of(project), *done.remarks):
        remark(sentence)
    if arguments.json:
        say(as_json({"files": [values(file) for file in done.files], "notices": list(done.remarks)}))
    else:
        say("\n".join(table(file, f"{file.rate_hz} Hz") for file in done.files))
    return 0


def _every_format(
    arguments: argparse.Namespace, project: ReadProject, takes: Path | None, source: CheckpointSource
) -> int:
    """Render the mix once, and write it in every format."""
    if arguments.stems or arguments.kept_takes:
        raise InvalidInputError("--every-format writes the mix: leave out --stems and --kept-takes.")
    scene, folder, name = project.scene, arguments.out, arguments.take.stem
    begin_s, end_s = arguments.range or (0.0, None)
    with folder_for_outputs(folder), private_folder(folder) as scratch:
        job = SceneJob(
            scene,
            scratch,
            start_sample=samples_of(begin_s),
            end_sample=None if end_s is None else samples_of(end_s),
            subtype="float",
        )
        with ProgressLine("Rendering") as line:
            rendered = render_scene(job, source, None if takes is None else BlockTakes(takes), progress=line.update)
        for sentence in (*notices_of(project), *rendered.remarks):
            remark(sentence)
        arguments.take, arguments.head_locked = job.mix, job.head_locked_file
        arguments.convention = "ambix"
        if arguments.range is not None:
            arguments.range = (0.0, (job.end - job.start_sample) / SAMPLE_RATE_HZ)
        arguments.start = (job.start_sample + scene.av_offset_samples) / SAMPLE_RATE_HZ
        if scene.film is not None:
            choice = scene.film.choice
            arguments.film, arguments.layout = Path(scene.film.file.path), _value(choice.layout)
            arguments.projection, arguments.fov = _value(choice.projection), choice.fov_deg
        return every_format(arguments, name, scene.horizon)


def _value(choice: Any) -> Any:
    return None if choice is None else choice.value
