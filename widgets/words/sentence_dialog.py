"""One sentence becomes lanes: typed here, shown as rows that can be corrected, applied as one step."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from engine.contract.planned_lane import PlannedLane
from widgets.parts.describe import describe, dialog_button
from widgets.parts.panel import role_label
from widgets.words.plan_table import PlanTable
from widgets.words.reader_row import ReaderRow

READ_AFTER_MS: Final = 250
_LONGEST: Final = 2_000
_EXAMPLE: Final = "Such as: a dog barks on the left while rain falls behind me"


class SentenceDialog(QDialog):
    """`sentence_changed` fires when the user pauses typing, `rows_edited` after a correction.

    The owner answers both with `show_plan`. `apply_requested` carries the rows (PlannedLane).
    """

    sentence_changed = Signal(str)
    rows_edited = Signal(object)
    apply_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Lanes from a sentence")
        self.resize(900, 460)
        self.line = QLineEdit()
        self.line.setMaxLength(_LONGEST)
        self.line.setPlaceholderText(_EXAMPLE)
        describe(self.line, "Sentence", "What should be heard, and where. Each sound becomes a lane", "Alt+S")
        self.table = PlanTable()
        self.remarks = role_label("", "muted")
        self.remarks.setWordWrap(True)
        self.remarks.setAccessibleName("Remarks")
        self.add_button = dialog_button("Add row", "Add one more lane", "Alt+N")
        self.remove_button = dialog_button("Remove row", "Remove the chosen lane", "Alt+R")
        self.apply_button = dialog_button("Add lanes", "Add these lanes to the scene; one step of undo", "Ctrl+Return")
        self.apply_button.setDefault(True)
        self.cancel_button = dialog_button("Cancel", "Add nothing", "Esc")
        self.reader = ReaderRow()
        self.reader.hide()
        self.reader_switch = QToolButton()
        self.reader_switch.setText("Ask a model …")
        self.reader_switch.setCheckable(True)
        describe(
            self.reader_switch, "Ask a model", "Let a model at an address that you name read the sentence", "Alt+E"
        )
        self._build_layout()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(READ_AFTER_MS)
        self._pause.timeout.connect(self._read)
        self.line.textEdited.connect(lambda: self._pause.start())
        self.line.returnPressed.connect(self._read)
        self.table.rows_edited.connect(self.rows_edited)
        self.table.itemSelectionChanged.connect(self._show_buttons)
        self.reader_switch.toggled.connect(self.reader.setVisible)
        self.add_button.clicked.connect(self.table.add_row)
        self.remove_button.clicked.connect(self.table.remove_row)
        self.apply_button.clicked.connect(lambda: self.apply_requested.emit(self.table.rows))
        self.cancel_button.clicked.connect(self.reject)
        self._show_buttons()

    @property
    def sentence(self) -> str:
        """The sentence with single spaces."""
        return " ".join(self.line.text().split())

    def show_plan(self, rows: Sequence[PlannedLane], remarks: Sequence[str] = ()) -> None:
        """Show what the sentence, or a correction, was understood as."""
        self.table.show_rows(rows)
        problems = dict.fromkeys(row.problem for row in rows if row.problem)
        text = " ".join((*problems, *remarks))
        if text != self.remarks.text():
            self.remarks.setText(text)
        self._show_buttons()

    def _read(self) -> None:
        self._pause.stop()
        self.sentence_changed.emit(self.sentence)

    def _show_buttons(self) -> None:
        rows = self.table.rows
        can_apply = bool(rows) and all(row.words and not row.problem for row in rows)
        self.apply_button.setEnabled(can_apply)
        self.apply_button.setText(f"Add {len(rows)} lanes" if len(rows) > 1 else "Add lane")
        self.remove_button.setEnabled(0 <= self.table.currentRow() < len(rows))

    def _build_layout(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(self.line)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.remarks)
        layout.addWidget(self.reader)
        buttons = QHBoxLayout()
        for button in (self.add_button, self.remove_button, self.reader_switch):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.apply_button)
        layout.addLayout(buttons)
