"""What is said about the levels of files that were written, and what can be done about peaks that were cut."""

from collections.abc import Iterable

from engine.export.levels import FileLevels

_ON_COMMAND_LINE = "--gain auto lowers it, and --subtype float keeps every peak."
_IN_WINDOW = "Choose another gain or 32-bit float to keep every peak."


def remarks_on_command_line(files: Iterable[FileLevels]) -> list[str]:
    """Return a sentence for every file of which samples were cut, or that was lowered."""
    return _told(files, _ON_COMMAND_LINE)


def remarks_in_window(files: Iterable[FileLevels]) -> list[str]:
    """Return the same in the words of the export dialog."""
    return _told(files, _IN_WINDOW)


def _told(files: Iterable[FileLevels], advice: str) -> list[str]:
    return [
        f"{file.sentence} {advice}" if file.levels.clipped_samples else file.sentence for file in files if file.sentence
    ]
