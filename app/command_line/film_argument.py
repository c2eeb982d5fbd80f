"""The film of a command line: `--film F`, or a word alone (`python main.py beach.mp4`), which may be a command too."""

import argparse
import difflib
from collections.abc import Collection, Sequence
from pathlib import Path

from app.command_line.console import remark
from engine.contract.camera import camera_source
from engine.contract.errors import InvalidInputError
from engine.project.project_file import SUFFIX


class _OldName(argparse.Action):
    """Takes the film under the name that the option had, and says so."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        remark(f"{self.option_strings[0]} is now called --film; the old name still works.")
        setattr(namespace, self.dest, values)


def add_film_argument(parser: argparse.ArgumentParser, text: str, *, old_name: str | None = None) -> None:
    """Add `--film F`, and the name that a command had for it before."""
    parser.add_argument("--film", type=Path, metavar="F", help=text)
    if old_name is not None:
        parser.add_argument(old_name, type=Path, dest="film", action=_OldName, help=argparse.SUPPRESS)


def with_film_named(argv: Sequence[str], parser: argparse.ArgumentParser, commands: Collection[str]) -> list[str]:
    """Return `argv` with `--film=F` for a film that is given alone, and unchanged if there is a command.

    A word that ends in .swan becomes `--project=P`.

    A film may have the name of a command: `./generate` is a film. Raises InvalidInputError for a word that is neither,
    and for more than one film.
    """
    place = _first_word(argv, parser)
    if place is None or argv[place] in commands:
        return list(argv)
    word, before, after = argv[place], list(argv[:place]), list(argv[place + 1 :])
    if before and before[-1] == "--":
        before.pop()
    elif not _looks_like_a_file(word):
        near = difflib.get_close_matches(word, commands, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"the commands are {', '.join(sorted(commands))}."
        raise InvalidInputError(f"'{word}' is neither a command nor a film in this folder: {hint}")
    second = _first_word(after, parser)
    if second is not None or _has_film(before + after):
        raise InvalidInputError(
            f"Only one film can be opened at a time, so '{word}' cannot be opened as well. "
            "Quote a name that contains spaces."
        )
    option = "--project" if Path(word).suffix.lower() == SUFFIX else "--film"
    return [*before, f"{option}={word}", *after]


def command_names(parser: argparse.ArgumentParser) -> set[str]:
    """Return the names of the parser's commands."""
    return {
        name for action in parser._actions if isinstance(action, argparse._SubParsersAction) for name in action.choices
    }


def _first_word(argv: Sequence[str], parser: argparse.ArgumentParser) -> int | None:
    """Return the index of the first word that is neither an option nor an option's value."""
    skip = False
    for place, word in enumerate(argv):
        if skip:
            skip = False
        elif word == "--":
            return place + 1 if place + 1 < len(argv) else None
        elif word.startswith("-") and word != "-":
            skip = "=" not in word and _takes_a_value(word, parser)
        else:
            return place
    return None


def _takes_a_value(option: str, parser: argparse.ArgumentParser) -> bool:
    is_long = option.startswith("--")  # and may be abbreviated
    for action in parser._actions:
        if any(name == option or (is_long and name.startswith(option)) for name in action.option_strings):
            return action.nargs is None
    return False


def _looks_like_a_file(word: str) -> bool:
    return camera_source(word) is not None or bool(Path(word).suffix) or Path(word).name != word or Path(word).exists()


def _has_film(argv: Sequence[str]) -> bool:
    return any(word.split("=", 1)[0] in ("--film", "--project") for word in argv)
