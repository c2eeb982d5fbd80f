"""`export TAKE`: a take for another program, checked after it was written."""

import argparse
import json
from pathlib import Path
from typing import Any

from app.command_line.arguments import check_outputs
from app.command_line.console import ProgressLine, remark, say
from app.command_line.film_check import checked_film
from app.command_line.film_choice import film_choice
from app.command_line.parser import BAD_INPUT
from app.export.film_part import film_part
from engine.ambisonics.bs1770 import Loudness
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError, InvalidInputError
from engine.contract.video import NO_CHOICE
from engine.export.delivery.deliver import Delivery, deliver, rejected_name
from engine.export.delivery.order import EVERY_FORMAT, NOT_HEAD_LOCKED, Kind, Order
from engine.export.delivery.presets import PRESETS, Preset
from engine.export.film.film_writer import Coding
from engine.export.reading.stems import stems_of
from engine.files.staging import make_folder
from engine.project.project_file import SUFFIX as PROJECT_SUFFIX

_BY_SUFFIX: dict[str, Kind] = {
    ".wav": "wav",
    ".bwf": "wav",
    ".flac": "flac",
    ".amb": "amb",
    ".caf": "caf",
    ".mov": "mov",
    ".mp4": "mp4",
}
_LABEL_WIDTH = 16
_DAY_S = 24 * 3600


def run(arguments: argparse.Namespace) -> int:
    """Run `export`; returns the exit status."""
    if arguments.take.suffix.lower() == PROJECT_SUFFIX:
        raise InvalidInputError(f"{arguments.take.name} is a project: make its mix with render, then export that.")
    if arguments.every_format:
        return _every_format(arguments)
    done, order = _exported(arguments)
    for notice in done.notices:
        remark(notice)
    as_json = json.dumps(_as_json(done, order), indent=2, ensure_ascii=False) if arguments.json else None
    say("\n".join(_lines(done, order)) if as_json is None else as_json)
    return 0


def _exported(arguments: argparse.Namespace) -> tuple[Delivery, Order]:
    out: Path = arguments.out
    takes = [arguments.take, *(stems_of(arguments.take) or {}).values()]
    read = {"take": takes, "film": arguments.film, "head-locked sound": arguments.head_locked}
    check_outputs(out, rejected_name(out), read=read)
    order = _order(arguments)
    with ProgressLine("Exporting") as line:
        return deliver(order, line.update), order


def _every_format(arguments: argparse.Namespace) -> int:
    """Write every format that the input allows, and show one line for each; returns the exit status."""
    for option in ("format", "preset", "subtype"):
        if getattr(arguments, option) is not None:
            raise InvalidInputError(f"--every-format writes all formats: leave out --{option}.")
    folder: Path = arguments.out
    make_folder(folder)
    told, is_good = [], True
    for kind, suffix, coding in EVERY_FORMAT:
        is_film = suffix in (".mov", ".mp4")
        if (is_film and arguments.film is None) or (arguments.head_locked is not None and kind in NOT_HEAD_LOCKED):
            continue
        arguments.format, arguments.subtype = kind, None if coding == "aac" else coding
        arguments.out = folder / f"{arguments.take.stem}-{kind}-{coding}{suffix}"
        try:
            done, _ = _exported(arguments)
            told.append(_row(done, arguments.json))
        except ExportError as error:
            is_good = False
            told.append({"file": str(arguments.out), "error": str(error)} if arguments.json else f"FAILED  {error}")
    say(json.dumps(told, indent=2, ensure_ascii=False) if arguments.json else "\n".join(str(line) for line in told))
    return 0 if is_good else BAD_INPUT


def _row(done: Delivery, as_json: bool) -> dict[str, Any] | str:
    checks = ", ".join(check.name for check in done.checks)
    if as_json:
        return {"file": str(done.out), "checks": [vars(check) for check in done.checks]}
    return f"ok      {done.out.name:<32}{done.frames / done.rate_hz:9.3f} s  {checks}"


def _order(arguments: argparse.Namespace) -> Order:
    out: Path = arguments.out
    preset: Preset | None = PRESETS[arguments.preset] if arguments.preset else None
    kind: Kind | None = arguments.format or (preset.kind if preset else _BY_SUFFIX.get(out.suffix.lower()))
    if kind is None:
        raise InvalidInputError(f"The suffix of {out.name} does not stand for a format: specify --format or --preset.")
    film, part, time_of_day_s, film_s = None, None, 0.0, 0.0
    choice = film_choice(arguments)
    if arguments.film is not None:
        film = checked_film(arguments.film, choice)
        time_of_day_s, film_s = film.time_reference_samples / SAMPLE_RATE_HZ, film.duration_s
        if out.suffix.lower() in (".mov", ".mp4"):
            begin_s, end_s = arguments.range or (0.0, 0.0)
            in_film = (begin_s + arguments.start, end_s + arguments.start) if arguments.range else None
            part = film_part(film, in_film)
            if film.projection_source == "guess":
                remark(
                    f"{arguments.film.name} does not state its projection: it is described as "
                    f"{film.projection.value}, {film.layout.value}."
                )
            if film.active is not None:
                remark(f"{arguments.film.name} has borders: players will show them as a part of the sphere.")
    elif choice != NO_CHOICE:
        raise InvalidInputError(
            "--layout, --projection and --fov describe a film, and no film is given: specify --film."
        )
    if arguments.time_of_day is not None:
        if arguments.time_of_day >= _DAY_S:
            raise InvalidInputError("A day has 24 hours: specify a --time-of-day before 24:00:00.")
        time_of_day_s = arguments.time_of_day
    return Order(
        take=arguments.take,
        out=out,
        kind=kind,
        coding=_coding(arguments, preset),
        rate_hz=arguments.rate or (preset.rate_hz if preset else SAMPLE_RATE_HZ),
        convention=arguments.convention,
        range_s=arguments.range,
        start_s=arguments.start,
        time_of_day_s=time_of_day_s,
        film=part,
        film_s=film_s,
        head_locked=arguments.head_locked,
        normalise_lufs=_given(arguments.normalise, None if preset is None else preset.normalise_lufs),
        ceiling_dbtp=_given(arguments.ceiling, None if preset is None else preset.ceiling_dbtp),
    )


def _given(asked: float | None, preset: float | None) -> float | None:
    return preset if asked is None else asked


def _coding(arguments: argparse.Namespace, preset: Preset | None) -> Coding | None:
    """Return the coding that was asked for; a preset yields to a suffix that allows only one."""
    if arguments.subtype is not None or preset is None:
        return arguments.subtype  # type: ignore[no-any-return]
    return None if arguments.out.suffix.lower() == ".mp4" else preset.coding


def _lines(done: Delivery, order: Order) -> list[str]:
    kind = f"{order.channels} channels, {done.rate_hz} Hz, {order.written_as}, {done.frames / done.rate_hz:.3f} s"
    lines = [
        f"Wrote {done.out}",
        _line("sound", kind),
        _line("W", done.w.sentence()),
        _line("binaural sum", done.ears.sentence()),
        _line("channels", f"true peak {done.channels.true_peak_dbtp:.1f} dBTP"),
        _line("gain", f"{done.gain_db:+.2f} dB for all channels"),
    ]
    return lines + [f"  {check.line()}" for check in done.checks]


def _as_json(done: Delivery, order: Order) -> dict[str, Any]:
    return {
        "file": str(done.out),
        "format": order.kind,
        "coding": order.written_as,
        "channels": order.channels,
        "rate": done.rate_hz,
        "frames": done.frames,
        "gain_db": round(done.gain_db, 3),
        "loudness": {"w": _told(done.w), "binaural": _told(done.ears), "channels": _told(done.channels)},
        "checks": [{"name": check.name, "passed": check.passed, "found": check.found} for check in done.checks],
        "notices": list(done.notices),
    }


def _told(loudness: Loudness) -> dict[str, float | None]:
    lufs = loudness.integrated_lufs
    return {
        "integrated_lufs": None if lufs is None else round(lufs, 2),
        "true_peak_dbtp": round(loudness.true_peak_dbtp, 2),
    }


def _line(label: str, text: str) -> str:
    return f"  {label:<{_LABEL_WIDTH}}{text}"
