"""The part of the export dialog that says what is exported: the source, its parts, a range."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from app.command_line.path_file import clock_seconds
from app.delivery.parts import What
from app.export.choice import Source
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.runtime.takes.wording import clock_text
from widgets.parts.describe import describe
from widgets.parts.elided_list import ElidedList
from widgets.parts.panel import role_label

_TIME_WIDTH = 110


class WhatPart(QWidget):
    """`changed` fires whenever something else is chosen."""

    changed = Signal()

    def __init__(self, sources: Sequence[Source]) -> None:
        super().__init__()
        self.source = ElidedList()
        for source in sources:
            self.source.addItem(source.title, source)
        describe(self.source, "What to export", "The sound that is written", "Alt+S")
        self.mix = QCheckBox("Mix")
        describe(self.mix, "Mix", "All lanes that are heard, as one file", "Alt+M")
        self.lanes = QCheckBox("Each lane")
        describe(self.lanes, "Each lane", "One file per lane that is heard, at the level it has in the mix", "Alt+L")
        self.kept = QCheckBox("Kept takes")
        describe(self.kept, "Kept takes", "One file per take that is marked as kept", "Alt+K")
        self.mix.setChecked(True)
        self.ranged = QCheckBox("Only from")
        describe(self.ranged, "Only a range", "Export a part instead of the whole", "Alt+A")
        self.begin, self.end = QLineEdit("0:00"), QLineEdit()
        describe(self.begin, "Start of the range", "Seconds or mm:ss", "Alt+1")
        describe(self.end, "End of the range", "Seconds or mm:ss", "Alt+2")
        self.note = role_label("", "muted")
        self.note.setWordWrap(True)
        self._build_layout()
        self.source.currentIndexChanged.connect(self._source_changed)
        for box in (self.mix, self.lanes, self.kept, self.ranged):
            box.toggled.connect(self._changed)
        for line in (self.begin, self.end):
            line.textEdited.connect(self._changed)
        self._source_changed()

    def choose(self, key: str) -> None:
        """Choose a source, if it is there."""
        for row in range(self.source.count()):
            source = self.source.itemData(row)
            if source.key == key and source.is_there:
                self.source.setCurrentIndex(row)

    @property
    def chosen(self) -> Source:
        """The chosen source."""
        source = self.source.currentData()
        assert isinstance(source, Source)
        return source

    def what(self) -> What:
        """Return which parts are chosen. Raises InvalidInputError for a range that is none."""
        if not self.chosen.is_there:
            raise InvalidInputError(f"{self.chosen.title} cannot be exported: {self.chosen.note}")
        has_parts = self.chosen.scene is not None
        range_s = None
        if self.ranged.isChecked():
            try:
                range_s = clock_seconds(self.begin.text()), clock_seconds(self.end.text())
            except InvalidInputError as error:
                raise InvalidInputError(f"The range cannot be read. {error}") from None
            if not range_s[0] < range_s[1]:
                raise InvalidInputError("The range ends before it begins: choose a later end.")
        return What(
            mix=self.mix.isChecked() or not has_parts,
            stems=self.lanes.isChecked() and has_parts,
            kept_takes=self.kept.isChecked() and has_parts,
            range_s=range_s,
        )

    def _source_changed(self) -> None:
        self.begin.setText("0:00")
        self.end.setText(clock_text(round(self.chosen.length_s * SAMPLE_RATE_HZ)))
        self._changed()

    def _changed(self) -> None:
        source = self.chosen
        for box in (self.mix, self.lanes, self.kept):
            box.setEnabled(source.scene is not None)
        for line in (self.begin, self.end):
            line.setEnabled(self.ranged.isChecked())
        self.note.setText(" ".join(text for text in (source.note, source.missing) if text))
        self.note.setVisible(bool(self.note.text()))
        self.changed.emit()

    def _build_layout(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, 120)
        label = role_label("Source", "muted")
        label.setBuddy(self.source)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.source, 0, 1)
        grid.addWidget(self.note, 1, 1)
        boxes = QHBoxLayout()
        for box in (self.mix, self.lanes, self.kept):
            boxes.addWidget(box)
            boxes.addSpacing(12)
        boxes.addStretch(1)
        grid.addWidget(role_label("Files", "muted"), 2, 0)
        grid.addLayout(boxes, 2, 1)
        times = QHBoxLayout()
        times.addWidget(self.ranged)
        for line in (self.begin, self.end):
            line.setFixedWidth(_TIME_WIDTH)
        times.addWidget(self.begin)
        times.addWidget(role_label("to", "muted"))
        times.addWidget(self.end)
        times.addStretch(1)
        grid.addWidget(role_label("Range", "muted"), 3, 0)
        grid.addLayout(times, 3, 1)
