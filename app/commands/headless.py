"""`headless`: the demo without a screen and without a sound device."""

import argparse
from dataclasses import replace

from app.bridge.patch_source import CheckpointSource
from app.command_line.arguments import check_outputs, weights_read
from app.command_line.console import remark, say
from app.command_line.film_check import checked_film
from app.command_line.film_choice import film_choice
from app.command_line.head_option import chosen_head
from app.files.resources import DEMO_PROMPT, demo_film
from engine.contract.errors import InvalidInputError
from engine.files.staging import make_folder
from engine.rendering.stretch import film_stretch

_SECONDS = 20.0


def run(arguments: argparse.Namespace) -> int:
    """Run `headless`; returns the exit status."""
    film = arguments.film or demo_film()
    if film is None:
        raise InvalidInputError("The demo scene is missing: specify a film with --film.")
    choice = film_choice(arguments)
    stretch = film_stretch(checked_film(film, choice), arguments.start, arguments.seconds or _SECONDS)
    if stretch.remark and arguments.seconds is not None:
        remark(stretch.remark)
    head = chosen_head(arguments.hrtf)
    make_folder(arguments.out)
    width, height = (int(side) for side in arguments.size.split("x"))
    from app.files.logs import start_logging
    from app.headless.play import HeadlessJob, play_headless

    job = HeadlessJob(
        film=film,
        choice=replace(choice, still_s=stretch.end_s),
        start_s=stretch.start_s,
        seconds=stretch.end_s - stretch.start_s,
        out=arguments.out,
        prompt=arguments.prompt or (DEMO_PROMPT if arguments.film is None else ""),
        source=CheckpointSource(arguments.checkpoint, arguments.device),
        size=(width, height),
        head=head,
    )
    check_outputs(
        *job.files.values(),
        read={"film": film, "head": arguments.hrtf, "checkpoint's file": weights_read(arguments.checkpoint)},
    )
    say(f"Playing {film.name} for {job.seconds:.4g} s without a screen or a sound device ...")
    start_logging()
    report = play_headless(job)
    first_s = report["first_audio_s"]
    say(
        f"Played {report['played_s']:.1f} s: {report['underruns']} dropouts, {len(report['gaps'])} gaps in the sound, "
        f"real-time factor {report['rtf']:.2f}, "
        f"first audio {'not seen' if first_s is None else f'after {first_s:.2f} s'}"
    )
    for what, file in job.files.items():
        say(f"  {_NAMES[what]}: {file}")
    return 0


_NAMES = {
    "field": "sound field (AmbiX)",
    "binaural": "what was heard (binaural)",
    "window": "the window",
    "report": "report",
}
