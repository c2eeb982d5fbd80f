"""One file of an export: a checkbox, a name, a Browse button."""

from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QFileDialog, QGridLayout, QLineEdit, QPushButton, QWidget

from engine.contract.errors import ExportError
from widgets.parts.describe import describe


class ExportFileRow(QWidget):
    """`shortcuts` are the keys of the checkbox, the name and the button; `kinds` are offered in the file dialog."""

    def __init__(self, text: str, suggestion: Path, shortcuts: tuple[str, str, str], kinds: str) -> None:
        super().__init__()
        self._title, self._kinds = text, kinds
        self.confirmed_file: Path | None = None  # replaced without another question: the file dialog has asked
        self.tick = QCheckBox(text)
        describe(self.tick, text, "Write this file", shortcuts[0])
        self.name = QLineEdit(str(suggestion))
        describe(self.name, f"File name: {text}", "Folder and name of the file", shortcuts[1])
        self.browse = QPushButton("Browse …")
        describe(self.browse, f"Browse: {text}", "Choose the folder and the name", shortcuts[2])
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnMinimumWidth(0, 18)
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(8)
        grid.addWidget(self.tick, 0, 0, 1, 3)
        grid.addWidget(self.name, 1, 1)
        grid.setColumnMinimumWidth(2, 110)
        grid.addWidget(self.browse, 1, 2)
        self.tick.toggled.connect(self._enable)
        self.browse.clicked.connect(self._browse)
        self._enable()

    def chosen_file(self) -> Path | None:
        """Return the file, or None if it is not ticked. Raises ExportError for a name that cannot be used."""
        if not self.tick.isChecked():
            return None
        text = self.name.text().strip()
        if not text:
            raise ExportError(f"{self._title}: enter a file name.")
        file = Path(text).expanduser()
        if not file.suffix:
            file = file.with_suffix(".wav")
        if not file.is_absolute() or not file.parent.is_dir():
            raise ExportError(f"{self._title}: there is no folder {file.parent}. Choose one with Browse.")
        if file.is_dir():
            raise ExportError(f"{self._title}: {file} is a folder. Enter a file name.")
        return file

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self._title, self.name.text(), self._kinds)
        if name:
            # The dialog asks about the name as typed; with a suffix appended, it is another file.
            self.confirmed_file = Path(name) if Path(name).suffix else None
            self.name.setText(name)

    def _enable(self) -> None:
        self.name.setEnabled(self.tick.isChecked())
        self.browse.setEnabled(self.tick.isChecked())
