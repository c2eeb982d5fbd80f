"""Reads a manifest: CSV, TSV or JSON lines with the columns path [, video, label, class, kind, convention, ...].

A manifest is untrusted: sizes are limited, paths stay in the folder, and every error is one remark per row.
"""

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.contract.errors import InvalidInputError
from engine.corpus.rows import CONVENTIONS, KINDS, SPLITS, CorpusRow, Listing, Remark, inside
from engine.files.text_file import check_is_file

COLUMNS: Final = ("path", "video", "label", "class", "kind", "convention", "caption", "split")
_DELIMITERS: Final = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_JSON_SUFFIXES: Final = (".jsonl", ".ndjson", ".json")
_LARGEST_BYTES: Final = 256 << 20
_LONGEST_LINE: Final = 1 << 20
_LONGEST_FIELD: Final = 4_096

Fields = dict[str, str]


def read_manifest(manifest: Path, root: Path) -> Listing:
    """Return the rows of a manifest whose paths are relative to the folder `root`.

    Columns other than `COLUMNS` are ignored. A label may hold several, loudest first, separated by semicolons.
    Raises InvalidInputError if the file cannot be read, is not a table, or has no column "path".
    """
    rows: list[CorpusRow] = []
    remarks: list[Remark] = []
    seen: dict[tuple[Path, Path | None], int] = {}
    for line, fields in _lines(manifest):
        row = _row(fields, line, root) if isinstance(fields, dict) else Remark("-", fields, True, line)
        if isinstance(row, CorpusRow):
            first = seen.setdefault((row.path, row.video), line)
            if first != line:
                row = Remark(row.name, f"is listed on line {first} already: remove one of the two.", True, line)
        if isinstance(row, Remark):
            remarks.append(row)
        else:
            rows.append(row)
    if not rows and not remarks:
        raise InvalidInputError(f"The manifest {manifest} lists nothing: add a row for every sound or film.")
    return Listing(root, tuple(rows), tuple(remarks))


def _lines(manifest: Path) -> Iterator[tuple[int, Fields | str]]:
    """Yield line numbers with the fields, or with a sentence about what is wrong with the line."""
    suffix = manifest.suffix.lower()
    if suffix not in _DELIMITERS and suffix not in _JSON_SUFFIXES:
        raise InvalidInputError(f"The manifest {manifest} is not a .csv, .tsv or .jsonl file: rename it.")
    try:
        check_is_file(manifest, "manifest")
        if manifest.stat().st_size > _LARGEST_BYTES:
            raise InvalidInputError(f"The manifest {manifest} is larger than 256 MB: split it.")
        with manifest.open(encoding="utf-8-sig", newline="") as text:
            yield from _json_lines(text) if suffix in _JSON_SUFFIXES else _table(text, manifest, _DELIMITERS[suffix])
    except OSError as error:
        raise InvalidInputError(f"The manifest {manifest} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"The manifest {manifest} is not UTF-8 text: save it as UTF-8.") from error


def _json_lines(text: Iterator[str]) -> Iterator[tuple[int, Fields | str]]:
    for line, content in enumerate(text, 1):
        if not content.strip():
            continue
        if len(content) > _LONGEST_LINE:
            yield line, 'is longer than a megabyte: write one object like {"path": "a.wav"} per line.'
            continue
        try:
            item = json.loads(content)
        except (ValueError, RecursionError):
            item = None
        if isinstance(item, dict):
            yield line, {str(key): _text(value) for key, value in item.items() if value is not None}
        else:
            yield line, 'is not JSON: write one object like {"path": "a.wav"} per line.'


def _text(value: object) -> str:
    """Return a JSON value as a table would hold it; a list of labels is joined."""
    return ";".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _table(text: Iterator[str], manifest: Path, delimiter: str) -> Iterator[tuple[int, Fields | str]]:
    reader = csv.reader(text, delimiter=delimiter)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if len(header) == 1 and ";" in header[0]:
            raise InvalidInputError(f"The manifest {manifest} has semicolons between its columns: use commas.")
        if "path" not in header:
            raise InvalidInputError(
                f'The manifest {manifest} has no column "path": its first line names the columns, {", ".join(COLUMNS)}.'
            )
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise InvalidInputError(
            f"The manifest {manifest} cannot be read as a table from line {reader.line_num} on ({error}): repair it."
        ) from error


def _row(fields: Fields, line: int, root: Path) -> CorpusRow | Remark:
    """Return a row, or its error in one sentence."""
    value = {column: fields.get(column, "").strip() for column in COLUMNS}
    name = value["path"][:_LONGEST_FIELD] or "-"

    def bad(text: str) -> Remark:
        return Remark(name, text, True, line)

    if not value["path"]:
        return bad("has no path: name a sound or a film of the folder.")
    if any(len(text) > _LONGEST_FIELD for text in value.values()):
        return bad(f"has a value of more than {_LONGEST_FIELD} letters: shorten it.")
    for column, allowed in (("kind", KINDS), ("convention", CONVENTIONS), ("split", SPLITS)):
        if value[column] and value[column].lower() not in allowed:
            return bad(f'has the {column} "{value[column]}": use {" or ".join(allowed)}, or leave it empty.')
    files = {column: inside(root, value[column]) for column in ("path", "video") if value[column]}
    for column, file in files.items():
        if file is None:
            return bad(f"leaves the folder ({column} {value[column]}): copy the file into the folder.")
        if not os.path.isfile(file):  # os.path: a name may be too long for Path.is_file
            return bad(f"is missing ({column} {value[column]}): correct the path or remove the row.")
    path = files["path"]
    assert path is not None
    return CorpusRow(
        name=value["path"],
        path=path,
        video=files.get("video"),
        labels=tuple(label.strip() for label in value["label"].split(";") if label.strip()),
        sound_class=value["class"],
        kind=next((kind for kind in KINDS if kind == value["kind"].lower()), None),
        convention=next((c for c in CONVENTIONS if c == value["convention"].lower()), None),
        caption=value["caption"],
        split=next((s for s in SPLITS if s == value["split"].lower()), None),
        line=line,
    )
