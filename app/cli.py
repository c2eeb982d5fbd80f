"""The command line. Its shape is a contract: options are added, never renamed."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from app.command_line.arguments import (
    join_negative_values,
)
from app.command_line.batch_commands import add_batch
from app.command_line.console import complain, open_missing_streams
from app.command_line.data_commands import add_annotate, add_bench, add_evaluate, add_scenes
from app.command_line.daw_commands import add_ltc, add_markers, add_paths
from app.command_line.delivery_commands import add_export, add_verify
from app.command_line.film_argument import add_film_argument, command_names, with_film_named
from app.command_line.film_choice import add_film_options
from app.command_line.maker_command import add_make
from app.command_line.parser import BAD_INPUT, OneLineParser, add_model_options
from app.command_line.sound_commands import (
    add_codec,
    add_generate,
    add_headless,
    add_import_vae,
    add_inspect,
    add_render,
    add_scene,
)
from app.files import this_program
from engine.contract.errors import EngineError
from engine.contract.version import VERSION
from engine.files.owned_folder import sweep_temporary
from engine.files.stopping import Stopped, stopping_in_order

INTERRUPTED = 130


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command; each sets `module`, whose `run(arguments) -> int` does the work."""
    parser = OneLineParser(
        prog=this_program.name(),
        usage="%(prog)s [OPTIONS] [FILM | PROJECT.swan]\n       %(prog)s COMMAND ...",
        description="Plays a 360-degree film while a streaming model makes its spatial sound. "
        "Without a command it opens the window, with FILM or PROJECT.swan if one is given.",
    )
    parser.add_argument(
        "--version", action="version", version=f"SwanSphere {VERSION}", help="the version of SwanSphere"
    )
    add_film_argument(parser, "open this film in the window, as FILM alone does, or camera:0: a live camera")
    add_film_options(parser)
    parser.add_argument(
        "--project", type=Path, metavar="P", help="open this project in the window, as PROJECT.swan alone does"
    )
    parser.add_argument(
        "--renderer",
        choices=("auto", "gpu", "cpu"),
        default="auto",
        help="what draws the film (cpu: if the graphics driver draws it incorrectly)",
    )
    add_model_options(parser)
    parser.set_defaults(module="app.commands.window", device=None)  # the preferences name one
    commands = parser.add_subparsers(title="commands", prog=parser.prog, metavar="COMMAND", parser_class=OneLineParser)
    add_generate(commands)
    add_inspect(commands)
    add_codec(commands)
    add_import_vae(commands)
    add_bench(commands)
    add_headless(commands)
    add_annotate(commands)
    add_evaluate(commands)
    add_scene(commands)
    add_export(commands)
    add_verify(commands)
    add_render(commands)
    add_make(commands)
    add_markers(commands)
    add_paths(commands)
    add_ltc(commands)
    add_scenes(commands)
    add_batch(commands)
    train = commands.add_parser("train", help="run a stage of training: train STAGE ...", add_help=False)
    train.set_defaults(module="app.commands.train")
    doctor = commands.add_parser("doctor", help="check this machine: one page, with a remedy for each problem")
    doctor.add_argument("--probe", choices=("torch", "sound", "gl"), help=argparse.SUPPRESS)  # its own child processes
    doctor.set_defaults(module="app.commands.doctor")
    return parser


def _split(argv: Sequence[str]) -> tuple[Sequence[str], list[str]]:
    """Return what is parsed here, and what `train` passes on untouched: argparse would claim its options."""
    return (argv[:1], list(argv[1:])) if list(argv[:1]) == ["train"] else (argv, [])


def main(argv: Sequence[str]) -> int:
    """Run a command and return the exit status.

    It is 0, 2 for an error the user can fix, 130 for Ctrl+C, 143 or 129 for SIGTERM or SIGHUP.
    """
    open_missing_streams()
    own, rest = _split(argv)
    try:
        parser = build_parser()
        own = with_film_named(own, parser, command_names(parser))
        arguments = parser.parse_args(join_negative_values(own, ("--direction", "--gain", "--normalise", "--ceiling")))
        arguments.rest = rest
        sweep_temporary()
        with stopping_in_order():
            return int(importlib.import_module(arguments.module).run(arguments))
    except Stopped as stopped:
        complain("stopped.")
        return int(stopped.status)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else BAD_INPUT
    except EngineError as error:
        complain(str(error))
        return BAD_INPUT
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        complain(f"{error.strerror or error}{where}.")
        return BAD_INPUT
    except KeyboardInterrupt:
        complain("stopped.")
        return INTERRUPTED
    finally:
        sys.stdout.flush()
