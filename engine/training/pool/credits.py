"""`train credits`: the sources and licences of the sounds that a model is trained on, for its model card.

The section is made from the tables of a data folder and from its `ATTRIBUTION.tsv` if there is one. Recordings that are
held out are not part of it.
"""

from collections.abc import Sequence
from pathlib import Path

from engine.files.apart import keep_apart
from engine.files.staging import write_texts
from engine.scenes.sound_bank import is_held_out, recording_group
from engine.scenes.tables.rows import FIRST, SECOND, sound_rows
from engine.training.loop.options import StageParser

_UNSTATED = "not stated"


def main(argv: list[str]) -> None:
    """Run `train credits`."""
    parser = StageParser(prog="train credits", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with sounds.tsv, perhaps sounds2.tsv")
    parser.add_argument("--out", type=Path, help="Markdown file to write; without it the section is printed")
    args = parser.parse_args(argv)
    text = section(sound_rows(args.data))
    if args.out is None:
        print(text, end="")
        return
    keep_apart([args.out], {"table": [args.data / FIRST, args.data / SECOND]})
    write_texts({args.out: text})
    print(f"{args.out}: credits of the training side")


def section(rows: Sequence[dict[str, str]]) -> str:
    """Return the section in Markdown: clips, minutes and licences of each source, and who is to be named.

    Rows have path, source and source_id, and if known licence, attribution and seconds.
    """
    used = [row for row in rows if not is_held_out(recording_group(row))]
    minutes = sum(float(row.get("seconds") or 0.0) for row in used) / 60
    lines = [
        "## Sources of the sounds",
        "",
        f"{len(used)} of {len(rows)} clips ({minutes:.0f} minutes) were used in training; the others are held out.",
        "",
        "| source | clips | minutes | licences |",
        "|---|---|---|---|",
    ]
    named: dict[str, set[str]] = {}
    for source in sorted({row["source"] for row in used}, key=str.casefold):
        clips = [row for row in used if row["source"] == source]
        length = sum(float(row.get("seconds") or 0.0) for row in clips) / 60
        licences = sorted({row.get("licence") or _UNSTATED for row in clips})
        lines.append(f"| {_cell(source)} | {len(clips)} | {length:.1f} | {_cell('; '.join(licences))} |")
        for row in clips:
            if row.get("attribution"):
                named.setdefault(source, set()).add(row["attribution"])
    if named:
        lines += ["", "Recorded or published by:", ""]
        lines += [f"- {source}: {'; '.join(sorted(people, key=str.casefold))}" for source, people in named.items()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
