"""`export PROJECT.swan`: the mix, the lanes and the kept takes of a project as finished files."""

import argparse
import os
from pathlib import Path
from typing import Any

from app.command_line.arguments import check_outputs, weights_read
from app.command_line.console import ProgressLine, remark, say
from app.command_line.delivery_report import as_json, table, values
from app.commands.export import every_format, form_asked_for
from app.delivery.names import beside
from app.delivery.parts import What, parts_of
from app.delivery.publishing import private_folder
from app.delivery.scene_export import SceneExport, export_scene
from app.delivery.signing import signing_files
from app.project.media import broken_links
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.generation import PatchSource
from engine.contract.scene.blocks import RecordingBlock
from engine.contract.scene.checks import samples_of
from engine.contract.scene.scene import Scene
from engine.export.credentials.signing import sidecar_of
from engine.export.delivery.deliver import rejected_name
from engine.files.staging import folder_for_outputs
from engine.project.project_file import ReadProject, read_project, takes_folder
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

    def source() -> PatchSource:
        from engine.model.streaming.streamer import load_patch_source

        return load_patch_source(arguments.checkpoint, arguments.device)

    if arguments.every_format:
        return _every_format(arguments, project, takes, source)
    out: Path = arguments.out
    form = form_asked_for(arguments, out)
    what = What(mix=True, stems=arguments.stems, kept_takes=arguments.kept_takes, range_s=arguments.range)
    files = beside(out, parts_of(project.scene, what, form.kind), form)
    job = SceneExport(project.scene, takes, form, files, arguments.range, arguments.time_of_day)
    outputs = [place for file in files.values() for place in (file, rejected_name(file), sidecar_of(file))]
    read = read_by(project.scene, arguments.take, arguments.checkpoint)
    check_outputs(*outputs, read={**read, **signing_files(arguments)})
    with ProgressLine("Exporting") as line:
        done = export_scene(job, source, line.update)
    _remark(project, done.remarks)
    if arguments.json:
        say(as_json({"files": [values(file) for file in done.files], "notices": list(done.remarks)}))
    else:
        say("\n".join(table(file, f"{file.rate_hz} Hz") for file in done.files))
    return 0


def takes_to_use(project: Path) -> Path | None:
    """Return the folder of a project's takes; None if there are none, and the folder cannot be written."""
    folder = takes_folder(project)
    return folder if folder.is_dir() or os.access(folder.parent, os.W_OK) else None


def read_by(scene: Scene, project: Path, checkpoint: Path | None) -> dict[str, Any]:
    """Return what an export of a project reads, by what it is."""
    return {
        "project": project,
        "film": None if scene.film is None else Path(scene.film.file.path),
        "recording": [Path(block.file.path) for block in scene.blocks() if isinstance(block, RecordingBlock)],
        "checkpoint's file": weights_read(checkpoint),
    }


def _every_format(arguments: argparse.Namespace, project: ReadProject, takes: Path | None, source: Any) -> int:
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
        _remark(project, rendered.remarks)
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


def _remark(project: ReadProject, remarks: tuple[str, ...]) -> None:
    # A file that is missing has stopped the rendering if it was needed.
    notices = [project.read_only, *(link.sentence for link in broken_links(project.scene) if not link.is_missing)]
    for sentence in (*notices, *remarks):
        if sentence:
            remark(sentence)
