"""The list of missing and changed files of a project, each with what can be done."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.project.media import BrokenLink
from widgets.parts.panel import role_label

_TEXT_WIDTH = 400


class RelinkDialog(QDialog):
    """`choose_wanted` and `keep_wanted` send a BrokenLink, `folder_wanted` asks for a folder to look in.

    It closes by itself when nothing is missing any more.
    """

    choose_wanted = Signal(object)
    keep_wanted = Signal(object)
    folder_wanted = Signal()

    def __init__(self, links: Sequence[BrokenLink], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Missing files")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(12)
        self.note: QLabel = role_label("", "muted")
        self.note.hide()
        buttons = QDialogButtonBox()
        folder = buttons.addButton("Look in a folder …", QDialogButtonBox.ButtonRole.ActionRole)
        folder.setToolTip("Look for all of them, by name and content (Alt+L)")
        folder.setShortcut("Alt+L")
        later = buttons.addButton("Later", QDialogButtonBox.ButtonRole.RejectRole)
        later.setToolTip("Leave them; their blocks are silent, and nothing is lost (Esc)")
        folder.clicked.connect(self.folder_wanted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(14)
        layout.addWidget(role_label("Some files of this project were not found", "hero"))
        layout.addLayout(self._rows)
        layout.addWidget(self.note)
        layout.addWidget(buttons)
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        self._shown: list[QWidget] = []
        self.show_links(links)

    def show_links(self, links: Sequence[BrokenLink]) -> None:
        """Show what is still missing or changed."""
        for row in self._shown:
            self._rows.removeWidget(row)
            row.deleteLater()
        self._shown = [self._row(link, number) for number, link in enumerate(links, start=1)]
        for row in self._shown:
            self._rows.addWidget(row)
        if not links:
            self.accept()

    def say(self, sentence: str) -> None:
        """Say how looking for files went."""
        self.note.setText(sentence)
        self.note.show()

    def _row(self, link: BrokenLink, number: int) -> QWidget:
        row = QWidget()
        text = QLabel(link.sentence)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        text.setFixedWidth(_TEXT_WIDTH)
        choose = QPushButton("Choose …")
        choose.setAccessibleName(f"Choose {link.file.name}")
        choose.setToolTip(f"Choose the file (Alt+{number})")
        choose.setShortcut(f"Alt+{number}")
        choose.clicked.connect(partial(self._choose, link))
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(text, 1)
        layout.addWidget(choose)
        if not link.is_missing:
            keep = QPushButton("Use as it is")
            keep.setAccessibleName(f"Use {link.file.name} as it is")
            keep.setToolTip("Use the file with its new content")
            keep.clicked.connect(partial(self._keep, link))
            layout.addWidget(keep)
        return row

    def _choose(self, link: BrokenLink) -> None:
        self.choose_wanted.emit(link)

    def _keep(self, link: BrokenLink) -> None:
        self.keep_wanted.emit(link)
