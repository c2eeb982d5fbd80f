"""`annotate FILE...`: directions over time, trajectories and a caption of recordings, as JSON."""

import argparse
import json
from pathlib import Path

from app.console import ProgressLine, complain, say
from engine.contract.errors import EngineError, ExportError, InvalidInputError
from engine.export.ambix_wav import Convention


def run(arguments: argparse.Namespace) -> int:
    """Annotate every file; one that cannot be read is told and skipped, and the exit code is 2."""
    labels = _labels(arguments.labels)
    targets = _targets(arguments.files, arguments.out)
    from engine.annotation.annotate import is_finished

    failed = 0
    for number, (file, target) in enumerate(targets, 1):
        head = f"{number}/{len(targets)} {file.name}"
        if is_finished(target) and not arguments.again:
            say(f"{head}: done before, {target} is kept (--again makes it anew)")
            continue
        try:
            caption = _annotated(file, target, head, arguments.convention, labels.get(file.name, []))
        except EngineError as error:
            complain(str(error))
            failed += 1
            continue
        say(f"{head}: {caption} -> {target}")
    return 2 if failed else 0


def _annotated(file: Path, target: Path, head: str, convention: Convention | None, labels: list[str]) -> object:
    from engine.annotation.annotate import annotate, write_annotation

    line = ProgressLine(head)
    try:
        annotation = annotate(file, convention, labels, line.update)
    finally:
        line.done()
    write_annotation(annotation, target)
    return annotation["caption"]


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
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"The labels {file} are not JSON; {hint}") from error
    good = isinstance(labels, dict) and all(
        isinstance(v, list) and all(isinstance(w, str) for w in v) for v in labels.values()
    )
    if not good:
        raise InvalidInputError(f"The labels {file} cannot be used; {hint}")
    return labels
