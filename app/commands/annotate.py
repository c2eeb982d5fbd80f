"""`annotate FILE...`: directions over time, trajectories and a caption of recordings, as JSON."""

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from app.command_line.console import ProgressLine, complain, remark, say
from app.command_line.film_choice import film_choice
from engine.contract.errors import EngineError, InvalidInputError
from engine.contract.video import FilmChoice
from engine.export.reading.source import Convention
from engine.export.reading.stems import one_take_each, stems_of
from engine.files.apart import keep_apart
from engine.files.staging import make_folder
from engine.files.text_file import check_is_file

if TYPE_CHECKING:
    from engine.annotation.captioner import RemoteCaptioner


def run(arguments: argparse.Namespace) -> int:
    """Annotate every file. A file that fails is reported, the others are done, and the exit code is 2."""
    labels = _labels(arguments.labels)
    targets = _targets(arguments.files, arguments.out)
    _check_targets(arguments, [target for _, target in targets])
    captioner = _captioner(arguments)
    choice = film_choice(arguments)
    if arguments.film is not None and len(targets) > 1:
        raise InvalidInputError(
            "--film applies to one recording: annotate the files one by one, each with its own film."
        )
    from engine.annotation.annotate import finished_annotation
    from engine.annotation.plain_text import printable

    failed = 0
    try:
        for number, (file, target) in enumerate(targets, 1):
            head = f"{number}/{len(targets)} {printable(file.name)}"
            before = None if arguments.again else finished_annotation(target, arguments.convention)
            if before is not None and (captioner is None or before.get("captioner") == captioner.model):
                say(printable(f"{head}: already annotated in {target} (--again repeats it)"))
                continue
            try:
                annotation = before or _annotated(file, head, arguments.convention, labels.get(file.name, []))
                notices = annotation.get("notices")
                for notice in notices if isinstance(notices, list) else []:
                    remark(str(notice))
                failed += _captioned(annotation, captioner, arguments.film, choice, target)
            except EngineError as error:
                complain(str(error))
                failed += 1
                continue
            say(printable(f"{head}: {annotation['caption']} -> {target}"))
    finally:
        # Also after Ctrl+C: the requests that were made cost money.
        if captioner is not None:
            say(captioner.usage.describe(arguments.price_in, arguments.price_out))
    return 2 if failed else 0


def _captioner(arguments: argparse.Namespace) -> "RemoteCaptioner | None":
    if arguments.captioner == "rules":
        if arguments.film is not None:
            raise InvalidInputError(
                "Captions made by rules do not use a film: leave out --film, or specify --captioner URL."
            )
        return None
    from engine.annotation.captioner import RemoteCaptioner

    if "://" not in arguments.captioner:
        raise InvalidInputError(
            f"'{arguments.captioner}' is not a captioner: specify 'rules' or an address such as "
            "http://127.0.0.1:8000/v1."
        )
    if not arguments.model:
        raise InvalidInputError("Specify with --model which model of that address writes the captions.")
    captioner, withheld = RemoteCaptioner(arguments.captioner, arguments.model).with_key_from(os.environ)
    if withheld:
        remark(withheld)
    return captioner


def _annotated(file: Path, head: str, convention: Convention | None, labels: list[str]) -> dict[str, object]:
    from engine.annotation.annotate import annotate

    with ProgressLine(head) as line:
        return annotate(file, convention, labels, line.update)


def _captioned(
    annotation: dict[str, object],
    captioner: "RemoteCaptioner | None",
    video: Path | None,
    choice: FilmChoice,
    target: Path,
) -> bool:
    """Write the annotation with the captioner's words; returns whether it failed: then the rules' words stay.

    The file is written before the request, so that no analysis is lost to a slow endpoint.
    """
    from engine.annotation.annotate import write_annotation

    annotation["captioner"] = "rules"
    if captioner is None:
        write_annotation(annotation, target)
        return False
    from engine.annotation.film_frames import film_frames

    annotation["caption_problem"] = f"{captioner.base_url} has not answered yet: waiting."
    write_annotation(annotation, target)
    try:
        pictures = [] if video is None else film_frames(video, float(str(annotation["duration_s"])), choice)
        annotation["caption"] = captioner.caption(annotation, pictures)
    except EngineError as error:
        complain(f"{annotation['file']}: {error} The caption made by rules is kept; run the same command to try again.")
        annotation["caption_problem"] = str(error)
    else:
        annotation["captioner"] = captioner.model
        del annotation["caption_problem"]
    write_annotation(annotation, target)
    return "caption_problem" in annotation


def _targets(files: list[Path], out: Path) -> list[tuple[Path, Path]]:
    targets = [(file, out / f"{file.stem}.json") for file in one_take_each(files)]
    names = [target.name for _, target in targets]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise InvalidInputError(f"Two of the files would both be written to {out / double}: annotate them separately.")
    return targets


def _check_targets(arguments: argparse.Namespace, targets: list[Path]) -> None:
    recordings = [place for file in arguments.files for place in (file, *(stems_of(file) or {}).values())]
    drawings = [target.with_suffix(".svg") for target in targets]
    read = {"recording": recordings, "file of labels": arguments.labels, "film": arguments.film}
    keep_apart([*targets, *drawings], read)
    make_folder(arguments.out)


def _labels(file: Path | None) -> dict[str, list[str]]:
    if file is None:
        return {}
    hint = 'it should be like {"take.wav": ["a dog barking", "rain"]}, loudest source first.'
    try:
        check_is_file(file, "list of labels")
        labels = json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise InvalidInputError(f"The labels {file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"The labels {file} are not valid JSON; {hint}") from error
    if not isinstance(labels, dict) or not all(
        isinstance(v, list) and all(isinstance(w, str) for w in v) for v in labels.values()
    ):
        raise InvalidInputError(f"The labels {file} cannot be used; {hint}")
    return labels
