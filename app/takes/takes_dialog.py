"""The list of kept takes: film, date and length; export one, discard one, or leave all as they are."""

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QMessageBox,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.runtime.takes.store import KEEP_DAYS, KeptTake
from engine.runtime.takes.wording import clock_text
from widgets.parts.describe import describe
from widgets.parts.panel import role_label
from widgets.parts.whole_rows import show_whole_rows

_COLUMNS = ("Film", "Recorded", "Length", "Size")
_ALL = (
    f"The sound you hear for a film is kept as a take. A take is deleted {KEEP_DAYS} days after you last saw it here."
)
_OFFERED = (
    "These takes are from your last session and were not exported. Keep, export or discard them. "
    f"Kept takes stay for {KEEP_DAYS} days: File, Takes."
)


class TakesDialog(QDialog):
    """Does not stop the film. The owner answers `export_requested` and `discard_requested` (a KeptTake)."""

    export_requested = Signal(object)
    discard_requested = Signal(object)

    def __init__(self, is_offer: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Takes from your last session" if is_offer else "Takes")
        self.setMinimumWidth(620)
        self._takes: list[KeptTake] = []
        self.text = role_label(_OFFERED if is_offer else _ALL, "muted")
        self.text.setWordWrap(True)
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        show_whole_rows(self.table)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setMinimumHeight(150)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(_COLUMNS)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        describe(self.table, "Takes", "The kept takes, newest first", "Alt+T")
        self.export_button = QPushButton("Export …")
        describe(self.export_button, "Export the take", "Write the selected take as sound files", "Alt+E")
        self.discard_button = QPushButton("Discard …")
        describe(self.discard_button, "Discard the take", "Delete the selected take permanently; asks first", "Alt+D")
        self.keep_button = QPushButton("Keep" if is_offer else "Close")
        self.keep_button.setDefault(True)
        describe(self.keep_button, self.keep_button.text(), "Leave the takes as they are", "Esc")
        self._build_layout()
        self.table.itemSelectionChanged.connect(self._selection_changed)
        self.export_button.clicked.connect(self._ask_to_export)
        self.discard_button.clicked.connect(self._ask_to_discard)
        self.keep_button.clicked.connect(self.reject)

    @property
    def chosen(self) -> KeptTake | None:
        """The selected take."""
        row = self.table.currentRow()
        return self._takes[row] if 0 <= row < len(self._takes) and self.table.selectedItems() else None

    def show_takes(self, takes: list[KeptTake]) -> None:
        """Show these takes instead; keeps the selected row if it still exists."""
        row = max(0, self.table.currentRow())
        self._takes = takes
        self.table.setRowCount(len(takes))
        for index, take in enumerate(takes):
            for column, text in enumerate(_row_of(take)):
                item = QTableWidgetItem(text)
                if column > 1:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setToolTip(take.film.path or str(take.folder))
                self.table.setItem(index, column, item)
        if takes:
            self.table.selectRow(min(row, len(takes) - 1))
        self._selection_changed()

    def _selection_changed(self) -> None:
        for button in (self.export_button, self.discard_button):
            button.setEnabled(self.chosen is not None)

    def _ask_to_export(self) -> None:
        if self.chosen is not None:
            self.export_requested.emit(self.chosen)

    def _ask_to_discard(self) -> None:
        take = self.chosen
        if take is not None and self._may_discard(take):
            self.discard_requested.emit(take)

    def _may_discard(self, take: KeptTake) -> bool:
        name, _when, length, _size = _row_of(take)
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            "Discard the take?",
            f"Discard the take of {name} ({length})? This cannot be undone.",
            QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel,
            self,
        )
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        return box.exec() == QMessageBox.StandardButton.Discard

    def _build_layout(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(self.text)
        layout.addWidget(self.table, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.discard_button)
        buttons.addStretch(1)
        buttons.addWidget(self.export_button)
        buttons.addWidget(self.keep_button)
        layout.addLayout(buttons)


def _row_of(take: KeptTake) -> tuple[str, str, str, str]:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(take.changed_s))
    length = clock_text(round(take.seconds * SAMPLE_RATE_HZ))
    return take.film.name, when, length, f"{take.size_bytes / 1e6:.1f} MB"
