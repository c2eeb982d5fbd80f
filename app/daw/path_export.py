"""The path of the selected lane, or of all lanes, in a file for a workstation.

Threads: lives in the GUI thread. Files are written in background tasks.
"""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from app.context import AppContext
from app.daw.file_work import FileWork
from app.window.file_dialogs import ask_for_new_file_of_kind
from engine.contract.scene.lane import Lane
from engine.daw.panners import Panner, placed_lanes

_CSV: Final = "CSV automation of this lane (*.csv)"
_IEM: Final = "OSC for the IEM MultiEncoder, all lanes (*.osc)"
_SPARTA: Final = "OSC for SPARTA AmbiENC in Reaper, all lanes (*.osc)"
_KINDS: Final = {_CSV: None, _IEM: Panner.IEM, _SPARTA: Panner.SPARTA}


class PathExport(QObject):
    """The CSV is of the selected lane. A panner has all lanes as sources, in their order."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._context = context
        self.work = FileWork(context, "paths")

    def ask(self) -> None:
        """Ask for a file and write the path of the selected lane, or of all lanes for a panner."""
        lane = self._context.selected.lane
        if lane is None or lane.path is None:
            self.work.say("The selected lane has no path: place it in the film, then export its path.")
            return
        from app.delivery.names import fitted_name  # it brings FFmpeg along

        suggestion = self._context.settings.folder("paths") / fitted_name(f"{lane.name} path", ".csv")
        kinds = {_CSV: "csv", _IEM: "osc", _SPARTA: "osc"}
        chosen = ask_for_new_file_of_kind(self._context.window, "Export the path", suggestion, kinds)
        if chosen is not None:
            self.write(lane, *chosen)

    def write(self, lane: Lane, file: Path, kind: str) -> None:
        """Write a path as one of the kinds of file; a failure is a dialog."""
        self._context.settings.remember_folder("paths", file.parent)
        scene, panner = self._context.editor.project.scene, _KINDS[kind]
        from engine.daw.path_files import write_paths

        def work() -> None:
            lanes = [lane] if panner is None else placed_lanes(scene.lanes)
            write_paths([(file, lanes)], panner, scene.length_samples)

        self.work.start(work, lambda _result: self.work.say(f"Wrote {file.name}."), "The path was not exported")
