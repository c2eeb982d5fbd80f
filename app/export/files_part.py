"""The part of the export dialog that says where files go and how they are called."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLineEdit, QListWidget, QPushButton, QWidget

from app.delivery.names import FIELDS, NameTemplate
from engine.contract.errors import InvalidInputError
from widgets.parts.describe import describe
from widgets.parts.panel import role_label

_PREVIEW_PX = 58


class FilesPart(QWidget):
    """`changed` fires whenever something else is typed or chosen."""

    changed = Signal()

    def __init__(self, folder: Path, template: str) -> None:
        super().__init__()
        self.template = QLineEdit(template)
        fields = ", ".join(f"{{{field}}}" for field in FIELDS)
        describe(self.template, "Names", f"How files are called; these are replaced: {fields}", "Alt+N")
        self.folder = QLineEdit(str(folder))
        describe(self.folder, "Folder", "Where the files are written", "Alt+O")
        self.browse = QPushButton("Browse …")
        self.browse.setAutoDefault(False)
        describe(self.browse, "Browse", "Choose the folder", "Alt+B")
        self.preview = QListWidget()
        self.preview.setMinimumHeight(_PREVIEW_PX)
        self.preview.setMaximumHeight(2 * _PREVIEW_PX)
        describe(self.preview, "Files to write", "The names of the files; ! marks a file that exists", "Alt+W")
        self._build_layout()
        self.template.textEdited.connect(self.changed)
        self.folder.textEdited.connect(self.changed)
        self.browse.clicked.connect(self._browse)

    def chosen_template(self) -> NameTemplate:
        """Return the template. Raises InvalidInputError for one that cannot be used."""
        return NameTemplate(self.template.text())

    def chosen_folder(self) -> Path:
        """Return the folder. Raises InvalidInputError if it does not exist."""
        text = self.folder.text().strip()
        folder = Path(text).expanduser()
        if not text or not folder.is_absolute() or not folder.is_dir():
            raise InvalidInputError(f"There is no folder {text or 'without a name'}: choose one with Browse.")
        return folder

    def show_files(self, files: Sequence[Path]) -> None:
        """Show the names that will be written."""
        self.preview.clear()
        for file in files:
            self.preview.addItem(f"{file.name}   ! exists" if file.exists() else file.name)
            self.preview.item(self.preview.count() - 1).setToolTip(str(file))

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of the Files", self.folder.text())
        if folder:
            self.folder.setText(folder)
            self.changed.emit()

    def _build_layout(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, 120)
        for row, (text, control) in enumerate(
            (("Names", self.template), ("Folder", self.folder), ("Files", self.preview))
        ):
            label = role_label(text, "muted")
            label.setBuddy(control)
            grid.addWidget(label, row, 0)
            grid.addWidget(control, row, 1, 1, 1 if control is self.folder else 2)
        grid.addWidget(self.browse, 1, 2)
