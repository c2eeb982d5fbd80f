"""`export TAKE|PROJECT.swan`: finished files for other programs, checked after they were written."""

import argparse
from pathlib import Path
from typing import Any

from app.command_line.arguments import check_outputs
from app.command_line.console import ProgressLine, remark, say
from app.command_line.delivery_report import as_json, kind_of, row, row_values, table, values
from app.command_line.film_check import checked_film
from app.command_line.film_choice import film_choice
from app.command_line.parser import BAD_INPUT
from app.delivery.file_format import FILM_SUFFIXES, FileFormat, chosen_format
from app.delivery.film_part import film_part
from app.delivery.scene_film import turned_part
from app.delivery.signing import asked_signing, signing_files
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError, InvalidInputError
from engine.contract.video import NO_CHOICE, UPRIGHT, Pose, VideoInfo
from engine.export.credentials.signing import sidecar_of
from engine.export.delivery.deliver import Delivery, deliver, rejected_name
from engine.export.delivery.order import EVERY_FORMAT, NOT_HEAD_LOCKED, Order
from engine.export.reading.stems import stems_of
from engine.files.staging import make_folder
from engine.project.project_file import SUFFIX as PROJECT_SUFFIX

_DAY_S = 24 * 3600


def run(arguments: argparse.Namespace) -> int:
    """Run `export`; returns the exit status."""
    if arguments.time_of_day is not None and arguments.time_of_day >= _DAY_S:
        raise InvalidInputError("A day has 24 hours: specify a --time-of-day before 24:00:00.")
    if arguments.take.suffix.lower() == PROJECT_SUFFIX:
        from app.commands.export_project import export_project

        return export_project(arguments)
    for option in ("stems", "kept_takes", "tell_prompts"):
        if getattr(arguments, option):
            raise InvalidInputError(f"--{option.replace('_', '-')} belongs to a project: give a file with .swan.")
    if arguments.every_format:
        return every_format(arguments, arguments.take.stem)
    form = form_asked_for(arguments, arguments.out)
    _check_outputs(arguments)  # before the film is read: a refusal is one line, without the film's notices
    done, order = _exported(arguments, _film(arguments, form.has_pictures))
    for notice in done.notices:
        remark(notice)
    say(as_json(values(done, order)) if arguments.json else table(done, kind_of(order)))
    return 0


def form_asked_for(arguments: argparse.Namespace, out: Path) -> FileFormat:
    """Return the form that the options ask for. Raises InvalidInputError."""
    return chosen_format(
        out,
        kind=arguments.format,
        preset=arguments.preset,
        coding=arguments.subtype,
        rate_hz=arguments.rate,
        normalise_lufs=arguments.normalise,
        ceiling_dbtp=arguments.ceiling,
        watermark=not arguments.no_watermark,
        signing=asked_signing(arguments),
    )


def every_format(arguments: argparse.Namespace, name: str, horizon: Pose = UPRIGHT) -> int:
    """Write every format that the input allows, and show one line for each; returns the exit status.

    `horizon` turns the pictures of the film.
    """
    for option in ("format", "preset", "subtype"):
        if getattr(arguments, option) is not None:
            raise InvalidInputError(f"--every-format writes all formats: leave out --{option}.")
    folder: Path = arguments.out
    film = _film(arguments, has_pictures=True)
    make_folder(folder)
    told: list[Any] = []
    notices: dict[str, None] = {}
    is_good = True
    for kind, suffix, coding in EVERY_FORMAT:
        is_film = suffix in FILM_SUFFIXES
        if (is_film and film is None) or (arguments.head_locked is not None and kind in NOT_HEAD_LOCKED):
            continue
        arguments.format, arguments.subtype = kind, None if coding == "aac" else coding
        arguments.out = folder / f"{name}-{kind}-{coding}{suffix}"
        try:
            _check_outputs(arguments)
            done, _ = _exported(arguments, film, horizon)
            notices.update(dict.fromkeys(done.notices))
            told.append(row_values(done) if arguments.json else row(done))
        except ExportError as error:
            is_good = False
            told.append({"file": str(arguments.out), "error": str(error)} if arguments.json else f"FAILED  {error}")
    for notice in notices:
        remark(notice)
    say(as_json(told) if arguments.json else "\n".join(told))
    return 0 if is_good else BAD_INPUT


def _film(arguments: argparse.Namespace, has_pictures: bool) -> VideoInfo | None:
    """Return the film of the options, and write the notices about it; `has_pictures` if they are copied."""
    choice = film_choice(arguments)
    if arguments.film is None:
        if choice != NO_CHOICE:
            raise InvalidInputError(
                "--layout, --projection and --fov describe a film, and no film is given: specify --film."
            )
        return None
    film = checked_film(arguments.film, choice)
    if has_pictures and film.projection_source == "guess":
        remark(
            f"{arguments.film.name} does not state its projection: it is described as "
            f"{film.projection.value}, {film.layout.value}."
        )
    if has_pictures and film.active is not None:
        remark(f"{arguments.film.name} has borders: players will show them as a part of the sphere.")
    return film


def _check_outputs(arguments: argparse.Namespace) -> None:
    """Raise InvalidInputError if the output is a file that is read."""
    out: Path = arguments.out
    takes = [arguments.take, *(stems_of(arguments.take) or {}).values()]
    read = {"take": takes, "film": arguments.film, "head-locked sound": arguments.head_locked}
    beside = None if asked_signing(arguments) is None else sidecar_of(out)
    check_outputs(out, rejected_name(out), beside, read={**read, **signing_files(arguments)})


def _exported(arguments: argparse.Namespace, film: VideoInfo | None, horizon: Pose = UPRIGHT) -> tuple[Delivery, Order]:
    order = _order(arguments, film, horizon)
    with ProgressLine("Exporting") as line:
        return deliver(order, line.update), order


def _order(arguments: argparse.Namespace, film: VideoInfo | None, horizon: Pose) -> Order:
    out: Path = arguments.out
    form = form_asked_for(arguments, out)
    part, time_of_day_s, film_s = None, 0.0, 0.0
    if film is not None:
        time_of_day_s, film_s = film.time_reference_samples / SAMPLE_RATE_HZ, film.duration_s
        if form.has_pictures:
            begin_s, end_s = arguments.range or (0.0, 0.0)
            in_film = (begin_s + arguments.start, end_s + arguments.start) if arguments.range else None
            part = turned_part(film_part(film, in_film), horizon)
    return form.order(
        arguments.take,
        out,
        convention=arguments.convention,
        range_s=arguments.range,
        start_s=arguments.start,
        time_of_day_s=time_of_day_s if arguments.time_of_day is None else arguments.time_of_day,
        film=part,
        film_s=film_s,
        head_locked=arguments.head_locked,
    )
