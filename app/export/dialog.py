"""The export dialog: what, how, where; it adds to the queue and stays open for the next one."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.export.choice import ExportChoice, Source
from app.export.files_part import FilesPart
from app.export.format_part import FormatPart
from app.export.what_part import WhatPart
from app.window.dialogs import ask, short_name
from engine.contract.errors import EngineError
from widgets.parts.describe import describe
from widgets.parts.panel import role_label


class ExportDialog(QDialog):
    """`requested` carries an ExportChoice; the owner answers with `show_sentence`. `queue_requested` opens the list."""

    requested = Signal(object)
    queue_requested = Signal()

    def __init__(self, sources: Sequence[Source], folder: Path, template: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setMinimumWidth(640)
        self.what, self.format = WhatPart(sources), FormatPart()
        self.files = FilesPart(folder, template)
        self.status = role_label("", "muted")
        self.status.setWordWrap(True)
        self.queue_button = QPushButton("Exports …")
        self.queue_button.setAutoDefault(False)
        describe(self.queue_button, "Exports", "Show the exports that wait, run or have ended", "Alt+Q")
        self.close_button = QPushButton("Close")
        self.close_button.setAutoDefault(False)
        describe(self.close_button, "Close", "Close this dialog; exports go on", "Esc")
        self.export_button = QPushButton("Export")
        self.export_button.setObjectName("primary")
        self.export_button.setDefault(True)
        describe(self.export_button, "Export", "Write the files in the background", "Ctrl+Return")
        self._build_layout()
        for part in (self.what, self.format, self.files):
            part.changed.connect(self.show_preview)
        self.what.changed.connect(self._show_words)
        self.export_button.clicked.connect(self._request)
        self.queue_button.clicked.connect(self.queue_requested)
        self.close_button.clicked.connect(self.reject)
        self.what.source.setFocus()
        self._show_words()
        self.show_preview()

    def choice(self) -> ExportChoice:
        """Return what is chosen. Raises InvalidInputError with a sentence for what cannot be exported."""
        return ExportChoice(
            self.what.chosen,
            self.what.what(),
            self.format.value(),
            self.files.chosen_template(),
            self.files.chosen_folder(),
        )

    def show_preview(self) -> None:
        """Show the names of the files, or why there are none."""
        try:
            files = list(self.choice().files(date.today()).values())
        except EngineError as error:
            self.files.show_files(())
            self.show_sentence(str(error))
            self.export_button.setEnabled(False)
            return
        self.files.show_files(files)
        self.show_sentence("")
        self.export_button.setEnabled(True)

    def show_sentence(self, sentence: str) -> None:
        """Show a sentence beside the buttons."""
        self.status.setText(sentence)

    def _show_words(self) -> None:
        self.format.signing.set_has_words(self.what.chosen.scene is not None)

    def _request(self) -> None:
        try:
            choice = self.choice()
            files = list(choice.files(date.today()).values())
        except EngineError as error:
            self.show_sentence(str(error))
            return
        there = [file for file in files if file.exists()]
        if not there or self._may_replace(there):
            self.requested.emit(choice)

    def _may_replace(self, files: list[Path]) -> bool:
        names = " and ".join(short_name(file.name) for file in files[:2])
        more = f" and {len(files) - 2} more" if len(files) > 2 else ""
        is_there, it = ("exist", "them") if len(files) > 1 else ("exists", "it")
        return ask(
            self,
            f"Replace {it}?",
            f"{names}{more} already {is_there} in {short_name(str(files[0].parent))}. "
            f"The old sound is lost if you replace {it}.",
            "Replace",
        )

    def _build_layout(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(10)
        for title, part in (("WHAT", self.what), ("FORMAT", self.format), ("FILES", self.files)):
            layout.addWidget(role_label(title, "title"))
            layout.addWidget(part)
            layout.addSpacing(8)
        layout.addWidget(self.status)
        buttons = QHBoxLayout()
        buttons.addWidget(self.queue_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.export_button)
        layout.addLayout(buttons)
