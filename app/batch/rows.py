"""The rows of a list (CSV, TSV or JSON lines), each as the command line that it stands for."""

import argparse
import csv
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.command_line.data_commands import add_annotate, add_evaluate
from app.command_line.delivery_commands import add_export
from app.command_line.parser import OneLineParser
from app.command_line.sound_commands import add_generate, add_render
from engine.contract.errors import InvalidInputError
from engine.files.text_file import check_is_file

TASKS: Final = ("generate", "render", "export", "annotate", "evaluate")
_DELIMITERS: Final = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_JSON_SUFFIXES: Final = (".jsonl", ".ndjson", ".json")
_INPUT: Final = {"generate": "--film", "evaluate": "--generated"}
"""Where the input goes if it is an option."""
_LARGEST_BYTES: Final = 64 << 20
_YES: Final = ("1", "yes", "true", "x")
_NO: Final = ("0", "no", "false")


@dataclass(frozen=True)
class Row:
    """A row: `words` is its command line, `problem` the sentence if it is none; `number` counts from 1."""

    number: int
    task: str
    input: str
    out: str
    words: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    """Files, and folders that belong to this row alone."""
    problem: str = ""

    @property
    def key(self) -> str:
        """A short name of the command line: the same in another order of the list."""
        return hashlib.sha256("\0".join(self.words).encode("utf-8", "surrogateescape")).hexdigest()[:20]


def row_parser() -> argparse.ArgumentParser:
    """Return a parser of the commands that a list may hold; each sets `module`."""
    parser = OneLineParser(prog="batch")
    commands = parser.add_subparsers(parser_class=OneLineParser, required=True)
    for add in (add_generate, add_render, add_export, add_annotate, add_evaluate):
        add(commands)
    return parser


def read_rows(file: Path) -> list[Row]:
    """Return the rows of a list. Relative paths are those of the list's folder. A bad row has a `problem`.

    Raises InvalidInputError if the file cannot be read, or lists nothing.
    """
    options = _options()
    root = Path(os.path.abspath(file)).parent
    rows: list[Row] = []
    taken: dict[str, int] = {}
    for number, fields in enumerate(_fields(file), 1):
        row = (
            _row(number, fields, options, root) if isinstance(fields, dict) else Row(number, "", "", "", (), (), fields)
        )
        owner = next((taken[output] for output in row.outputs if output in taken), None)
        if owner is not None:
            row = Row(
                number, row.task, row.input, row.out, problem=f"Row {owner} writes the same file: use another name."
            )
        taken.update(dict.fromkeys(row.outputs, number))
        rows.append(row)
    if not rows:
        raise InvalidInputError(f"The list {file} has no rows: write task, input and out for each film.")
    return rows


def _options() -> dict[str, dict[str, argparse.Action]]:
    """Return the options of every task, keyed by their names in a list: "time-of-day"."""
    found: dict[str, dict[str, argparse.Action]] = {}
    for group in row_parser()._actions:
        if isinstance(group, argparse._SubParsersAction):
            for task, parser in group.choices.items():
                found[task] = {
                    name[2:]: action
                    for action in parser._actions
                    for name in action.option_strings
                    if name.startswith("--") and name != "--help"
                }
    return found


def _row(number: int, fields: dict[str, str], options: dict[str, dict[str, argparse.Action]], root: Path) -> Row:
    cells = {name.strip().lower().lstrip("-").replace("_", "-"): value.strip() for name, value in fields.items()}
    task, given, out = (cells.pop(name, "") for name in ("task", "input", "out"))

    def bad(problem: str) -> Row:
        return Row(number, task, given, out, problem=problem)

    if task not in TASKS:
        return bad(f"'{task}' is not a task: use {', '.join(TASKS[:-1])} or {TASKS[-1]}.")
    if not out:
        return bad("The row has no out: name the file or folder to write.")
    if not given and task not in _INPUT:
        return bad("The row has no input: name a film, a project or a take.")
    words = [task]
    if given:
        place = str(root / given)
        words += [f"{_INPUT[task]}={place}"] if task in _INPUT else [place]
    words.append(f"--out={root / out}")
    for name, value in sorted(cells.items()):
        if not value:
            continue
        action = options[task].get(name)
        if action is None:
            return bad(f"{task} has no option '{name}': see `{task} --help`.")
        if action.nargs == 0:
            if value.lower() not in (*_YES, *_NO):
                return bad(f"'{name}' is yes or no, not '{value}'.")
            words += [f"--{name}"] * (value.lower() in _YES)
        else:
            words.append(f"--{name}={root / value if action.type is Path else value}")
    if any("\0" in word for word in words):
        return bad("The row holds a character that is not allowed in names: remove it.")
    return Row(number, task, given, out, tuple(words), _outputs(task, given, root / out, cells, root))


def _outputs(task: str, given: str, out: Path, cells: dict[str, str], root: Path) -> tuple[str, ...]:
    files = [out]
    if task == "annotate":  # several rows may share the folder
        files = [out / f"{Path(given).stem}.json"]
    files += [root / cells[name] for name in ("binaural", "report", "html") if task != "render" and cells.get(name)]
    if task == "generate" and cells.get("stems"):
        files.append(root / cells["stems"])
    return tuple(os.path.abspath(file) for file in files)


def _fields(file: Path) -> Iterator[dict[str, str] | str]:
    """Yield the cells of each row by column, or a sentence about a line that is none."""
    suffix = file.suffix.lower()
    if suffix not in _DELIMITERS and suffix not in _JSON_SUFFIXES:
        raise InvalidInputError(f"The list {file} is not a .csv, .tsv or .jsonl file: rename it.")
    try:
        check_is_file(file, "list")
        if file.stat().st_size > _LARGEST_BYTES:
            raise InvalidInputError(f"The list {file} is larger than 64 MB: split it.")
        with file.open(encoding="utf-8-sig", newline="") as text:
            if suffix in _JSON_SUFFIXES:
                yield from (_of_json(line) for line in text if line.strip())
                return
            reader = csv.reader(text, delimiter=_DELIMITERS[suffix])
            header = next(reader, [])
            if "task" not in [name.strip().lower() for name in header]:
                raise InvalidInputError(
                    f"The list {file} has no column 'task': its first line names the columns (task, input, out, ...)."
                )
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield (
                        "The row has more cells than the header."
                        if len(cells) > len(header)
                        else dict(zip(header, cells, strict=False))
                    )
    except OSError as error:
        raise InvalidInputError(f"The list {file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"The list {file} is not UTF-8 text: save it as UTF-8.") from error
    except csv.Error as error:
        raise InvalidInputError(f"The list {file} cannot be read as a table ({error}): repair it.") from error


def _of_json(line: str) -> dict[str, str] | str:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        item = None
    if not isinstance(item, dict):
        return 'The line is not JSON: write one object like {"task": "render", "input": "a.swan", "out": "a"}.'
    return {str(key): str(value) for key, value in item.items() if value is not None}
