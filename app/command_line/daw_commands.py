"""The options of `markers`, `paths` and `ltc`: what is exchanged with a workstation."""

import argparse
from pathlib import Path

from app.command_line.parser import Commands

_SLOWEST_FPS, _FASTEST_FPS = 1.0, 240.0


def _fps(text: str) -> float:
    try:
        fps = float(text.replace(",", "."))
    except ValueError:
        fps = 0.0
    if not _SLOWEST_FPS <= fps <= _FASTEST_FPS:
        raise argparse.ArgumentTypeError(f"'{text}' is no frame rate: write a number such as 25 or 29.97.")
    return fps


def add_markers(commands: Commands) -> None:
    """Add `markers` and its options."""
    markers = commands.add_parser("markers", help="markers of a project as CSV, for Reaper or as a MIDI file, and back")
    markers.add_argument("project", type=Path, metavar="PROJECT.swan", help="project whose markers are meant")
    way = markers.add_mutually_exclusive_group(required=True)
    way.add_argument("--out", type=Path, metavar="FILE", help="write the markers to FILE (.csv or .mid)")
    way.add_argument(
        "--import", dest="source", type=Path, metavar="FILE", help="add the markers of FILE to the project"
    )
    markers.add_argument(
        "--format",
        choices=("csv", "reaper", "midi"),
        help="kind of file for --out (default: by its suffix; 'reaper' is the list of its Region/Marker Manager)",
    )
    markers.add_argument(
        "--timecode", action="store_true", help="write the times of CSV as timecode of the film, not as seconds"
    )
    markers.add_argument(
        "--fps", type=_fps, metavar="F", help="frames per second of timecode (default: those of the film)"
    )
    markers.set_defaults(module="app.commands.daw.markers")


def add_paths(commands: Commands) -> None:
    """Add `paths` and its options."""
    paths = commands.add_parser("paths", help="where the lanes of a project are over time, for a workstation")
    paths.add_argument("project", type=Path, metavar="PROJECT.swan", help="project whose lanes are meant")
    paths.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    paths.add_argument(
        "--format",
        choices=("csv", "iem", "sparta"),
        default="csv",
        help="csv: automation, a file per lane (default); iem: OSC for the IEM MultiEncoder; "
        "sparta: OSC for AmbiENC as the first effect of Reaper's first track",
    )
    paths.add_argument("--lane", type=int, metavar="N", help="only one lane, counted from 1 at the top")
    paths.set_defaults(module="app.commands.daw.paths")


def add_ltc(commands: Commands) -> None:
    """Add `ltc` and its options."""
    ltc = commands.add_parser("ltc", help="linear time code beside an exported sound: as long, with its time of day")
    ltc.add_argument("sound", type=Path, metavar="SOUND", help="exported sound; a WAV has its time of day in bext")
    ltc.add_argument("--fps", choices=("23.976", "24", "25", "29.97", "30"), default="25", help="29.97 is drop-frame")
    ltc.add_argument("--out", type=Path, required=True, metavar="LTC.wav", help="WAV to write")
    ltc.set_defaults(module="app.commands.daw.ltc")
