"""The sounds that the model knows: searched by name, heard by key or click, used by Enter or double click."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.contract.known_sounds import KnownSound
from widgets.parts.describe import describe
from widgets.parts.panel import Panel, keep_room_while_hidden, role_label
from widgets.words.sound_list import SoundList
from widgets.words.wording import recognised_text, recognised_tip

_COLUMNS: Final = ("Sound", "Recognised")
_FIGURE_WIDTH: Final = 104
_ABOUT: Final = "The model generates 4 s of a sound when you play it."
_Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractTableModel):
    """The sounds that match a search. A row has its name and how well it is recognised."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._all: tuple[KnownSound, ...] = ()
        self._shown: list[KnownSound] = []

    def set_sounds(self, sounds: Sequence[KnownSound]) -> None:
        self._all = tuple(sounds)
        self.search("")

    def search(self, text: str) -> None:
        words = text.lower().split()
        self.beginResetModel()
        self._shown = [
            sound for sound in self._all if all(word in f"{sound.name} {sound.sound_class}".lower() for word in words)
        ]
        self.endResetModel()

    def sound(self, row: int) -> KnownSound | None:
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(_COLUMNS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        sound = self.sound(index.row())
        if sound is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (sound.name, recognised_text(sound))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return recognised_tip(sound)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section]
        return None


class SoundBrowser(Panel):
    """`heard` carries the name of a sound that should be played, `stopped` ends it.

    `used` carries a name whose words go into the selected block, or into a new lane.
    """

    heard = Signal(str)
    stopped = Signal()
    used = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Known sounds", parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._is_busy = False
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText("Search")
        describe(self.search, "Search the sounds", "Part of a name, such as dog or water", "Ctrl+F")
        self.model = _Model(self)
        self.list = SoundList(self.model, (_FIGURE_WIDTH,))
        describe(self.list, "Known sounds", "Space plays a sound, Enter uses its words", "Alt+Shift+Y")
        self.hear_button = QPushButton()
        self.use_button = QPushButton("Use")
        describe(
            self.use_button, "Use the words", "Put the words into the selected block, or into a new lane", "Alt+Shift+U"
        )
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        self.progress.setRange(0, 100)
        self.progress.setAccessibleName("How much of the sound is made")
        keep_room_while_hidden(self.progress)
        self.about = role_label(_ABOUT, "muted")
        self.about.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.hear_button, 1)
        buttons.addWidget(self.use_button, 1)
        layout = QVBoxLayout()
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        layout.addLayout(buttons)
        layout.addWidget(self.progress)
        layout.addWidget(self.about)
        self.body.addLayout(layout, 1)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self.list.setFocus)
        self.list.taken.connect(self._use)
        self.list.heard.connect(self._hear)
        self.list.selectionModel().currentRowChanged.connect(lambda _now, _before: self._show_chosen())
        self.hear_button.clicked.connect(self._hear)
        self.use_button.clicked.connect(self._use)
        self.show_state(0.0, "", is_busy=False)

    @property
    def chosen(self) -> KnownSound | None:
        """The chosen sound."""
        return self.model.sound(self.list.currentIndex().row())

    def show_sounds(self, sounds: Sequence[KnownSound]) -> None:
        """List these sounds."""
        self.model.set_sounds(sounds)
        self._search(self.search.text())

    def show_state(self, made: float, about: str, *, is_busy: bool) -> None:
        """Show how much of a sound is made (0 to 1), what happens, and whether it can be stopped."""
        self._is_busy = is_busy
        self.progress.setValue(round(100 * made))
        self.progress.setVisible(is_busy)
        if about and about != self.about.text():
            self.about.setText(about)
        self._show_buttons()

    def _search(self, text: str) -> None:
        self.model.search(text)
        if self.model.rowCount():
            self.list.selectRow(0)
        self._show_chosen()

    def _show_chosen(self) -> None:
        if not self._is_busy:
            sound = self.chosen
            self.about.setText(_ABOUT if sound is None else recognised_tip(sound))
        self._show_buttons()

    def _hear(self) -> None:
        if self._is_busy:
            self.stopped.emit()
        elif self.chosen is not None:
            self.heard.emit(self.chosen.name)

    def _use(self) -> None:
        if self.chosen is not None:
            self.used.emit(self.chosen.name)

    def _show_buttons(self) -> None:
        if self._is_busy:
            self.hear_button.setText("Stop")
            describe(self.hear_button, "Stop the sound", "Stop making or playing the sound", "Alt+Shift+H")
        else:
            self.hear_button.setText("Play")
            describe(self.hear_button, "Play the sound", "Let the model generate 4 s of this sound", "Alt+Shift+H")
        has_one = self.chosen is not None
        self.hear_button.setEnabled(self._is_busy or has_one)
        self.use_button.setEnabled(has_one)
