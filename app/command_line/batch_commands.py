"""The options of `batch`."""

from pathlib import Path

from app.command_line.arguments import job_count
from app.command_line.parser import Commands


def add_batch(commands: Commands) -> None:
    """Add `batch` and its options, and `batch-row`, which it starts."""
    batch = commands.add_parser("batch", help="generate, render, export, annotate or evaluate many files of a list")
    batch.add_argument(
        "list",
        type=Path,
        metavar="LIST",
        help="CSV, TSV or JSON lines; columns: task (generate, render, export, annotate, evaluate), input, out, and "
        "the options of the task by name; relative paths are those of the list's folder",
    )
    batch.add_argument("--report", type=Path, metavar="R.json", help="report to write (default: LIST.report.json)")
    batch.add_argument(
        "--jobs", type=job_count, metavar="N", help="rows at once (default: 1; on a cluster: all it can)"
    )
    batch.add_argument("--again", action="store_true", help="repeat rows that are done")
    batch.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="run the rows on the Dask cluster of this scheduler, such as tcp://10.0.0.5:8786; its workers need "
        "SwanSphere, and must reach every file under the same path",
    )
    batch.set_defaults(module="app.commands.batch")
    row = commands.add_parser("batch-row", add_help=False)
    row.add_argument("folder", type=Path)
    row.add_argument("row")
    row.set_defaults(module="app.commands.batch_row")
