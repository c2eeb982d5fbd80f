"""The sounds of a data folder: the rows of `sounds.tsv`, and of `sounds2.tsv` if it is there."""

import csv
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.contract.errors import InvalidInputError
from engine.scenes.tables.labels import RULES, labelled

FIRST: Final = "sounds.tsv"
SECOND: Final = "sounds2.tsv"
COLUMNS: Final = ("path", "label", "class", "kind", "source")
"""What composing needs to know of a sound."""


def sound_rows(data: Path, columns: Sequence[str] = COLUMNS) -> list[dict[str, str]]:
    """Return the sounds of a folder, the first pack's before the second's, in the columns of `sounds.tsv`.

    Files of the second pack that the rules leave out are missing. Raises InvalidInputError if `sounds.tsv` is missing,
    cannot be read, lists no sounds or lacks one of `columns`.
    """
    rows = table_rows(data / FIRST)
    if not rows:
        raise InvalidInputError(f"{data / FIRST} lists no sounds: add a line for each.")
    lacking = [column for column in columns if any(row.get(column) is None for row in rows)]
    if lacking:
        raise InvalidInputError(f"{data / FIRST} lacks values of {', '.join(lacking)}: add them to each line.")
    return rows + [row for row in second_rows(data) if row["class"]]


def second_rows(data: Path) -> list[dict[str, str]]:
    """Return the labelled rows of the second pack, none without its table; those left out have the class ""."""
    return [labelled(row) for row in table_rows(data / SECOND)] if (data / SECOND).is_file() else []


def second_pack_line(data: Path) -> str:
    """Return a line that says what of the second pack is used and why the rest is not; "" without a second pack."""
    rows = second_rows(data)
    if not rows:
        return ""
    reasons = Counter(row["why"] for row in rows if not row["class"])
    said = "; ".join(f"{count}: {why}" for why, count in sorted(reasons.items(), key=lambda item: -item[1]))
    return f"{SECOND}: {len(rows) - reasons.total()} of {len(rows)} clips are used, left out are {said or 'none'}"


def contents_hash(data: Path) -> str:
    """Return a hash of the tables and of the rules that read them: what the list of sounds depends on."""
    digest = hashlib.sha256((data / FIRST).read_bytes())
    if (data / SECOND).is_file():
        digest.update((data / SECOND).read_bytes() + RULES.read_bytes())
    return digest.hexdigest()


def table_rows(table: Path) -> list[dict[str, str]]:
    """Return the rows of a tab-separated table. Raises InvalidInputError if it is missing or cannot be read."""
    if not table.is_file():
        raise InvalidInputError(f"{table} is missing: point --data to a folder with a {FIRST}.")
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", strict=True))
    except (OSError, ValueError, csv.Error):
        raise InvalidInputError(f"{table} cannot be read: save it as tab-separated text in UTF-8.") from None
    short = next((index for index, row in enumerate(rows) if not row.get("path")), None)
    if short is not None:
        raise InvalidInputError(f"{table} has no path in line {short + 2}: repair or remove it.")
    return rows
