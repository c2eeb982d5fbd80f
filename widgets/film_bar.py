"""Which film is open, how large it is, and how it is packed."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from engine.contract.video import StereoLayout, VideoInfo
from widgets.describe import describe
from widgets.elided_label import ElidedLabel
from widgets.panel import role_label
from widgets.text import clock_text, size_text

_NAMES = {StereoLayout.MONO: "One picture (mono)", StereoLayout.TOP_BOTTOM: "Top and bottom (stereo)"}


class FilmBar(QWidget):
    """Name, facts, and the layout, which can be overridden. `layout_chosen` carries a StereoLayout."""

    layout_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel("hero")
        self.title.setAccessibleName("Film")
        self.facts: QLabel = role_label("", "muted")
        self.layout_label: QLabel = role_label("Layout", "muted")
        self.layouts = QComboBox()
        for layout, name in _NAMES.items():
            self.layouts.addItem(name, layout)
        describe(self.layouts, "Layout of the film", "How the film is packed; change it if it looks doubled", "Alt+L")
        self.layout_label.setBuddy(self.layouts)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.title, 1)
        row.addWidget(self.facts)
        row.addSpacing(8)
        row.addWidget(self.layout_label)
        row.addWidget(self.layouts)
        self.layouts.activated.connect(self._chosen)
        self.show_film(None)

    def show_film(self, info: VideoInfo | None) -> None:
        for part in (self.layouts, self.layout_label):
            part.setEnabled(info is not None)
        self.layout_label.setText("Layout")
        if info is None:
            self.title.set_whole_text("No film")
            self.facts.setText("")
        else:
            self.title.set_whole_text(info.path.replace("\\", "/").rsplit("/", 1)[-1])
            self.facts.setText(f"{size_text(info.width, info.height, info.fps)}, {clock_text(info.duration_s)}")
            self.layout_label.setText("Layout (guessed)" if info.layout_is_guess else "Layout")
            with QSignalBlocker(self.layouts):
                self.layouts.setCurrentIndex(list(_NAMES).index(info.layout))

    def _chosen(self, index: int) -> None:
        self.layout_chosen.emit(list(_NAMES)[index])
