"""Dialogs that ask for a file."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_for_file(parent: QWidget, title: str, folder: Path, kinds: str) -> Path | None:
    """Return a file that the user chose, or None."""
    name, _ = QFileDialog.getOpenFileName(parent, title, str(folder), kinds)
    return Path(name) if name else None


def ask_for_new_file(parent: QWidget, title: str, suggestion: Path, kinds: str, suffix: str) -> Path | None:
    """Return the name of a file to write, with its suffix, or None; the dialog asks before one is replaced."""
    dialog = QFileDialog(parent, title, str(suggestion.parent), kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(suggestion.name)
    try:
        chosen = dialog.exec() == QFileDialog.DialogCode.Accepted and dialog.selectedFiles()
        return Path(dialog.selectedFiles()[0]) if chosen else None
    finally:
        dialog.deleteLater()


def ask_for_new_file_of_kind(
    parent: QWidget, title: str, suggestion: Path, kinds: Mapping[str, str]
) -> tuple[Path, str] | None:
    """Return the name of a file to write and the kind that was chosen, or None; `kinds` are filters with suffixes."""
    dialog = QFileDialog(parent, title, str(suggestion.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(kinds))
    dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix(kinds[kind]))
    dialog.setDefaultSuffix(next(iter(kinds.values())))
    dialog.selectFile(suggestion.name)
    try:
        chosen = dialog.exec() == QFileDialog.DialogCode.Accepted and dialog.selectedFiles()
        return (Path(dialog.selectedFiles()[0]), dialog.selectedNameFilter()) if chosen else None
    finally:
        dialog.deleteLater()


def ask_for_folder(parent: QWidget, title: str, folder: Path) -> Path | None:
    """Return a folder that the user chose, or None."""
    name = QFileDialog.getExistingDirectory(parent, title, str(folder))
    return Path(name) if name else None
