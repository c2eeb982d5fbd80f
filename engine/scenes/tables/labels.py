"""From the file names of the second pack to sounds: `second_pack.tsv`, a table of patterns of our own.

The labels were not checked by ear. A rule says what the files of a pattern are, and if a tagger can tell, which names
of the tagger confirm it. The first rule whose pattern matches decides. A file without a rule is left out.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

RULES: Final = Path(__file__).with_name("second_pack.tsv")
_FOLDER: Final = "sounds2/"
_NUMBERED: Final = re.compile(r"[-_. ]*\d+[a-z]?$")
_NO_RULE: Final = "no rule is about this file"
_DOUBTED: Final = "the tagger hears something else"


@dataclass(frozen=True)
class Rule:
    """Files whose path below the pack matches `pattern` are `label`s of `sound_class`, or are left out if it is "".

    `kind` is "point" or "ambience". `heard` is a regular expression for the tagger's names, one of which has to match
    ("": not asked). `family` joins recordings with different names ("": the name without its number). `why` is the
    reason for leaving out.
    """

    pattern: str
    sound_class: str
    kind: str
    label: str
    heard: str
    family: str
    why: str


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules in their order."""
    with RULES.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Rule(row["pattern"], row["class"], row["kind"], row["label"], row["heard"], row["family"], row["why"])
            for row in csv.DictReader(lines, delimiter="\t")
        )


def labelled(row: Mapping[str, str]) -> dict[str, str]:
    """Return a row of `sounds2.tsv` (path, source, yamnet_top3) as one of `sounds.tsv`.

    The class of a row that is left out is "", and its `why` the reason.
    """
    name = row["path"].removeprefix(_FOLDER)
    rule = next((rule for rule in rules() if fnmatchcase(name, rule.pattern)), None)
    why = _NO_RULE if rule is None else rule.why
    if rule is not None and rule.sound_class and not re.search(rule.heard, row.get("yamnet_top3") or ""):
        why = _DOUBTED
    if rule is None or why:
        return {**row, "class": "", "why": why}
    found = {"label": rule.label, "class": rule.sound_class, "kind": rule.kind}
    return {**row, **found, "source_id": rule.family or family_of(name), "yamnet_flag": ""}


def family_of(name: str) -> str:
    """Return what the takes of one event have in common: the file's name without its end number, in small letters."""
    return _NUMBERED.sub("", PurePosixPath(name).stem).lower()
