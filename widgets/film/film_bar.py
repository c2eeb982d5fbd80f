"""Which film is open, how large it is, and how it is interpreted."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.contract.camera import shown_name
from engine.contract.video import VideoInfo
from widgets.film.film_reading import FilmReading
from widgets.parts.elided_label import ElidedLabel
from widgets.parts.text import clock_text, size_text


class FilmBar(QWidget):
    """Name, facts, and the controls of how the film is interpreted. See `FilmReading` for the signals."""

    choice_made = Signal(object)
    still_wanted = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel("hero", wants_room=True)
        self.title.setAccessibleName("Film")
        self.facts = ElidedLabel("muted")
        self.facts.setMinimumWidth(0)
        self.facts.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.reading = FilmReading()
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.title)
        row.addWidget(self.facts, 1)  # the first to shrink in a narrow window: the name says more
        row.addWidget(self.reading)
        self.reading.choice_made.connect(self.choice_made)
        self.reading.still_wanted.connect(self.still_wanted)
        self.show_film(None)

    def show_film(self, info: VideoInfo | None) -> None:
        """Show the facts of a film; None shows that there is none."""
        self.reading.show_film(info)
        if info is None:
            self.title.set_whole_text("No film")
            self.facts.set_whole_text("")
        else:
            self.title.set_whole_text(shown_name(info.path))
            size = size_text(info.width, info.height, None if info.times == "still" else info.fps)
            self.facts.set_whole_text(f"{size}, {'live' if info.is_live else clock_text(info.duration_s)}")
