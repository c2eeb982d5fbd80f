"""`scene`: a project of one sentence, with a lane for each sound in it."""

import argparse
import os
from pathlib import Path

from app.command_line.console import remark, say
from app.command_line.film_check import checked_film
from app.command_line.film_choice import film_choice
from app.command_line.new_project import check_new_project
from app.project.media import scene_film
from engine.annotation.chat_endpoint import EndpointError
from engine.annotation.sentence.ideas import Ideas, lane_ideas
from engine.annotation.sentence.lanes import add_ideas
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.scene.checks import samples_of
from engine.contract.scene.edits.whole import set_film, set_length
from engine.contract.scene.scene import Scene
from engine.contract.video import NO_CHOICE
from engine.project.project_file import write_project


def run(arguments: argparse.Namespace) -> int:
    """Run `scene`; returns the exit status."""
    out: Path = arguments.out
    check_new_project(out, {"film": arguments.film})
    ideas = _ideas(arguments)
    scene = _empty_scene(arguments)
    end = scene.length_samples
    if arguments.seconds is not None:
        end = min(end, samples_of(arguments.seconds))
    scene = add_ideas(scene, ideas.lanes, 0, end, arguments.seed).scene
    write_project(out, scene)
    for sentence in ideas.remarks:
        remark(sentence)
    for lane, idea in zip(scene.lanes, ideas.lanes, strict=True):
        say(f"{lane.name}: {idea.in_words(end / SAMPLE_RATE_HZ)}")
    lanes = f"{len(scene.lanes)} {'lane' if len(scene.lanes) == 1 else 'lanes'}"
    say(f"Wrote {out} ({lanes}, {end / SAMPLE_RATE_HZ:g} s)")
    return 0


def _ideas(arguments: argparse.Namespace) -> Ideas:
    ideas = lane_ideas(arguments.sentence)
    if arguments.reader == "rules":
        return ideas
    if "://" not in arguments.reader:
        raise InvalidInputError(
            f"'{arguments.reader}' is no reader: specify 'rules' or an address such as http://127.0.0.1:8000/v1."
        )
    if not arguments.model:
        raise InvalidInputError("Specify with --model which model of that address reads the sentence.")
    from engine.annotation.sentence.remote import RemoteReader

    reader, withheld = RemoteReader(arguments.reader, arguments.model).with_key_from(os.environ)
    if withheld:
        remark(withheld)
    try:
        return reader.ideas(arguments.sentence)
    except EndpointError as error:
        remark(f"{error} The reading by rules is kept.")
        return ideas


def _empty_scene(arguments: argparse.Namespace) -> Scene:
    choice = film_choice(arguments)
    if arguments.film is not None:
        return set_film(Scene(), scene_film(checked_film(arguments.film, choice))).scene
    if choice != NO_CHOICE:
        raise InvalidInputError(
            "--layout, --projection and --fov describe a film, and no film is given: specify --film."
        )
    if arguments.seconds is not None:
        return set_length(Scene(), samples_of(arguments.seconds)).scene
    return Scene()
