"""The takes of a block: which is heard, which are kept; compared, named, deleted, and candidates asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QSizePolicy, QWidget

from widgets.parts.describe import describe
from widgets.parts.panel import Panel, role_label

_ID = Qt.ItemDataRole.UserRole
_LEAST_ROWS = 4


@dataclass(frozen=True)
class TakeRow:
    """A take as the list shows it."""

    take_id: str
    title: str
    detail: str = ""
    is_heard: bool = False
    is_kept: bool = False

    @property
    def text(self) -> str:
        """The line in the list."""
        marks = ", ".join(filter(None, ("heard" if self.is_heard else "", "kept" if self.is_kept else "", self.detail)))
        return f"{self.title}  ({marks})" if marks else self.title


class TakePanel(Panel):
    """The list sends the id of the chosen take with every wish.

    `hear_wanted` makes it the block's sound; `compare_wanted` is pressed for A and B in turn.
    """

    hear_wanted = Signal(str)
    keep_wanted = Signal(str, bool)
    name_wanted = Signal(str, str)
    delete_wanted = Signal(str)
    compare_wanted = Signal(str)
    candidates_wanted = Signal()
    reroll_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)  # the list takes what is there
        self._rows: list[TakeRow] = []
        self._shows = False
        self.title: QLabel = role_label("", "value")
        self.title.setWordWrap(True)
        self.list = _TakeList()
        self.hear, self.keep, self.name, self.delete, self.compare, self.candidates, self.reroll = (
            QPushButton(text)
            for text in ("Use", "Keep", "Name …", "Delete", "A/B", "Give me 6", "Re-roll the loop range")
        )
        describe(self.list, "Takes of the block", "Enter uses the take, F2 names it, Del deletes it", "Alt+T")
        describe(self.hear, "Use the take", "Hear this take in the scene from now on", "Alt+Return")
        describe(self.keep, "Keep the take", "Keep it, whatever happens to the words", "Alt+Shift+Q")
        describe(self.name, "Name the take", "Give the take a name", "Alt+Shift+N")
        describe(self.delete, "Delete the take", "Delete the take from the list; undo brings it back", "Alt+Del")
        describe(self.compare, "Compare A and B", "Hear this take and the one in use in turn, equally loud", "X")
        describe(self.candidates, "Give me 6", "Make six other takes and rank them", "6")
        describe(
            self.reroll, "Re-roll the loop range", "Make the part between loop in and out again, with cross-fades",
            "Ctrl+Alt+R",
        )  # fmt: skip
        self.keep.setCheckable(True)
        self.compare.setCheckable(True)
        self.compared: QLabel = role_label("", "muted")
        self.compared.setWordWrap(True)
        grid = QGridLayout()
        grid.setSpacing(6)
        for index, button in enumerate((self.hear, self.keep, self.compare, self.name, self.delete, self.candidates)):
            grid.addWidget(button, index // 3, index % 3)
        self.body.addWidget(self.title)
        self.body.addWidget(self.list, 1)
        self.body.addLayout(grid)
        self.body.addWidget(self.reroll)
        self.body.addWidget(self.compared)
        self.list.itemSelectionChanged.connect(self._show_buttons)
        self.list.itemActivated.connect(lambda _item: self._use())
        self.list.itemChanged.connect(self._renamed)
        self.list.delete_pressed.connect(self.delete.click)
        self.hear.clicked.connect(self._use)
        self.keep.clicked.connect(lambda on: self._with_chosen(lambda take_id: self.keep_wanted.emit(take_id, on)))
        self.name.clicked.connect(lambda: self.list.edit_current())
        self.delete.clicked.connect(lambda: self._with_chosen(self.delete_wanted.emit))
        self.compare.clicked.connect(lambda: self._with_chosen(self.compare_wanted.emit))
        self.candidates.clicked.connect(self.candidates_wanted)
        self.reroll.clicked.connect(self.reroll_wanted)
        self.show_takes("", [], can_make=False)

    @property
    def chosen(self) -> str | None:
        """The id of the take that is chosen in the list."""
        items = self.list.selectedItems()
        return items[0].data(_ID) if items else None

    def show_takes(self, title: str, rows: Sequence[TakeRow], *, can_make: bool) -> None:
        """Show the takes of a block; `can_make`: others can be made of it."""
        self.title.setText(title or "Select a block that the model makes.")
        if list(rows) != self._rows:
            chosen = self.chosen
            self._rows = list(rows)
            self._shows = True
            self.list.clear()
            for row in rows:
                self.list.addItem(_item(row))
            wanted = chosen if any(row.take_id == chosen for row in rows) else None
            heard = next((row.take_id for row in rows if row.is_heard), None)
            for index, row in enumerate(rows):
                if row.take_id == (wanted or heard):
                    self.list.setCurrentRow(index)
            self._shows = False
        self.candidates.setEnabled(can_make)
        self.reroll.setEnabled(can_make)
        self._show_buttons()

    def show_compared(self, letter: str, sentence: str) -> None:
        """Show which of A and B is heard; "" ends the comparison."""
        self.compare.setChecked(letter == "B")
        self.compare.setText(f"A/B: {letter}" if letter else "A/B")
        self.compared.setText(sentence)

    def _show_buttons(self) -> None:
        row = next((row for row in self._rows if row.take_id == self.chosen), None)
        for button in (self.hear, self.keep, self.name, self.delete):
            button.setEnabled(row is not None)
        self.compare.setEnabled(row is not None and not row.is_heard)
        self.hear.setEnabled(row is not None and not row.is_heard)
        self.keep.setChecked(row is not None and row.is_kept)

    def _use(self) -> None:
        self._with_chosen(self.hear_wanted.emit)

    def _with_chosen(self, wish: Callable[[str], object]) -> None:
        if self.chosen is not None:
            wish(self.chosen)

    def _renamed(self, item: QListWidgetItem) -> None:
        if self._shows:
            return
        row = next(row for row in self._rows if row.take_id == item.data(_ID))
        name = item.text().strip()
        self._shows = True
        item.setText(row.text)
        self._shows = False
        if name not in (row.text, row.title):
            self.name_wanted.emit(row.take_id, name)


class _TakeList(QListWidget):
    delete_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setUniformItemSizes(True)
        self.setEditTriggers(QListWidget.EditTrigger.EditKeyPressed)

    def sizeHint(self) -> QSize:
        """Return the size that the list asks for, in pixels."""
        return QSize(200, _LEAST_ROWS * 26)

    def minimumSizeHint(self) -> QSize:
        """Return the least size, in pixels."""
        return QSize(120, 60)

    def edit_current(self) -> None:
        """Type the name of the chosen take."""
        if self.currentItem() is not None:
            self.editItem(self.currentItem())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete on Del."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)


def _item(row: TakeRow) -> QListWidgetItem:
    item = QListWidgetItem(row.text)
    item.setData(_ID, row.take_id)
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
    item.setToolTip(row.text)
    font = item.font()
    font.setBold(row.is_heard)
    item.setFont(font)
    return item
