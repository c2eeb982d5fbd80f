"""The options of the commands about finished files: export and verify."""

import argparse
from pathlib import Path

from app.command_line.arguments import start_time
from app.command_line.film_argument import add_film_argument
from app.command_line.film_choice import add_film_options
from app.command_line.parser import Commands, add_convention, add_model_options
from app.command_line.path_file import clock_seconds
from engine.contract.errors import InvalidInputError

_PRESETS = ("reaper", "nuendo", "pro-tools", "youtube-360", "quick-binaural")


def add_export(commands: Commands) -> None:
    """Add `export` and its options."""
    export = commands.add_parser(
        "export", help="write a take or a project for another program, and check what was written"
    )
    export.add_argument("take", type=Path, metavar="TAKE|PROJECT.swan", help="first-order sound, or a project")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write")
    export.add_argument("--stems", action="store_true", help="also write each lane of a project that is heard")
    export.add_argument("--kept-takes", action="store_true", help="also write the kept takes of a project's blocks")
    export.add_argument(
        "--every-format",
        action="store_true",
        help="write every format into the folder FILE, and show a table of the checks",
    )
    export.add_argument(
        "--format",
        choices=("wav", "adm", "flac", "amb", "caf", "mov", "mp4", "binaural"),
        help="wav, flac, caf: AmbiX; adm: AmbiX as WAV with the Audio Definition Model; amb: FuMa; mov, mp4: the film "
        "with AmbiX; binaural: for headphones, in .wav, .flac, .caf, .mov or .mp4 (default: as preset or suffix "
        "specify)",
    )
    export.add_argument("--preset", choices=_PRESETS, help="format, coding and rate for a program or a site")
    add_film_argument(export, "the film whose pictures are copied, and whose timecode counts")
    add_film_options(export)
    add_convention(export, "channel convention of TAKE (default: as the file specifies)")
    export.add_argument(
        "--subtype",
        choices=("float", "pcm24", "pcm16"),
        help="sample format; whole numbers have dither (default: pcm24, in .amb float, in .mp4 AAC)",
    )
    export.add_argument("--rate", type=int, metavar="HZ", help="44100, 48000 or 96000 (default: 48000)")
    export.add_argument(
        "--range",
        type=_range,
        metavar="A-B",
        help="a part of the take, or of a project's film: seconds or mm:ss, such as 5-12.5",
    )
    export.add_argument(
        "--start", type=start_time, default=0.0, metavar="T", help="time of the film at which the take begins"
    )
    export.add_argument(
        "--time-of-day",
        type=start_time,
        metavar="T",
        help="time of day at which the film begins, as hh:mm:ss (default: its timecode, or 0)",
    )
    export.add_argument(
        "--head-locked", type=Path, metavar="S.wav", help="stereo that stays with the head, as channels 5 and 6"
    )
    export.add_argument(
        "--normalise", type=float, metavar="LUFS", help="loudness of the binaural sum, by one gain for all channels"
    )
    export.add_argument(
        "--ceiling", type=float, metavar="DBTP", help="highest true peak of the channels (default: -1 if it would clip)"
    )
    export.add_argument(
        "--no-watermark", action="store_true", help="do not mark generated sound (default: an inaudible mark in W)"
    )
    export.add_argument(
        "--credentials", action="store_true", help="sign what the file is and how it was made (C2PA), offline"
    )
    export.add_argument(
        "--certificate", type=Path, metavar="PEM", help="sign with this chain (default: a self-made certificate)"
    )
    export.add_argument("--key", type=Path, metavar="PEM", help="key of the certificate, without a password")
    export.add_argument(
        "--tell-prompts", action="store_true", help="tell the words of a project in the signed claim (default: not)"
    )
    export.add_argument("--json", action="store_true", help="write the report as JSON to stdout")
    add_model_options(export)
    export.set_defaults(module="app.commands.export")


def add_verify(commands: Commands) -> None:
    """Add `verify` and its options."""
    verify = commands.add_parser("verify", help="show in one page what a finished file is, read back from it")
    verify.add_argument("file", type=Path, metavar="FILE", help="sound or film")
    add_convention(verify, "channel convention of FILE (default: as the file specifies)")
    verify.add_argument("--json", action="store_true", help="write JSON to stdout")
    verify.set_defaults(module="app.commands.verify")


def _range(text: str) -> tuple[float, float]:
    parts = text.split("-")
    try:
        if len(parts) != 2:
            raise InvalidInputError(f"'{text}' is not a range: specify from-to, for example 5-12.5 or 1:00-1:30.")
        begin_s, end_s = (clock_seconds(part) for part in parts)
    except InvalidInputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not begin_s < end_s:
        raise argparse.ArgumentTypeError(f"The range '{text}' ends before it begins.")
    return begin_s, end_s
