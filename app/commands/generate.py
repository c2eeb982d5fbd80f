"""`generate`: the sound of a film or a prompt, into files."""

import argparse
import time
from pathlib import Path

from app.command_line.arguments import check_outputs, read_lane, weights_read
from app.command_line.console import ProgressLine, remark, say, say_unmarked
from app.command_line.film_check import checked_film
from app.command_line.film_choice import film_choice
from app.command_line.head_option import chosen_head
from app.command_line.path_file import read_direction_path
from app.delivery.level_advice import remarks_on_command_line
from app.project.media import scene_film
from engine.contract.control import DirectionPath, GenerationSettings, PathInterpolation, Prompt
from engine.contract.errors import InvalidInputError
from engine.contract.scene.scene import Scene
from engine.contract.video import NO_CHOICE, VideoInfo
from engine.export.levels import FileLevels
from engine.files.regular import check_regular
from engine.files.staging import make_folder
from engine.rendering.stretch import FilmStretch, film_stretch
from engine.runtime.offline.stems import stem_files
from engine.words.placing import Placed, place_sources


def run(arguments: argparse.Namespace) -> int:
    """Run `generate`; returns the exit status."""
    settings = _settings(arguments)
    stems: list[Path] = []
    if arguments.stems is not None:
        stems = list(stem_files(arguments.stems, settings, arguments.film is not None).values())
        make_folder(arguments.stems)
    outputs = (arguments.out, arguments.binaural, arguments.report, *stems)
    check_outputs(
        *outputs,
        read={
            "film": arguments.film,
            "file of directions": arguments.path,
            "head": arguments.hrtf,
            "primer": arguments.prime,
            "recording": arguments.continued,
            "checkpoint's file": weights_read(arguments.checkpoint),
        },
    )
    choice = film_choice(arguments)
    film = None
    if arguments.film is not None:
        film = checked_film(arguments.film, choice)
    elif choice != NO_CHOICE:
        raise InvalidInputError(
            "--layout, --projection and --fov describe a film, and no film is given: specify --film."
        )
    stretch = film_stretch(film, arguments.start, arguments.seconds)
    if arguments.hrtf is not None and arguments.binaural is None:
        raise InvalidInputError("--hrtf chooses the head for binaural sound: specify --binaural too.")
    placed = place_sources(settings, stretch.start_s, stretch.end_s)
    primer: Path | None = arguments.prime or arguments.continued
    if placed.settings.lanes and primer is not None:
        option = "--prime" if arguments.prime is not None else "--continue"
        raise InvalidInputError(
            f"{option} continues a recording with one source: leave out {option}, or the other sources."
        )
    if placed.settings.lanes and arguments.direction_as_generated:
        raise InvalidInputError("--direction-as-generated is for one source: leave it out, or the other sources.")
    if primer is not None and primer.exists():  # a pattern of four files does not
        check_regular(primer, "recording")  # before the model is loaded
    from engine.runtime.offline.render import OfflineJob, render_offline
    from engine.runtime.offline.sources import render_sources

    job = OfflineJob(
        video=arguments.film,
        settings=settings,
        seconds=arguments.seconds,
        start_s=arguments.start,
        out=arguments.out,
        subtype=arguments.subtype,
        gain=arguments.gain,
        binaural=arguments.binaural,
        head=None if arguments.binaural is None else chosen_head(arguments.hrtf),
        report=arguments.report,
        choice=choice,
        stems=arguments.stems,
        primer=primer,
        primer_from_end=arguments.continued is not None,
    )
    scene = _scene(placed, stretch, film) if placed.settings.lanes else None
    began = time.perf_counter()
    from engine.model.streaming.streamer import load_patch_source

    source = load_patch_source(arguments.checkpoint, arguments.device)
    load_s = time.perf_counter() - began
    with ProgressLine("Generating") as line:
        if scene is None:
            report = render_offline(job, source, load_s=load_s, progress=line.update)
        else:
            report = render_sources(
                job, scene, placed, source, load_s=load_s, remark=stretch.remark, progress=line.update
            )
    levels = remarks_on_command_line(FileLevels.from_json(told) for told in report["levels"])
    for sentence in (report["read_as"], *report["remarks"], *levels):
        if sentence:
            remark(sentence)
    written = [str(file) for file in outputs if file is not None]
    timing = f"first audio {report['first_audio_s']:.3f} s, real-time factor {report['rtf']:.2f}"
    say(f"Wrote {', '.join(written)} ({timing})")
    say_unmarked()
    return 0


def _scene(placed: Placed, stretch: FilmStretch, film: VideoInfo | None) -> Scene:
    """Return the scene of several sources; one source is rendered as the model streams it."""
    from engine.annotation.sentence.sources import scene_of_sources

    end = stretch.start_sample + stretch.samples
    return scene_of_sources(placed.settings, stretch.start_sample, end, None if film is None else scene_film(film))


def _settings(arguments: argparse.Namespace) -> GenerationSettings:
    prompt = arguments.prompt.strip()
    if arguments.film is None and not prompt and not arguments.lane:
        raise InvalidInputError("There is nothing to generate: specify --film, --prompt, --lane or a combination.")
    path = None
    if arguments.direction is not None:
        path = DirectionPath.fixed(arguments.direction)
    elif arguments.path is not None:
        between = arguments.path_interpolation
        path = read_direction_path(arguments.path, PathInterpolation(between) if between else None)
    return GenerationSettings(
        prompt=Prompt(prompt),
        path=path,
        seed=arguments.seed,
        steps=arguments.steps,
        exact_direction=not arguments.direction_as_generated,
        lanes=tuple(read_lane(text, number) for number, text in enumerate(arguments.lane, start=1)),
    )
