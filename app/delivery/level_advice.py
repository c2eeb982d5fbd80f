"""Notices about the levels of written files, with advice on clipped peaks."""

from collections.abc import Iterable

from engine.export.levels import FileLevels

_ON_COMMAND_LINE = "--gain auto lowers it, and --subtype float keeps every peak."
_IN_WINDOW = "Choose another gain or 32-bit float to keep every peak."


def remarks_on_command_line(files: Iterable[FileLevels]) -> list[str]:
    """Return a sentence for every file that was clipped or lowered."""
    return _told(files, _ON_COMMAND_LINE)


def remarks_in_window(files: Iterable[FileLevels]) -> list[str]:
    """Return the same with the advice of the export dialog."""
    return _told(files, _IN_WINDOW)


def _told(files: Iterable[FileLevels], advice: str) -> list[str]:
    return [
        f"{file.sentence} {advice}" if file.levels.clipped_samples else file.sentence for file in files if file.sentence
    ]
