"""Tries the program on inputs from the field and prints a table: case, what is right, what it does.

    python -m tests.field FOLDER [--only F02 S01 ...] [--out TABLE.md]

FOLDER holds `films` and `sounds`, made by the scripts that belong to the list of cases.
Exits with 1 if a case is wrong.
"""

import argparse
import tempfile
import time
from pathlib import Path

from tests.field import deliveries, films, sounds, words
from tests.field.case import Bench, Case, Wrong


def tried(case: Case, bench: Bench) -> tuple[bool, str]:
    try:
        return True, case.look(bench)
    except Wrong as wrong:
        return False, str(wrong)
    except Exception as error:  # a verdict as well: the table names it and goes on
        return False, f"{type(error).__name__}: {error}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.field", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    cases = [case for room in (films, sounds, words, deliveries) for case in room.CASES]
    if arguments.only:
        cases = [case for case in cases if case.name in arguments.only]
    lines = ["| case | mark | right | seen | verdict |", "|---|---|---|---|---|"]
    wrong = 0
    for case in cases:
        with tempfile.TemporaryDirectory() as work:
            began = time.monotonic()
            right, seen = tried(case, Bench(arguments.folder / "films", arguments.folder / "sounds", Path(work)))
        wrong += not right
        verdict = "right" if right else "WRONG"
        lines.append(
            f"| {case.name} | {'-' if case.keeps else 'H'} | {case.right} | {seen} | {verdict} |".replace("\n", " ")
        )
        print(lines[-1], f"({time.monotonic() - began:.1f} s)", flush=True)
    lines.append(f"\n{len(cases) - wrong} of {len(cases)} cases right")
    print(lines[-1])
    if arguments.out:
        arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
