"""The window: layout only. The menus are in menus.py; what happens on a signal is in app/wiring."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QHBoxLayout,
    QMainWindow,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.window.menus import Menus
from app.window.panel_tabs import PanelTabs
from widgets.film.empty_film import EmptyFilm
from widgets.film.film_bar import FilmBar
from widgets.film.map_control import MapControl
from widgets.film.notice_bar import NoticeBar
from widgets.meters.channel_meters import ChannelMeters
from widgets.meters.channel_switches import ChannelSwitches
from widgets.meters.loudest_look import LoudestLook
from widgets.meters.loudness_readout import LoudnessReadout
from widgets.meters.sound_over_time import SoundOverTime
from widgets.panels.block_editor import BlockEditor
from widgets.panels.direction_panel import DirectionPanel
from widgets.panels.engine_status import EngineStatus
from widgets.panels.output_panel import OutputPanel
from widgets.panels.prompt_editor import PromptEditor
from widgets.parts.describe import let_keys_act
from widgets.parts.panel import Panel
from widgets.timeline.timeline_view import TimelineView
from widgets.timeline.transport_bar import TransportBar

if TYPE_CHECKING:
    from widgets.film.panorama_view import PanoramaView

_SIDE_WIDTH: Final = 318
_MARGINS: Final = (14, 4, 14, 8)
_FRAME: Final = QSize(16, 40)
_FILM_SHARE, _TIMELINE_SHARE = 58, 42


class MainWindow(QMainWindow):
    """Holds the widgets; `panorama` and `timeline` are passed in, so that the window needs no picture code."""

    files_dropped = Signal(object, object, object)
    """Files, and where they were dropped: a film time in seconds over the lanes, a unit vector over the film."""
    closing = Signal()
    escaped = Signal()

    def __init__(self, panorama: "PanoramaView", timeline: TimelineView, has_demo: bool) -> None:
        super().__init__()
        self.setWindowTitle("SwanSphere")
        self.setAcceptDrops(True)
        self.panorama = panorama
        self.timeline = timeline
        self.empty = EmptyFilm(has_demo)
        self.film_bar = FilmBar()
        self.transport = TransportBar()
        self.prompt = PromptEditor()
        self.block = BlockEditor(timeline.actions_by_name["die"].icon())
        self.sound = SoundOverTime()
        self.map = MapControl()
        self.direction = DirectionPanel()
        self.meters = ChannelMeters()
        self.channels = ChannelSwitches()
        self.loudness = LoudnessReadout()
        self.loudest = LoudestLook()
        self.output = OutputPanel()
        self.engine = EngineStatus()
        self.side, self.below = PanelTabs(), PanelTabs(keeps_head=True)
        self.close_questions: list[Callable[[], bool]] = []
        """Asked in turn before the window closes; the first that says no keeps it open."""
        self.menus = Menus(self, has_demo, timeline.actions_by_name)
        self._build_layout()
        self.add_panel(self.direction, "Direction", "F6", "Where the sound of the prompt comes from")
        self.add_panel(self._levels(), "Levels", "F7", "Levels, output device and the state of the engine")
        self.add_panel(self.sound, "Sound over time", "F8", "Levels and directions over the film", below=True)
        self.empty.setFocus()

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(1280, 800)

    def take_usual_size(self) -> None:
        """Take the default size, or as much as the screen has room for with a window frame."""
        room = self.screen().availableSize() - _FRAME
        self.resize(self.sizeHint().boundedTo(room).expandedTo(self.minimumSizeHint()))

    def show_film_area(self, has_film: bool) -> None:
        """Show the film, or the invitation to open one."""
        shown = self.panorama if has_film else self.empty
        if self.stage.currentWidget() is not shown:
            self.stage.setCurrentWidget(shown)
            shown.setFocus()

    def add_panel(
        self, panel: QWidget, title: str, keys: str, tip: str, *, below: bool = False, first: bool = False
    ) -> QAction:
        """Add a panel as a tab beside the film, or below it beside the timeline, with an entry in the menu View.

        Returns the action that shows it.
        """
        tabs = self.below if below else self.side
        tabs.add(panel, title, f"{tip} ({keys})", scrolls=not below, first=first)
        action = self.menus.add(self.menus.view, f"Show {title}", keys, tip)
        action.triggered.connect(lambda: tabs.show_panel(panel))
        let_keys_act(panel, self, action.trigger)
        return action

    def _build_layout(self) -> None:
        self.stage = QStackedWidget()
        self.stage.addWidget(self.empty)
        self.stage.addWidget(self.panorama)
        self.stage.setMinimumSize(320, 90)
        self.sound.add_control(self.map)
        left = self.film_column = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.film_bar)
        column.addWidget(self.stage, 1)
        self.words = QStackedWidget()
        self.words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.words.addWidget(self.prompt)
        self.words.addWidget(self.block)
        column.addWidget(self.words)
        self.side.setMinimumWidth(_SIDE_WIDTH)
        top = QSplitter(Qt.Orientation.Horizontal)
        top.setChildrenCollapsible(False)
        top.setHandleWidth(14)
        top.addWidget(left)
        top.addWidget(self.side)
        top.setStretchFactor(0, 1)
        top.setStretchFactor(1, 0)
        top.setSizes([10 * _SIDE_WIDTH, _SIDE_WIDTH])
        self.below.head.insertWidget(0, self.transport)
        self.below.head.addStretch(1)
        self.below.head.addWidget(self.engine.state_row)  # what is read rather than done is the smallest
        self.below.head.addWidget(self.output.volume_row)
        self.below.add(self.timeline, "Timeline", "The lanes of the scene (Ctrl+T)", scrolls=False)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.setHandleWidth(10)
        parts.addWidget(top)
        parts.addWidget(self.below)
        parts.setStretchFactor(0, _FILM_SHARE)
        parts.setStretchFactor(1, _TIMELINE_SHARE)
        parts.setSizes([10 * _FILM_SHARE, 10 * _TIMELINE_SHARE])
        self.splitters = {"height": parts, "width": top}
        body = QWidget()
        self._body = QVBoxLayout(body)
        self._body.addWidget(parts)
        self.set_margins(full=False)
        self.notices = NoticeBar(self.stage, left)
        self.setCentralWidget(body)

    def set_margins(self, *, full: bool) -> None:
        """Set the margins round everything: none in full screen."""
        self._body.setContentsMargins(*((0, 0, 0, 0) if full else _MARGINS))

    def _levels(self) -> QWidget:
        """Return what is read rather than set, with the device."""
        levels = Panel("Levels")
        row = QHBoxLayout()
        row.setSpacing(6)
        bars = QVBoxLayout()
        bars.addWidget(self.meters, 1)
        bars.addWidget(self.channels)
        row.addLayout(bars, 1)
        row.addWidget(self.loudness, 0, Qt.AlignmentFlag.AlignVCenter)
        levels.body.addLayout(row, 1)
        levels.body.addWidget(self.loudest)
        page = QWidget()
        page.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(levels, 1)
        column.addWidget(self.output)
        column.addWidget(self.engine)
        return page

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a dragged file."""
        if _dropped_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take dropped files."""
        files = _dropped_files(event)
        if not files:
            return
        event.acceptProposedAction()
        area = self.timeline.area
        at = area.mapFrom(self, event.position())
        over_lanes = area.isVisible() and area.rect().contains(at.toPoint())
        self.files_dropped.emit(
            files, self.timeline.seconds_at(at.x()) if over_lanes else None, self._place_under(event.position())
        )

    def _place_under(self, position: QPointF) -> NDArray[np.float64] | None:
        """Return the unit vector (3,) of the film under a point of the window, None beside the film."""
        film = self.panorama
        at = film.mapFrom(self, position)
        if not film.isVisible() or not film.rect().contains(at.toPoint()):
            return None
        return film.flat_view().to_direction(at.x(), at.y())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc returns the focus to the film from any control that does not use it; Enter presses a button.

        Space cannot: it plays, from every control that is not for text.
        """
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
            self.focus_film()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not self._press_focused(event):
            super().keyPressEvent(event)

    def _press_focused(self, event: QKeyEvent) -> bool:
        """Press the button or open the list that has the keyboard; returns whether there is one."""
        control = self.focusWidget()
        if isinstance(control, QAbstractButton):
            if not event.isAutoRepeat():
                control.click()
        elif isinstance(control, QComboBox):
            control.showPopup()
        else:
            return False
        event.accept()
        return True

    def close_unasked(self) -> None:
        """Close the window; unsaved work is offered at the next start."""
        self.close_questions.clear()
        self.close()

    def focus_film(self) -> None:
        """Put the keyboard on the film."""
        self.stage.currentWidget().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_timeline(self) -> None:
        """Show the timeline and put the keyboard on it."""
        self.below.show_panel(self.timeline)
        self.timeline.area.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide at once, then end the engine, unless something must be asked first."""
        if not all(may_close() for may_close in self.close_questions):
            event.ignore()
            return
        self.hide()  # disappears at once, while the engine ends
        self.closing.emit()
        super().closeEvent(event)


def _dropped_files(event: QDropEvent) -> list[Path]:
    """Return the local files that are dragged."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
