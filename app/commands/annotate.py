"""`annotate FILE...`: directions over time, trajectories and a caption of recordings, as JSON."""

import argparse
import json
import sys
from pathlib import Path

from app.console import complain, say
from engine.contract.errors import EngineError, ExportError, InvalidInputError

_BAR = 30


def run(arguments: argparse.Namespace) -> int:
    """Annotate every file; one that cannot be read is told and skipped, and the exit code is 2."""
    labels = _labels(arguments.labels)
    targets = _targets(arguments.files, arguments.out)
    from engine.annotation.annotate import annotate, is_finished, write_annotation

    failed = 0
    for number, (file, target) in enumerate(targets, 1):
        head = f"{number}/{len(targets)} {file.name}"
        if is_finished(target) and not arguments.again:
            say(f"{head}: done before, {target} is kept (--again makes it anew)")
            continue
        try:
            annotation = annotate(file, arguments.convention, labels.get(file.name, []), _progress(head))
            write_annotation(annotation, target)
        except EngineError as error:
            _end_of_bar()
            complain(str(error))
            failed += 1
            continue
        _end_of_bar()
        say(f"{head}: {annotation['caption']} -> {target}")
    return 2 if failed else 0


def _targets(files: list[Path], out: Path) -> list[tuple[Path, Path]]:
    targets = [(file, out / f"{file.stem}.json") for file in files]
    names = [target.name for _, target in targets]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise InvalidInputError(f"Two of the files would both be written to {out / double}: annotate them apart.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"The folder {out} cannot be made: {error.strerror}.") from error
    return targets


def _labels(file: Path | None) -> dict[str, list[str]]:
    if file is None:
        return {}
    hint = 'it should be like {"take.wav": ["a dog barking", "rain"]}, loudest source first.'
    try:
        labels = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise InvalidInputError(f"The labels {file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidInputError(f"The labels {file} are not JSON; {hint}") from error
    good = isinstance(labels, dict) and all(
        isinstance(v, list) and all(isinstance(w, str) for w in v) for v in labels.values()
    )
    if not good:
        raise InvalidInputError(f"The labels {file} cannot be used; {hint}")
    return labels


def _progress(head: str):
    def show(done: float) -> None:
        if sys.stderr.isatty():
            filled = round(done * _BAR)
            sys.stderr.write(f"\r{head} [{'#' * filled}{'.' * (_BAR - filled)}] {done:4.0%}")
            sys.stderr.flush()

    return show


def _end_of_bar() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
