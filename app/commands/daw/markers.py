"""`markers`: the markers of a project, written for a workstation or read from it."""

import argparse
from pathlib import Path

from app.command_line.arguments import check_outputs
from app.command_line.console import remark, say
from app.command_line.film_check import checked_film
from app.project.media import media_of
from engine.contract.counted import counted
from engine.contract.errors import InvalidInputError, MediaError
from engine.contract.frames import FrameGrid
from engine.contract.scene.edits.whole import add_markers
from engine.contract.scene.scene import Scene
from engine.daw.marker_file import format_of, read_markers, write_markers
from engine.daw.marker_list import FilmTimecode, MarkerFormat
from engine.project.project_file import read_project, write_project


def run(arguments: argparse.Namespace) -> int:
    """Run `markers`; returns the exit status."""
    project = read_project(arguments.project)
    timecode = _timecode(project.scene, arguments.fps)
    if arguments.source is not None:
        if project.read_only:
            raise InvalidInputError(project.read_only)
        return _import(arguments.project, project.scene, arguments.source, timecode)
    out: Path = arguments.out
    kind = format_of(out) if arguments.format is None else MarkerFormat(arguments.format)
    if arguments.timecode and timecode is None:
        raise InvalidInputError("Timecode needs frames per second, and the project has no film: specify --fps.")
    check_outputs(out, read={"project": arguments.project, **media_of(project.scene)})
    write_markers(out, project.scene.markers, kind, timecode if arguments.timecode else None)
    say(f"Wrote {out}: {counted(len(project.scene.markers), 'marker')}")
    return 0


def _import(file: Path, scene: Scene, source: Path, timecode: FilmTimecode | None) -> int:
    found = read_markers(source, timecode)
    changed = add_markers(scene, [(marker.at_sample, marker.name) for marker in found.markers]).scene
    write_project(file, changed)
    for sentence in found.remarks:
        remark(sentence)
    say(f"Wrote {file}: {counted(len(changed.markers) - len(scene.markers), 'marker')} added from {source.name}")
    return 0


def _timecode(scene: Scene, fps: float | None) -> FilmTimecode | None:
    """Return the timecode of the project's film; with `fps` also without a film, or for a film that is gone."""
    film = None
    if scene.film is not None:
        try:
            film = FilmTimecode.of(checked_film(Path(scene.film.file.path), scene.film.choice))
        except MediaError as error:
            remark(f"{error} Its timecode is not known.")
    if fps is None:
        return film
    return FilmTimecode(FrameGrid.of(fps), 0 if film is None else film.start_sample)
