"""Notices about the levels of written files, with advice on clipped peaks."""

from collections.abc import Iterable

from engine.export.levels import FileLevels

_ADVICE = "--gain auto lowers it, and --subtype float keeps every peak."


def remarks_on_command_line(files: Iterable[FileLevels]) -> list[str]:
    """Return a sentence for every file that was clipped or lowered."""
    return [
        f"{file.sentence} {_ADVICE}" if file.levels.clipped_samples else file.sentence
        for file in files
        if file.sentence
    ]
