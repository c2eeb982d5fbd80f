"""`scenes check | import | preview`: the user's own corpus, and a page that shows the training scenes."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.command_line.console import ProgressLine, complain, say
from engine.contract.errors import ExportError, InvalidInputError
from engine.files.apart import keep_apart

if TYPE_CHECKING:
    from engine.corpus.checking import CheckReport

_BAD_ROWS = 2


def run(arguments: argparse.Namespace) -> int:
    """Run `scenes check`, `import` or `preview`; returns the exit status."""
    actions = {"check": _check, "import": _import, "preview": _preview}
    if arguments.action not in actions:
        raise InvalidInputError("Specify an action: scenes check, scenes import or scenes preview.")
    return actions[arguments.action](arguments)


def _check(arguments: argparse.Namespace) -> int:
    from engine.corpus.checking import summary_lines

    report = _checked(arguments)
    for remark in report.remarks:
        say(f"{'bad' if remark.bad else 'warning'}: {remark}")
    for line in summary_lines(report):
        say(line)
    return _BAD_ROWS if report.bad else 0


def _import(arguments: argparse.Namespace) -> int:
    from engine.corpus.importing import FOLDER_NAME, import_corpus

    runs: Path = arguments.runs
    if runs.exists() and not runs.is_dir():
        raise ExportError(f"{runs} is a file: specify a folder for --runs.")
    report = _checked(arguments)
    for remark in report.bad:
        complain(f"bad: {remark}")
    _check_apart(report, runs / FOLDER_NAME)
    if report.bad and not arguments.skip_bad:
        complain("nothing was imported: correct the rows above, or leave them out with --skip-bad.")
        return _BAD_ROWS
    if not report.rows:
        raise InvalidInputError(f"No row of {arguments.corpus} can be used: nothing was imported.")
    with ProgressLine("Importing") as line:
        counts = import_corpus(report.rows, runs, line.update)
    say(
        f"{counts.clips} clips, {counts.pseudo} new pseudo-ambisonic scenes, {counts.recorded} of recordings, "
        f"{counts.filmed} of films; {counts.silent} silent stretches left out"
    )
    say(f"-> {runs / FOLDER_NAME}: preview them with scenes preview --store {runs / FOLDER_NAME / 'scenes'}")
    return 0


def _check_apart(report: "CheckReport", folder: Path) -> None:
    """Raise ExportError if files of the corpus are in the folder that the import fills."""
    files = [place for checked in report.rows for place in (checked.row.path, checked.row.video)]
    keep_apart([folder], {"file of the corpus": files})


def _checked(arguments: argparse.Namespace) -> "CheckReport":
    from engine.corpus.checking import check_corpus
    from engine.corpus.folder import read_corpus

    listing = read_corpus(arguments.corpus, arguments.manifest)
    with ProgressLine("Checking") as line:
        return check_corpus(listing, arguments.convention, line.update)


def _preview(arguments: argparse.Namespace) -> int:
    if arguments.store is None and arguments.data is None:
        raise InvalidInputError("Specify --data FOLDER to compose scenes, or --store FOLDER to show stored ones.")
    from engine.evaluation.preview.folder import PreviewJob, check_target, write_preview
    from engine.evaluation.preview.shown import ComposedScenes, SceneSupply, StoredScenes
    from engine.scenes.composer import SceneOptions

    job = PreviewJob(arguments.out, arguments.count, arguments.seed, arguments.summary)
    check_target(job.out)
    read = {"folder of sounds": arguments.data, "folder of scenes": arguments.store, "cache": arguments.runs}
    keep_apart([job.out], read)
    source: SceneSupply
    if arguments.store is not None:
        source = StoredScenes(arguments.store, arguments.data, arguments.held_out)
        heading = f"Stored scenes: {arguments.store}"
    else:
        options = SceneOptions(held_out=arguments.held_out)
        with ProgressLine("Making rooms") as line:
            source = ComposedScenes(arguments.data, arguments.runs / "cache", options, arguments.rooms, line.update)
        heading = f"Composed scenes, {'held-out' if options.held_out else 'training'} side of {arguments.data}"
    with ProgressLine("Drawing") as line:
        page = write_preview(job, source, heading, line.update)
    say(f"-> {page}: open it in a browser")
    return 0
