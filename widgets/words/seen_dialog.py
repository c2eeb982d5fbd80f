"""What moves in the film, as a list: a chosen row is shown in the film, and a row with words becomes a lane."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.contract.seen import SeenThing
from widgets.parts.describe import describe, dialog_button
from widgets.parts.panel import keep_room_while_hidden, role_label
from widgets.parts.text import direction_text, precise_clock_text
from widgets.words.rows import show_as_rows

_COLUMNS: Final = ("Time", "Something moves", "What should it sound like?")
_TIME, _PLACE, _WORDS = range(len(_COLUMNS))
_WIDTHS: Final = {_TIME: 130, _PLACE: 330}
_PROGRESS_WIDTH: Final = 160


class SeenDialog(QDialog):
    """`chosen` carries the thing whose row is chosen, `apply_requested` pairs of a thing and its words.

    `stop_requested` asks to give up looking through the film.
    """

    chosen = Signal(object)
    apply_requested = Signal(object)
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Lanes from the film")
        self.resize(860, 380)
        self._things: tuple[SeenThing, ...] = ()
        self.state = role_label("", "muted")
        self.state.setWordWrap(True)
        self.state.setAccessibleName("State")
        self.progress = QProgressBar()
        self.progress.setFixedWidth(_PROGRESS_WIDTH)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress")
        self.progress.setToolTip("How much of the film has been looked through")
        keep_room_while_hidden(self.progress)
        self.stop_button = dialog_button("Stop", "Stop looking through the film", "Alt+T")
        keep_room_while_hidden(self.stop_button)
        self.table = self._make_table()
        self.apply_button = dialog_button(
            "Add lanes", "Add a lane for every row with words; one step of undo", "Ctrl+Return"
        )
        self.apply_button.setDefault(True)
        self.cancel_button = dialog_button("Cancel", "Add nothing", "Esc")
        self._build_layout()
        self.table.itemChanged.connect(lambda _item: self._show_buttons())
        self.table.itemSelectionChanged.connect(self._choose)
        self.stop_button.clicked.connect(self.stop_requested)
        self.apply_button.clicked.connect(lambda: self.apply_requested.emit(self.named))
        self.cancel_button.clicked.connect(self.reject)
        self.show_things((), "")

    @property
    def named(self) -> tuple[tuple[SeenThing, str], ...]:
        """The things that have words, with single spaces, in the order of the list."""
        return tuple((thing, words) for row, thing in enumerate(self._things) if (words := self._words(row)))

    def show_search(self, fraction: float) -> None:
        """Show that the film is being looked through, up to a fraction from 0 to 1."""
        self.progress.setVisible(True)
        self.stop_button.setVisible(True)
        self.progress.setValue(round(100 * fraction))

    def show_things(self, things: Sequence[SeenThing], state: str) -> None:
        """Show what was found, without words, and a sentence on it; the search is over."""
        self.progress.setVisible(False)
        self.stop_button.setVisible(False)
        self.state.setText(state)
        self._things = ()
        self.table.setRowCount(0)
        self.table.setRowCount(len(things))
        for row, thing in enumerate(things):
            time = f"{precise_clock_text(thing.start_s)} to {precise_clock_text(thing.end_s)}"
            self.table.setItem(row, _TIME, _cell(time))
            self.table.setItem(row, _PLACE, _cell(_places(thing)))
            words = QTableWidgetItem()
            words.setToolTip('Words for the model, such as "a dog barks"; without words no lane is added')
            self.table.setItem(row, _WORDS, words)
        self._things = tuple(things)
        if things:
            self.table.setCurrentCell(0, _WORDS)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_buttons()

    def _words(self, row: int) -> str:
        item = self.table.item(row, _WORDS)
        return "" if item is None else " ".join(item.text().split())

    def _choose(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._things):
            self.chosen.emit(self._things[row])

    def _show_buttons(self) -> None:
        count = len(self.named)
        self.apply_button.setEnabled(count > 0)
        self.apply_button.setText(f"Add {count} lanes" if count > 1 else "Add lane")

    def _make_table(self) -> QTableWidget:
        table = QTableWidget()
        show_as_rows(table, _COLUMNS, _WIDTHS)
        describe(table, "What moves", "Choose a row to see it in the film. Type what it should sound like", "Alt+L")
        return table

    def _build_layout(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        top = QHBoxLayout()
        top.addWidget(self.state, 1)
        top.addWidget(self.progress)
        top.addWidget(self.stop_button)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.apply_button)
        layout.addLayout(buttons)


def _places(thing: SeenThing) -> str:
    first, last = thing.path.points[0].direction, thing.path.points[-1].direction
    ends = [direction_text(place.azimuth_deg, place.elevation_deg) for place in (first, last)]
    return ends[0] if ends[0] == ends[1] else f"from {ends[0]} to {ends[1]}"


def _cell(text: str) -> QTableWidgetItem:
    cell = QTableWidgetItem(text)
    cell.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    cell.setToolTip(text)
    return cell
