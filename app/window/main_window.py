"""The window: layout and menus only. What happens on a signal is in wiring.py."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QMenu, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from widgets.film.empty_film import EmptyFilm
from widgets.film.film_bar import FilmBar
from widgets.film.map_control import MapControl
from widgets.film.notice_bar import NoticeBar
from widgets.meters.channel_meters import ChannelMeters
from widgets.meters.loudest_look import LoudestLook
from widgets.meters.loudness_readout import LoudnessReadout
from widgets.meters.sound_over_time import SoundOverTime
from widgets.panels.direction_panel import DirectionPanel
from widgets.panels.engine_status import EngineStatus
from widgets.panels.output_panel import OutputPanel
from widgets.panels.prompt_editor import PromptEditor
from widgets.parts.panel import Panel
from widgets.timeline.transport_bar import TransportBar

if TYPE_CHECKING:
    from widgets.film.panorama_view import PanoramaView

_SIDE_WIDTH = 318
_FRAME = QSize(16, 40)
_LEAST_PLOT_HEIGHT, _PLOT_HEIGHT = 124, 220


class MainWindow(QMainWindow):
    """Holds the widgets; `panorama` is passed in, so that the window needs no picture code."""

    film_dropped = Signal(object)
    closing = Signal()

    def __init__(self, panorama: "PanoramaView", has_demo: bool) -> None:
        super().__init__()
        self.setWindowTitle("SwanSphere")
        self.setAcceptDrops(True)
        self.panorama = panorama
        self.empty = EmptyFilm(has_demo)
        self.film_bar = FilmBar()
        self.transport = TransportBar()
        self.prompt = PromptEditor()
        self.sound = SoundOverTime()
        self.map = MapControl()
        self.direction = DirectionPanel()
        self.meters = ChannelMeters()
        self.loudness = LoudnessReadout()
        self.loudest = LoudestLook()
        self.output = OutputPanel()
        self.engine = EngineStatus()
        self._build_layout()
        self._build_menus(has_demo)
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

    def _build_layout(self) -> None:
        self.stage = QStackedWidget()
        self.stage.addWidget(self.empty)
        self.stage.addWidget(self.panorama)
        self.stage.setMinimumSize(320, 150)
        self.sound.add_control(self.map)
        self.sound.setMinimumHeight(_LEAST_PLOT_HEIGHT)
        self.sound.setMaximumHeight(_PLOT_HEIGHT)
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(self.film_bar)
        left.addWidget(self.stage, 7)
        left.addWidget(self.transport)
        left.addWidget(self.prompt)
        left.addWidget(self.sound, 3)
        meters_panel = Panel("Levels")
        levels = QHBoxLayout()
        levels.setSpacing(6)
        levels.addWidget(self.meters, 1)
        levels.addWidget(self.loudness, 0, Qt.AlignmentFlag.AlignVCenter)
        meters_panel.body.addLayout(levels, 1)
        meters_panel.body.addWidget(self.loudest)
        side = QWidget()
        side_column = QVBoxLayout(side)
        side_column.setContentsMargins(0, 0, 0, 0)
        side_column.setSpacing(10)
        side_column.addWidget(self.direction)
        side_column.addWidget(meters_panel, 1)
        side_column.addWidget(self.output)
        side_column.addWidget(self.engine)
        scroll = QScrollArea()  # on a small screen the side scrolls, so that nothing is cut off
        scroll.setWidget(side)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFixedWidth(_SIDE_WIDTH)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(14, 8, 14, 14)
        row.setSpacing(14)
        row.addLayout(left, 1)
        row.addWidget(scroll)
        self.notices = NoticeBar(self.stage, body)
        self.setCentralWidget(body)

    def _build_menus(self, has_demo: bool) -> None:
        bar = self.menuBar()
        film = bar.addMenu("&File")
        self.open_action = self._action(film, "&Open a Film …", "Ctrl+O", "Open a 360-degree film")
        self.demo_action = self._action(
            film, "Open the &Demo Scene", "Ctrl+Shift+O", "Open the scene that comes with SwanSphere"
        )
        self.demo_action.setEnabled(has_demo)
        film.addSeparator()
        self.export_foa_action = self._action(
            film, "&Export FOA WAV …", "Ctrl+E", "Write the sound field as an AmbiX WAV"
        )
        self.export_binaural_action = self._action(
            film, "Export &Binaural WAV …", "Ctrl+Shift+E", "Write the sound for headphones"
        )
        self.takes_action = self._action(
            film, "&Takes …", "Ctrl+Shift+T", "List the kept takes: export or discard them"
        )
        film.addSeparator()
        self.quit_action = self._action(film, "&Quit", "Ctrl+Q", "Quit SwanSphere")
        playback = bar.addMenu("&Playback")
        # Ctrl with an arrow moves by words while the user types a prompt; Alt with an arrow always moves the film.
        self.back_action = self._action(playback, "Skip &Back 5 s", "Ctrl+Left", "Skip back 5 s", "Alt+Left")
        self.forward_action = self._action(playback, "Skip &Forward 5 s", "Ctrl+Right", "Skip forward 5 s", "Alt+Right")
        playback.addSeparator()
        self.louder_action = self._action(playback, "&Louder", "Ctrl+Up", "Raise the volume")
        self.quieter_action = self._action(playback, "&Quieter", "Ctrl+Down", "Lower the volume")
        playback.addSeparator()
        self.devices_action = self._action(
            playback, "Refresh Output &Devices", "Ctrl+Shift+D", "List the devices that are connected now"
        )
        self.restart_action = self._action(
            playback,
            "&Restart the Engine",
            "Ctrl+Shift+R",
            "Stop and restart the sound engine; the take continues",
        )
        view = bar.addMenu("&View")
        self.recentre_action = self._action(view, "&Recentre", "R", "Look to the front")
        self.head_action = self._action(
            view, "&Head Tracking …", "Ctrl+Shift+H", "Let a head tracker turn picture and sound"
        )
        self.full_screen_action = self._action(view, "&Full Screen", "F11", "Use the whole screen")
        self.full_screen_action.setCheckable(True)
        view.addSeparator()
        self.zoom_in_action = self._action(
            view, "Zoom &In on the Sound", "Ctrl+=", "Show less of the film, in more detail"
        )
        self.zoom_out_action = self._action(view, "Zoom &Out of the Sound", "Ctrl+-", "Show more of the film")
        helps = bar.addMenu("&Help")
        self.shortcuts_action = self._action(helps, "&Keyboard Shortcuts", "F1", "List every key")
        self.about_action = self._action(helps, "&About SwanSphere", "Shift+F1", "Version and licences")

    def _action(self, menu: QMenu, text: str, keys: str, tip: str, other_keys: str = "") -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(each) for each in (keys, other_keys) if each])
        action.setToolTip(f"{tip} ({shortcut_text(action)})")
        action.setStatusTip(tip)
        menu.addAction(action)
        return action

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a dragged file."""
        if _dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open a dropped file."""
        file = _dropped_file(event)
        if file is not None:
            event.acceptProposedAction()
            self.film_dropped.emit(file)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc returns the focus to the film from any control that does not use it."""
        if event.key() == Qt.Key.Key_Escape:
            self.stage.currentWidget().setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide at once, then end the engine."""
        self.hide()  # disappears at once, while the engine ends
        self.closing.emit()
        super().closeEvent(event)


def shortcut_text(action: QAction) -> str:
    """Return the keys of an action in this system's notation: "Ctrl+Left or Alt+Left"."""
    return " or ".join(keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts())


def _dropped_file(event: QDropEvent) -> Path | None:
    """Return the one local file that is dragged, or None."""
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
