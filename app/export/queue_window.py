"""The window of the export queue: one row per export."""

from functools import partial

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.export.queue import ExportQueue, QueueEntry
from widgets.delivery.queue_row import QueueRow
from widgets.parts.describe import describe
from widgets.parts.panel import role_label


class QueueWindow(QDialog):
    """Does not stop the film; closing it leaves the exports running."""

    def __init__(self, queue: ExportQueue, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Exports")
        self.resize(760, 520)
        self._queue = queue
        self.rows: dict[QueueEntry, QueueRow] = {}
        self.empty = role_label("Nothing is being exported. Choose File, Export to add something.", "muted")
        self.clear = QPushButton("Remove finished")
        describe(self.clear, "Remove finished exports", "Take ended exports off the list; the files stay", "Alt+R")
        self.close_button = QPushButton("Close")
        describe(self.close_button, "Close", "Close the list; exports go on", "Esc")
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self._list.addWidget(self.empty)
        self._list.addStretch(1)
        self._build_layout()
        queue.changed.connect(self._show)
        queue.removed.connect(self._drop)
        self.clear.clicked.connect(self._clear)
        self.close_button.clicked.connect(self.reject)
        for entry in queue.entries:
            self._show(entry)
        self._show_count()

    def _show(self, entry: QueueEntry) -> None:
        row = self.rows.get(entry)
        if row is None:
            row = self.rows[entry] = QueueRow()
            row.cancel_asked.connect(partial(self._queue.cancel, entry))
            row.again_asked.connect(partial(self._queue.try_again, entry))
            row.remove_asked.connect(partial(self._queue.remove, entry))
            row.folder_asked.connect(partial(self._show_folder, entry))
            self._list.insertWidget(0, row)  # the newest first
        row.show_facts(entry.facts())
        self._show_count()

    def _drop(self, entry: QueueEntry) -> None:
        row = self.rows.pop(entry, None)
        if row is not None:
            row.hide()
            row.deleteLater()
        self._show_count()

    def _clear(self) -> None:
        for entry in list(self._queue.entries):
            self._queue.remove(entry)

    def _show_count(self) -> None:
        self.empty.setVisible(not self.rows)
        self.clear.setEnabled(any(not entry.is_live for entry in self._queue.entries))

    def _show_folder(self, entry: QueueEntry) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(entry.folder)))

    def _build_layout(self) -> None:
        content = QWidget()
        content.setLayout(self._list)
        self._list.setContentsMargins(0, 0, 6, 0)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(area, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.clear)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        layout.addLayout(buttons)
