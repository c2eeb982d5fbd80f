"""The options of `make`."""

from pathlib import Path

from app.command_line.arguments import positive_seconds
from app.command_line.parser import Commands


def add_make(commands: Commands) -> None:
    """Add `make` and its options."""
    make = commands.add_parser("make", help="let another generator on this machine make blocks of a project")
    make.add_argument("project", type=Path, metavar="PROJECT.swan", help="project whose blocks are made")
    make.add_argument(
        "--maker", required=True, metavar="COMMAND", help="program and arguments; see docs/other-generators.md"
    )
    make.add_argument("--maker-name", required=True, metavar="NAME", help="what it is called in the project")
    make.add_argument("--lane", type=int, required=True, metavar="N", help="lane, counted from 1 at the top")
    make.add_argument(
        "--block", type=int, metavar="K", help="one block of the lane, counted from 1 (default: all generated ones)"
    )
    make.add_argument(
        "--limit", type=positive_seconds, default=600.0, metavar="S", help="seconds for each block (default: 600)"
    )
    make.add_argument("--out", type=Path, required=True, metavar="NEW.swan", help="project to write")
    make.set_defaults(module="app.commands.make")
