"""One export of the queue: what it writes, how far it is, and what can be done about it."""

from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from widgets.delivery.check_table import CheckedFile, CheckTable
from widgets.parts.elided_label import ElidedLabel
from widgets.parts.panel import role_label

RowState = Literal["waiting", "running", "stopping", "done", "failed", "cancelled"]
_STEPS: Final = 1000
_TELLS: Final[dict[RowState, str]] = {
    "waiting": "Waiting",
    "running": "",
    "stopping": "Cancelling …",
    "done": "Finished, all checks passed",
    "failed": "Failed",
    "cancelled": "Cancelled; nothing was written",
}


@dataclass(frozen=True)
class QueueRowFacts:
    """What a row shows. `left` is the time that is left as m:ss or "", `sentence` what went wrong or is to be known."""

    title: str
    place: str
    state: RowState
    fraction: float = 0.0
    left: str = ""
    sentence: str = ""
    files: tuple[CheckedFile, ...] = ()


class QueueRow(QFrame):
    """Buttons only ask: `cancel_asked`, `again_asked`, `folder_asked` and `remove_asked`."""

    cancel_asked = Signal()
    again_asked = Signal()
    folder_asked = Signal()
    remove_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._facts: QueueRowFacts | None = None
        self.title, self.place = ElidedLabel("value"), ElidedLabel("muted")
        self.status = role_label("", "muted")
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setRange(0, _STEPS)
        self.progress.setTextVisible(False)
        self.cancel = self._button("Cancel", "Stop this export; no partial file is left")
        self.again = self._button("Try again", "Run this export again")
        self.folder = self._button("Show in folder", "Open the folder of the files")
        self.checks = self._button("Checks", "Show or hide what was read back from the files")
        self.checks.setCheckable(True)
        self.remove = self._button("Remove", "Take this row off the list; the files stay")
        self.table = CheckTable()
        self.table.hide()
        self._build_layout()
        for button, signal in (
            (self.cancel, self.cancel_asked),
            (self.again, self.again_asked),
            (self.folder, self.folder_asked),
            (self.remove, self.remove_asked),
        ):
            button.clicked.connect(signal)
        self.checks.toggled.connect(self.table.setVisible)

    def show_facts(self, facts: QueueRowFacts) -> None:
        """Show these facts; what is as before is not touched, so that the focus stays."""
        before, self._facts = self._facts, facts
        if before is not None and before.state == facts.state and before.files == facts.files:
            self._show_progress(facts)
            return
        self.title.set_whole_text(facts.title)
        self.place.set_whole_text(facts.place)
        for widget in (self, self.progress, self.cancel, self.again, self.folder, self.checks, self.remove):
            name = widget.text() if isinstance(widget, QPushButton) else "Export"
            widget.setAccessibleName(f"{name}: {facts.title}")
        had_focus = any(b.hasFocus() for b in (self.cancel, self.again, self.folder, self.checks, self.remove))
        is_live = facts.state in ("waiting", "running", "stopping")
        self.cancel.setVisible(facts.state in ("waiting", "running"))
        self.again.setVisible(facts.state in ("failed", "cancelled"))
        self.folder.setVisible(facts.state == "done")
        self.checks.setVisible(bool(facts.files))
        self.remove.setVisible(not is_live)
        self.progress.setVisible(is_live)
        self.sentence.setVisible(bool(facts.sentence))
        self.sentence.setText(facts.sentence)
        self._set_role(self.sentence, "bad" if facts.state == "failed" else "muted")
        self._set_role(self.status, "bad" if facts.state == "failed" else "muted")
        self.table.show_files(facts.files)
        if facts.state == "done":
            self.checks.setChecked(True)
        elif is_live:
            self.checks.setChecked(False)
        if had_focus and not is_live:
            (self.folder if facts.state == "done" else self.again).setFocus()
        self._show_progress(facts)

    def _show_progress(self, facts: QueueRowFacts) -> None:
        self.progress.setValue(round(_STEPS * facts.fraction))
        told = _TELLS[facts.state]
        if facts.state == "running":
            told = f"{100 * facts.fraction:.0f} %" + (f", {facts.left} left" if facts.left else "")
        self.status.setText(told)

    def _set_role(self, label: QLabel, role: str) -> None:
        if label.property("role") != role:
            label.setProperty("role", role)
            label.style().unpolish(label)
            label.style().polish(label)

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleDescription(tip)
        button.setAutoDefault(False)
        return button

    def _build_layout(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.status)
        layout.addLayout(head)
        layout.addWidget(self.place)
        layout.addWidget(self.progress)
        layout.addWidget(self.sentence)
        layout.addWidget(self.table)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.checks, self.folder, self.again, self.remove, self.cancel):
            buttons.addWidget(button)
        layout.addLayout(buttons)
