"""Candidates of a block: made with progress, ranked with reasons, heard by one key, chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from widgets.parts.panel import Panel, role_label

_WIDTH = 560
_NOW = "The sound as it is"


@dataclass(frozen=True)
class Candidate:
    """A candidate as the dialog shows it: `score` is 0 to 1, None before the ranking; `reasons` are sentences."""

    take_id: str
    score: float | None = None
    reasons: tuple[str, ...] = ()


class CandidateDialog(QDialog):
    """`heard` sends the id of the candidate to listen to, "" for the sound as it is; `chosen` the one to use.

    `cancelled`: the user does not want the ones that are still being made.
    """

    heard = Signal(str)
    chosen = Signal(str)
    cancelled = Signal()

    def __init__(self, words: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Give me 6")
        self.setMinimumWidth(_WIDTH)
        self._candidates: list[Candidate] = []
        self._heard = ""
        self.title: QLabel = role_label(words, "hero")
        self.title.setWordWrap(True)
        self.note: QLabel = role_label("", "muted")
        self.note.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("How much is made")
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 6, 0)
        column.addLayout(self._list)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(page)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumHeight(320)
        self.rows: list[_Row] = []
        self.now = QPushButton(f"{_NOW} (0)")
        self.now.setToolTip("Hear what the block sounds like now (0)")
        self.now.setCheckable(True)
        self.now.setAutoDefault(False)
        self.use = QPushButton("Use (Enter)")
        self.use.setObjectName("primary")
        self.use.setDefault(True)
        self.use.setToolTip("Use the candidate that is heard (Enter)")
        self.leave = QPushButton("Close")
        self.leave.setToolTip("Keep the sound as it is; what is not made yet is not made (Esc)")
        self.leave.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.addWidget(self.now)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.use)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        for part in (self.title, self.note, self.progress):
            layout.addWidget(part)
        layout.addWidget(area, 1)
        layout.addLayout(buttons)
        self.now.clicked.connect(partial(self.hear, ""))
        self.use.clicked.connect(self._use)
        self.leave.clicked.connect(self.reject)
        self.rejected.connect(self.cancelled)
        for number in range(10):
            key = QShortcut(QKeySequence(str(number)), self)
            key.activated.connect(partial(self._hear_number, number))
        self.show_making(0.0, 0, 0)
        self._show_heard()

    def show_making(self, share: float, made: int, wanted: int) -> None:
        """Show how much is made: a share from 0 to 1, and whole candidates."""
        self.progress.setValue(round(1000 * share))
        self.note.setText(f"Making takes: {made} of {wanted} are there. Keys from 1 on play them.")

    def show_candidates(self, candidates: Sequence[Candidate], note: str = "") -> None:
        """Show candidates, the best first if they are ranked; `note` says how far it is."""
        if note:
            self.note.setText(note)
            self.progress.setVisible(False)
        if list(candidates) == self._candidates:
            return
        self._candidates = list(candidates)
        for row in self.rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self.rows = [_Row(candidate, number) for number, candidate in enumerate(candidates, start=1)]
        for row in self.rows:
            self._list.addWidget(row)
            row.button.clicked.connect(partial(self.hear, row.take_id))
        self._show_heard()

    def hear(self, take_id: str, _checked: bool = False) -> None:
        """Hear a candidate, or the sound as it is."""
        self._heard = take_id
        self._show_heard()
        self.heard.emit(take_id)

    def _hear_number(self, number: int) -> None:
        if number == 0:
            self.hear("")
        elif number <= len(self._candidates):
            self.hear(self._candidates[number - 1].take_id)

    def _use(self) -> None:
        if self._heard:
            take_id = self._heard
            self.accept()
            self.chosen.emit(take_id)

    def _show_heard(self) -> None:
        for row in self.rows:
            row.button.setChecked(row.take_id == self._heard)
        self.now.setChecked(self._heard == "")
        self.use.setEnabled(self._heard != "")


class _Row(Panel):
    """A candidate: a button to hear it, its score, and its reasons."""

    def __init__(self, candidate: Candidate, number: int) -> None:
        super().__init__("")
        self.take_id = candidate.take_id
        self.button = QPushButton(f"Hear {number}")
        self.button.setCheckable(True)
        self.button.setAutoDefault(False)
        self.button.setToolTip(f"Hear this candidate ({number})")
        self.button.setAccessibleName(f"Hear candidate {number}")
        score = "not ranked yet" if candidate.score is None else f"{candidate.score:.2f}"
        head = QHBoxLayout()
        head.addWidget(self.button)
        head.addWidget(role_label(score, "value"))
        head.addStretch(1)
        self.body.addLayout(head)
        if candidate.reasons:
            self.reasons = QLabel("\n".join(candidate.reasons))
            self.reasons.setTextFormat(Qt.TextFormat.PlainText)
            self.reasons.setWordWrap(True)
            self.body.addWidget(self.reasons)
