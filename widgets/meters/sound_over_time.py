"""The panel of sound over time: levels, signed intensity or direction, one at a time."""

from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QStackedWidget, QToolButton, QWidget

from engine.contract.camera import LIVE_S
from engine.contract.telemetry import FoaLevels
from widgets.meters.direction_picture import AZIMUTH_SHARE, direction_picture
from widgets.meters.field_history import FieldHistory
from widgets.meters.film_plot import FilmPlot, RowName, plot_levels
from widgets.meters.intensity_picture import AXES, intensity_picture
from widgets.meters.level_plot import LevelPlot
from widgets.parts.describe import describe
from widgets.parts.panel import Panel, role_label

_SHOWN: Final = {
    "levels": ("Levels", "Show the levels of W, X, Y and Z, the last 12 seconds", "Ctrl+1"),
    "intensity": ("Intensity", "Show the signed intensity along X, Y and Z over the whole film", "Ctrl+2"),
    "direction": ("Direction", "Show azimuth and elevation over the whole film", "Ctrl+3"),
}
SOUND_VIEWS: Final = tuple(_SHOWN)
_LIVE_FIRST_S: Final = 60.0
_AFTER_TITLE: Final = 2
_APART: Final = 12
_SIDES: Final = (("front", "back"), ("left", "right"), ("up", "down"))


class SoundOverTime(Panel):
    """Takes the levels of what is heard. `seek_requested` carries a film time in seconds."""

    seek_requested = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.history = FieldHistory()
        self._is_live = False
        self.levels = LevelPlot()
        self.intensity = FilmPlot(
            self.history,
            intensity_picture,
            _intensity_names(),
            "Intensity along X, Y and Z over the film",
            "Active intensity: where the sound comes from, and how much.\n"
            "X: front or back. Y: left or right. Z: up or down.",
        )
        self.direction = FilmPlot(
            self.history,
            direction_picture,
            _direction_names(),
            "Direction of the sound over the film",
            "Azimuth above, elevation below. Bright is loud; pale is diffuse.",
        )
        self.plots = (self.intensity, self.direction)
        self.pages = QStackedWidget()
        self._head = QHBoxLayout()
        self.buttons: dict[str, QToolButton] = {}
        self._build()
        for plot in self.plots:
            plot.seek_requested.connect(self.seek_requested)

    @property
    def view(self) -> str:
        """The view that is shown, one of `SOUND_VIEWS`."""
        return SOUND_VIEWS[self.pages.currentIndex()]

    def set_view(self, view: str) -> None:
        """Show one of `SOUND_VIEWS`; the first for any other name."""
        place = SOUND_VIEWS.index(view) if view in SOUND_VIEWS else 0
        self.buttons[SOUND_VIEWS[place]].setChecked(True)
        self.pages.setCurrentIndex(place)

    def add_control(self, control: QWidget) -> None:
        """Put a control that belongs to the sound beside the title."""
        self._head.insertWidget(_AFTER_TITLE, control)
        self._head.insertSpacing(_AFTER_TITLE + 1, _APART)

    def begin(self, duration_s: float, *, is_live: bool = False) -> None:
        """Start with a film of this length, of which nothing was heard; of what is live, the first minute is shown."""
        self._is_live = is_live
        self.history.begin(min(_LIVE_FIRST_S, duration_s) if is_live else duration_s)
        self.levels.clear()
        for plot in self.plots:
            plot.begin()

    def add(self, levels: FoaLevels) -> None:
        """Take the levels of the sound that is heard now."""
        self.levels.add(levels)
        if self._is_live and self.history.duration_s <= levels.start_s + levels.duration_s < LIVE_S:
            while self.history.duration_s <= levels.start_s + levels.duration_s:
                self.history.double()
            for plot in self.plots:
                plot.show_longer()
        plot_levels(self.history, self.plots, levels)

    def set_position(self, position_s: float) -> None:
        """Move the line at the position, a film time in seconds."""
        for plot in self.plots:
            plot.set_position(position_s)

    def zoom_in(self) -> None:
        """Show less of the film, in more detail."""
        for plot in self.plots:
            plot.zoom_in()

    def zoom_out(self) -> None:
        """Show more of the film."""
        for plot in self.plots:
            plot.zoom_out()

    def _build(self) -> None:
        head = self._head
        head.setSpacing(4)
        head.addWidget(role_label("SOUND OVER TIME", "title"))
        head.addStretch(1)
        group = QButtonGroup(self)
        for view, (text, tip, key) in _SHOWN.items():
            button = QToolButton()
            button.setText(text)
            button.setCheckable(True)
            button.setProperty("role", "switch")
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            describe(button, f"{text} over time", tip, key)
            button.clicked.connect(partial(self.set_view, view))
            group.addButton(button)
            head.addWidget(button)
            self.buttons[view] = button
        self.body.addLayout(head)
        for page in (self.levels, *self.plots):
            self.pages.addWidget(page)
        self.body.addWidget(self.pages, 1)
        self.body.setSpacing(4)
        self.set_view("levels")


def _intensity_names() -> tuple[RowName, ...]:
    lane = 1.0 / len(AXES)
    names = []
    for place, (channel, (above, below)) in enumerate(zip(AXES, _SIDES, strict=True)):
        top = place * lane
        names.append(RowName(channel.name, top + 0.5 * lane, channel))
        names.append(RowName(above, top + 0.24 * lane))
        names.append(RowName(below, top + 0.76 * lane))
    return tuple(names)


def _direction_names() -> tuple[RowName, ...]:
    around = [("left", 0.25), ("right", 0.75), ("front", 0.5)]
    upright = [("up", 0.0), ("down", 1.0), ("level", 0.5)]
    below = 1.0 - AZIMUTH_SHARE
    return (
        *(RowName(text, AZIMUTH_SHARE * place) for text, place in around),
        *(RowName(text, AZIMUTH_SHARE + below * (0.14 + 0.72 * place)) for text, place in upright),
    )
