"""The menus of the window: every action with its keys. What an action does is connected in app/wiring."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

_EDIT: Final = (
    "split", "duplicate", "delete", "select_all", "", "edit", "words_here", "rename", "block_gain", "", "trim_start",
    "trim_end", "bed", "fade_in", "fade_out", "", "add_marker", "loop_in", "loop_out", "toggle_loop", "remove_loop",
)  # fmt: skip
_LANE: Final = (
    "add_lane", "add_block", "film_sound", "die", "", "gain", "mute", "solo", "arm", "lock", "colour", "",
    "lane_up", "lane_down", "remove_lane", "", "master", "master_0",
)  # fmt: skip


class Menus:
    """The menus and their actions. `edit`, `lane` and `view` take actions of other parts of the window, too."""

    def __init__(self, window: QMainWindow, has_demo: bool, timeline: Mapping[str, QAction]) -> None:
        self._window = window
        bar = window.menuBar()
        self.file = bar.addMenu("&File")
        self.edit = bar.addMenu("&Edit")
        self.lane = bar.addMenu("&Lane")
        self.playback = bar.addMenu("&Playback")
        self.view = bar.addMenu("&View")
        self.help = bar.addMenu("&Help")
        self._fill_file(has_demo)
        _put(self.edit, _EDIT, timeline)
        _put(self.lane, _LANE, timeline)
        self._fill_playback()
        self._fill_view()
        self.shortcuts_action = self.add(self.help, "&Keyboard Shortcuts", "F1", "List every key", "?")
        self.about_action = self.add(self.help, "&About SwanSphere", "Shift+F1", "Version and licences")

    def add(self, menu: QMenu, text: str, keys: str, tip: str, *other_keys: str) -> QAction:
        """Add an action with its keys to a menu."""
        action = QAction(text, self._window)
        action.setShortcuts([QKeySequence(each) for each in (keys, *other_keys)])
        action.setToolTip(f"{tip} ({shortcut_text(action)})")
        action.setStatusTip(tip)
        menu.addAction(action)
        return action

    def _fill_file(self, has_demo: bool) -> None:
        file = self.file
        self.new_action = self.add(file, "&New Project", "Ctrl+N", "Begin a new project with the film that is open")
        self.open_project_action = self.add(file, "&Open a Project …", "Ctrl+O", "Open a project")
        self.recent = file.addMenu("Open &Recent")
        self.recent.setToolTipsVisible(True)
        self.save_action = self.add(file, "&Save", "Ctrl+S", "Save the project")
        self.save_as_action = self.add(file, "Save &As …", "Ctrl+Shift+S", "Save the project under another name")
        file.addSeparator()
        self.open_action = self.add(file, "Open a &Film …", "Ctrl+Shift+O", "Open a 360-degree film")
        self.camera_action = self.add(file, "Open a &Camera …", "Ctrl+Alt+C", "Show a live 360-degree camera")
        self.demo_action = self.add(
            file, "Open the &Demo Scene", "Ctrl+Alt+O", "Open the scene that comes with SwanSphere"
        )
        self.demo_action.setEnabled(has_demo)
        self.recording_action = self.add(
            file, "Add a &Recording …", "Ctrl+R", "Add a sound file as a lane, at the playhead"
        )
        self.import_markers_action = self.add(
            file, "Import &Markers …", "Ctrl+Shift+I", "Add the markers of a CSV or MIDI file, or of Reaper's list"
        )
        self.export_markers_action = self.add(
            file, "Export Mar&kers …", "Ctrl+Alt+M", "Write the markers for a workstation: CSV, Reaper's list or MIDI"
        )
        file.addSeparator()
        self.export_foa_action = self.add(
            file, "&Export …", "Ctrl+E", "Write sound fields, lanes, or the film with sound"
        )
        self.export_binaural_action = self.add(
            file, "Export &Binaural …", "Ctrl+Shift+E", "Write the sound for headphones"
        )
        self.exports_action = self.add(
            file, "E&xports …", "Ctrl+Alt+E", "List the exports that wait, run or have ended"
        )
        self.takes_action = self.add(file, "&Takes …", "Ctrl+Shift+T", "List the kept takes: export or discard them")
        file.addSeparator()
        self.quit_action = self.add(file, "&Quit", "Ctrl+Q", "Quit SwanSphere")

    def _fill_playback(self) -> None:
        playback = self.playback
        # Ctrl with an arrow moves by words while the user types a prompt; Alt with an arrow always moves the film.
        self.back_action = self.add(playback, "Skip &Back 5 s", "J", "Skip back 5 s", "Ctrl+Left", "Alt+Left")
        self.pause_action = self.add(playback, "&Pause", "K", "Pause the film")
        self.play_action = self.add(
            playback, "Pl&ay, or Skip Forward", "L", "Play the film; while it plays, skip forward 5 s"
        )
        self.forward_action = self.add(playback, "Skip &Forward 5 s", "Ctrl+Right", "Skip forward 5 s", "Alt+Right")
        playback.addSeparator()
        self.louder_action = self.add(playback, "&Louder", "Ctrl+Up", "Raise the volume")
        self.quieter_action = self.add(playback, "&Quieter", "Ctrl+Down", "Lower the volume")
        playback.addSeparator()
        self.av_offset_action = self.add(playback, "A/&V Offset …", "Ctrl+Alt+V", "Shift the sound against the picture")
        self.devices_action = self.add(
            playback, "Refresh Output &Devices", "Ctrl+Shift+D", "List the devices that are connected now"
        )
        self.restart_action = self.add(
            playback, "&Restart the Engine", "Ctrl+Shift+R", "Stop and restart the sound engine; the take continues"
        )

    def _fill_view(self) -> None:
        view = self.view
        self.recentre_action = self.add(view, "&Recentre", "R", "Look to the front")
        self.head_action = self.add(
            view, "&Head Tracking …", "Ctrl+Shift+H", "Let a head tracker turn picture and sound"
        )
        self.horizon_action = self.add(view, "Hori&zon …", "Ctrl+J", "Turn picture and sound upright")
        self.full_screen_action = self.add(view, "&Full Screen", "F11", "The film on the whole screen", "F")
        self.full_screen_action.setCheckable(True)
        view.addSeparator()
        self.zoom_in_action = self.add(view, "Zoom &In on the Sound", "Ctrl+=", "Show less of the film, in more detail")
        self.zoom_out_action = self.add(view, "Zoom &Out of the Sound", "Ctrl+-", "Show more of the film")
        view.addSeparator()
        self.timeline_action = self.add(view, "&Timeline", "Ctrl+T", "Put the keyboard on the timeline")


def shortcut_text(action: QAction) -> str:
    """Return the keys of an action in this system's notation: "Ctrl+Left or Alt+Left"."""
    return " or ".join(keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts())


def _put(menu: QMenu, names: tuple[str, ...], actions: Mapping[str, QAction]) -> None:
    for name in names:
        if name:
            menu.addAction(actions[name])
        else:
            menu.addSeparator()
