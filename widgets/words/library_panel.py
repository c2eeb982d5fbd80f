"""The user's own sounds: searched by words, heard in place, added at the playhead or dragged onto film and timeline."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, QUrl, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.contract.library import LibrarySound
from widgets.parts.describe import describe
from widgets.parts.panel import Panel, role_label
from widgets.parts.text import precise_clock_text
from widgets.words.sound_list import SoundList

_COLUMNS: Final = ("Sound", "Length", "Kind")
_KINDS: Final = {1: "mono", 2: "stereo", 4: "FOA"}
_WIDTHS: Final = (70, 60)
_EMPTY: Final = "Add a folder of your recordings. The files are neither moved nor changed."
_Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractTableModel):
    """The sounds that match a search; a dragged row is its file."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: Sequence[LibrarySound] = ()

    def show_sounds(self, sounds: Sequence[LibrarySound]) -> None:
        self.beginResetModel()
        self._shown = sounds
        self.endResetModel()

    def sound(self, row: int) -> LibrarySound | None:
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(_COLUMNS)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        rows = sorted({index.row() for index in indexes})
        data = QMimeData()
        sounds = [sound for row in rows if (sound := self.sound(row)) is not None]
        data.setUrls([QUrl.fromLocalFile(sound.path) for sound in sounds])
        return data

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        sound = self.sound(index.row())
        if sound is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (sound.name, precise_clock_text(sound.seconds), _KINDS.get(sound.channels, ""))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(text for text in (sound.path, sound.tags) if text)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section]
        return None


class LibraryPanel(Panel):
    """`searched` carries the text, `heard` and `added` the path of a sound; the others carry nothing."""

    searched = Signal(str)
    heard = Signal(str)
    added = Signal(str)
    stopped = Signal()
    folder_wanted = Signal()
    folders_dropped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Your recordings", parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._is_busy = False
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText("Search")
        describe(self.search, "Search your recordings", "Words of names, folders and tags", "Alt+Shift+E")
        self.model = _Model(self)
        self.list = SoundList(self.model, _WIDTHS)
        self.list.setDragEnabled(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        tip = "Space plays a recording, Enter adds it at the playhead; drag it onto the film or the timeline"
        describe(self.list, "Your recordings", tip, "Alt+Shift+B")
        self.hear_button = QPushButton()
        self.add_button = QPushButton("Add")
        describe(self.add_button, "Add the recording", "Add it as a lane, at the playhead", "Alt+Shift+D")
        self.folder_button, self.clear_button = QPushButton("Add folder …"), QPushButton("Clear")
        describe(self.folder_button, "Add a folder", "List the sounds of a folder and of those in it", "Alt+Shift+O")
        describe(self.clear_button, "Clear the list", "Forget the folders; no file is changed", "Alt+Shift+C")
        self.about = role_label(_EMPTY, "muted")
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        layout = QVBoxLayout()
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        for pair in ((self.hear_button, self.add_button), (self.folder_button, self.clear_button)):
            row = QHBoxLayout()
            for button in pair:
                row.addWidget(button, 1)
            layout.addLayout(row)
        layout.addWidget(self.about)
        self.body.addLayout(layout, 1)
        self.search.textChanged.connect(self.searched)
        self.search.returnPressed.connect(self.list.setFocus)
        self.list.taken.connect(self._add)
        self.list.heard.connect(self._hear)
        self.list.selectionModel().currentRowChanged.connect(lambda _now, _before: self._show_buttons())
        self.hear_button.clicked.connect(self._hear)
        self.add_button.clicked.connect(self._add)
        self.folder_button.clicked.connect(self.folder_wanted)
        self.clear_button.clicked.connect(self.folders_dropped)
        self.show_state(_EMPTY, is_busy=False)

    @property
    def chosen(self) -> LibrarySound | None:
        """The chosen sound."""
        return self.model.sound(self.list.currentIndex().row())

    def show_sounds(self, sounds: Sequence[LibrarySound]) -> None:
        """List the sounds that were found, and choose the first."""
        self.model.show_sounds(sounds)
        if sounds:
            self.list.selectRow(0)
        self._show_buttons()

    def show_count(self, count: int, *, has_folders: bool) -> None:
        """Say how many sounds can be searched; without folders, say how to add one."""
        self.clear_button.setEnabled(has_folders)
        counted = f"{count} sound" if count == 1 else f"{count} sounds"
        self.show_state(f"{counted} in your folders" if has_folders else _EMPTY, is_busy=False)

    def show_state(self, text: str, *, is_busy: bool) -> None:
        """Say what happens, and whether something plays that can be stopped."""
        self._is_busy = is_busy
        self.about.setText(text)
        self._show_buttons()

    def _hear(self) -> None:
        if self._is_busy:
            self.stopped.emit()
        elif self.chosen is not None:
            self.heard.emit(self.chosen.path)

    def _add(self) -> None:
        if self.chosen is not None:
            self.added.emit(self.chosen.path)

    def _show_buttons(self) -> None:
        if self._is_busy:
            self.hear_button.setText("Stop")
            describe(self.hear_button, "Stop the recording", "Stop playing it", "Alt+Shift+P")
        else:
            self.hear_button.setText("Play")
            describe(self.hear_button, "Play the recording", "Hear its first 20 s", "Alt+Shift+P")
        has_one = self.chosen is not None
        self.hear_button.setEnabled(self._is_busy or has_one)
        self.add_button.setEnabled(has_one)
