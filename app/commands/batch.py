"""`batch LIST`: many films, projects and takes, each in a child process, with one report."""

import argparse
import os
from pathlib import Path

from app.batch.child import Outcome
from app.batch.cluster import run_on_cluster
from app.batch.here import run_here
from app.batch.journal import Journal
from app.batch.report import Report
from app.batch.rows import read_rows
from app.command_line.arguments import check_outputs
from app.command_line.console import say
from app.command_line.parser import BAD_INPUT
from engine.files.staging import make_folder


def run(arguments: argparse.Namespace) -> int:
    """Run `batch`; returns 0, or 2 if a row failed."""
    listed: Path = arguments.list
    rows = read_rows(listed)
    report_file = Path(os.path.abspath(arguments.report or listed.with_suffix(".report.json")))
    check_outputs(report_file, read={"list": listed})
    journal = Journal(report_file.with_suffix(".rows"))
    make_folder(journal.folder)
    report = Report(report_file, rows)
    to_make = []
    for row in rows:
        if row.problem:
            report.tell(Outcome(row, "failed", row.problem))
        elif not arguments.again and journal.is_done(row):
            report.tell(Outcome(row, "skipped", "It is done already (--again repeats it).", outputs=row.outputs))
        else:
            journal.forget(row)
            to_make.append(row)
    try:
        if arguments.cluster is not None and to_make:
            run_on_cluster(arguments.cluster, to_make, str(journal.folder), arguments.jobs, report.tell)
        elif to_make:
            run_here(to_make, str(journal.folder), arguments.jobs or 1, report.tell)
    finally:
        report.write()
        counts = ", ".join(f"{report.count(status)} {status}" for status in ("done", "skipped", "failed"))
        say(f"Of {len(rows)} rows: {counts}; report: {report_file}")
    return BAD_INPUT if report.count("failed") or report.count("stopped") else 0
