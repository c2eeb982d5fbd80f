"""Markers in files: the markers of the project go out and come in.

Threads: lives in the GUI thread. Files are read and written in background tasks.
"""

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from app.context import AppContext
from app.daw.file_work import FileWork
from app.window.file_dialogs import ask_for_file, ask_for_new_file_of_kind
from engine.contract.counted import counted
from engine.contract.scene.edits.whole import add_markers
from engine.daw.marker_list import FilmTimecode, MarkerFormat, ReadMarkers
from widgets.timeline.gestures.requests import EditRequest

_ALL: Final = "Markers (*.csv *.txt *.tsv *.mid *.midi)"
_SECONDS: Final = "CSV, seconds (*.csv)"
_TIMECODE: Final = "CSV, timecode of the film (*.csv)"
_REAPER: Final = "Reaper, Region/Marker Manager (*.csv)"
_MIDI: Final = "MIDI file (*.mid)"
_FORMATS: Final = {_SECONDS: MarkerFormat.CSV, _TIMECODE: MarkerFormat.CSV, _REAPER: MarkerFormat.REAPER,
                   _MIDI: MarkerFormat.MIDI}  # fmt: skip


class MarkerFiles(QObject):
    """An import is one step of undo."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._context = context
        self.work = FileWork(context, "markers")

    def ask_import(self) -> None:
        """Ask for a list of markers and add them to the project."""
        folder = self._context.settings.folder("markers")
        file = ask_for_file(self._context.window, "Import markers", folder, _ALL)
        if file is not None:
            self.read(file)

    def ask_export(self) -> None:
        """Ask for a file and write the project's markers."""
        if not self._context.editor.project.scene.markers:
            self.work.say("The project has no markers: add one with M, then export them.")
            return
        kinds = {_SECONDS: "csv", _TIMECODE: "csv", _REAPER: "csv", _MIDI: "mid"}
        if self._timecode is None:
            kinds.pop(_TIMECODE)
        path = self._context.editor.project.path
        name = "markers" if path is None else f"{path.stem} markers"
        suggestion = self._context.settings.folder("markers") / f"{name}.csv"
        chosen = ask_for_new_file_of_kind(self._context.window, "Export markers", suggestion, kinds)
        if chosen is not None:
            self.write(*chosen)

    def read(self, file: Path) -> None:
        """Add the markers of a file; a file that cannot be used is a dialog."""
        self._context.settings.remember_folder("markers", file.parent)
        from engine.daw.marker_file import read_markers  # with the reader of MIDI files

        timecode = self._timecode
        self.work.start(lambda: read_markers(file, timecode), self._add, "The markers were not imported")

    def write(self, file: Path, kind: str) -> None:
        """Write the markers of the project as one of the kinds of file."""
        self._context.settings.remember_folder("markers", file.parent)
        from engine.daw.marker_file import write_markers

        markers = self._context.editor.project.scene.markers
        timecode = self._timecode if kind == _TIMECODE else None
        self.work.start(
            lambda: write_markers(file, markers, _FORMATS[kind], timecode),
            partial(self._wrote, file, len(markers)),
            "The markers were not exported",
        )

    @property
    def _timecode(self) -> FilmTimecode | None:
        film = self._context.bridge.film
        return None if film is None else FilmTimecode.of(film)

    def _add(self, found: ReadMarkers) -> None:
        times = tuple((marker.at_sample, marker.name) for marker in found.markers)
        self._context.editor.make(EditRequest(partial(add_markers, times=times)))
        self.work.say(" ".join(found.remarks))

    def _wrote(self, file: Path, count: int, _result: object) -> None:
        self.work.say(f"Wrote {file.name}: {counted(count, 'marker')}.")
