"""The path of the selected lane, or of all lanes, in a file for a workstation.

Threads: lives in the GUI thread. Files are written in background tasks.
"""

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from app.window.file_dialogs import ask_for_new_file_of_kind
from engine.contract.errors import InvalidInputError
from engine.contract.scene.lane import Lane
from engine.contract.telemetry import EngineNotice
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
        self._task: BackgroundTask | None = None

    def ask(self) -> None:
        """Ask for a file and write the path of the selected lane, or of all lanes for a panner."""
        lane = self._context.selected.lane
        if lane is None or lane.path is None:
            self._say("The selected lane has no path: place it in the film, then export its path.")
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
        if self._task is not None and self._task.running:
            self._say("Wait until the path before is written.")
            return
        scene, panner = self._context.editor.project.scene, _KINDS[kind]
        try:
            lanes = [lane] if panner is None else placed_lanes(scene.lanes)
        except InvalidInputError as error:
            self._context.errors.show("The path was not exported", str(error))
            return
        from engine.daw.path_files import write_paths

        self._task = BackgroundTask(
            "paths", lambda _progress, _cancelled: write_paths([(file, lanes)], panner, scene.length_samples), self
        )
        self._task.succeeded.connect(partial(self._wrote, file))
        self._task.failed.connect(lambda error: self._context.errors.show("The path was not exported", str(error)))
        self._task.start()

    def wait(self, timeout_s: float) -> None:
        """Wait for what is being written, at the end of the application."""
        if self._task is not None:
            self._task.wait(timeout_s)

    def _wrote(self, file: Path, _result: object) -> None:
        self._say(f"Wrote {file.name}.")

    def _say(self, sentence: str) -> None:
        self._context.bridge.notice(EngineNotice(sentence, topic="paths"))
