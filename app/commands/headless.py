"""`headless`: the demo without a screen and without a sound device."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.bridge.patch_source import CheckpointSource
from app.command_line.arguments import check_outputs, weights_read
from app.command_line.console import remark, say
from app.command_line.film_check import checked_film
from app.command_line.film_choice import film_choice
from app.command_line.head_option import chosen_head
from app.files.resources import DEMO_PROMPT, demo_film
from app.project.media import broken_links
from engine.contract.camera import NO_SEEK, camera_source, shown_name
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.scene.scene import Scene
from engine.contract.video import NO_CHOICE, FilmChoice, VideoInfo
from engine.files.staging import make_folder
from engine.project.project_file import read_project
from engine.rendering.stretch import film_stretch

if TYPE_CHECKING:
    from app.headless.run import HeadlessJob

_SECONDS = 20.0


def run(arguments: argparse.Namespace) -> int:
    """Run `headless`; returns the exit status."""
    project = None if arguments.project is None else read_project(arguments.project)
    if project is not None:
        return _play(arguments, _project_job(arguments, project.scene), arguments.project.name)
    if arguments.make_first:
        raise InvalidInputError("--make-first belongs to a project: specify one with --project.")
    film = arguments.film or demo_film()
    if film is None:
        raise InvalidInputError("The demo scene is missing: specify a film with --film.")
    choice = film_choice(arguments)
    usual_s = min(_SECONDS, choice.still_s or _SECONDS)
    stretch = film_stretch(_checked(film, choice, arguments.start), arguments.start, arguments.seconds or usual_s)
    if stretch.remark and arguments.seconds is not None:
        remark(stretch.remark)
    from app.headless.run import HeadlessJob

    job = HeadlessJob(
        film=film,
        choice=replace(choice, still_s=stretch.end_s),
        start_s=stretch.start_s,
        seconds=stretch.end_s - stretch.start_s,
        out=arguments.out,
        prompt=arguments.prompt or (DEMO_PROMPT if arguments.film is None else ""),
        source=CheckpointSource(arguments.checkpoint, arguments.device),
    )
    return _play(arguments, job, shown_name(str(film)))


def _checked(film: Path, choice: FilmChoice, start_s: float) -> VideoInfo:
    """Return what is known of a film or a camera. Raises MediaError, or InvalidInputError for a start of a camera."""
    if camera_source(film) is None:
        return checked_film(film, choice)
    if start_s > 0.0:
        raise InvalidInputError(NO_SEEK)
    from app.film.look import look_at_film

    return look_at_film(film, choice, lambda: False)


def _project_job(arguments: argparse.Namespace, scene: Scene) -> "HeadlessJob":
    """Return what to play of a project. Raises InvalidInputError if it cannot be played."""
    from app.headless.run import HeadlessJob

    if arguments.film is not None or arguments.prompt or film_choice(arguments) != NO_CHOICE:
        raise InvalidInputError("A project has its own film and words: give --project, or a film and a prompt.")
    if not any(lane.blocks for lane in scene.lanes):
        raise InvalidInputError(f"{arguments.project} has no sound: add a block first.")
    for link in broken_links(scene):
        raise InvalidInputError(link.sentence)
    length_s = scene.length_samples / SAMPLE_RATE_HZ
    if arguments.start >= length_s:
        raise InvalidInputError(f"{arguments.project} is {length_s:.1f} s long: choose an earlier --start.")
    return HeadlessJob(
        film=None if scene.film is None else Path(scene.film.file.path),
        start_s=arguments.start,
        seconds=min(arguments.seconds or _SECONDS, length_s - arguments.start),
        out=arguments.out,
        prompt="",
        source=CheckpointSource(arguments.checkpoint, arguments.device),
        project=arguments.project,
        waits=arguments.make_first,
    )


def _play(arguments: argparse.Namespace, job: "HeadlessJob", name: str) -> int:
    head = chosen_head(arguments.hrtf)
    make_folder(arguments.out)
    width, height = (int(side) for side in arguments.size.split("x"))
    from app.files.logs import start_logging
    from app.headless.play import play_headless

    job = replace(job, size=(width, height), head=head)
    check_outputs(
        *job.files.values(),
        read={
            "film": None if job.film is None or camera_source(job.film) is not None else job.film,
            "project": job.project,
            "head": arguments.hrtf,
            "checkpoint's file": weights_read(arguments.checkpoint),
        },
    )
    say(f"Playing {name} for {job.seconds:.4g} s without a screen or a sound device ...")
    start_logging()
    report = play_headless(job)
    told = (
        f"Played {report['played_s']:.1f} s: {report['underruns']} dropouts, {len(report['gaps'])} gaps in the sound, "
    )
    if job.project is not None:
        silent = sorted({name for entry in report["silent"] for name in entry["lanes"]})
        say(told + (f"for a time without {', '.join(silent)}" if silent else "all lanes heard"))
    else:
        first_s = report["first_audio_s"]
        first = "not seen" if first_s is None else f"after {first_s:.2f} s"
        say(f"{told}real-time factor {report['rtf']:.2f}, first audio {first}")
    for what, file in job.files.items():
        say(f"  {_NAMES[what]}: {file}")
    return 0


_NAMES = {
    "field": "sound field (AmbiX)",
    "binaural": "what was heard (binaural)",
    "window": "the window",
    "report": "report",
}
