"""Everything about workstations in the window, built and connected."""

from typing import Final

from app.context import AppContext
from app.daw.marker_files import MarkerFiles
from app.daw.path_export import PathExport
from app.daw.workstation import Workstation

_END_S: Final = 2.0


class Daw:
    """Connects on construction."""

    def __init__(self, context: AppContext) -> None:
        menus = context.window.menus
        self.markers = MarkerFiles(context)
        self.paths = PathExport(context)
        self.workstation = Workstation(context)
        menus.import_markers_action.triggered.connect(lambda: self.markers.ask_import())
        menus.export_markers_action.triggered.connect(lambda: self.markers.ask_export())
        menus.lane.addSeparator()
        action = menus.add(
            menus.lane, "Export the Pa&th …", "Ctrl+Alt+T", "Write the path of the lane: CSV, or OSC for panners"
        )
        action.triggered.connect(lambda: self.paths.ask())
        menus.playback.addSeparator()
        action = menus.add(
            menus.playback, "&Workstation …", "Ctrl+Alt+W", "Run together with a workstation: OSC and MIDI"
        )
        action.triggered.connect(self.workstation.show_dialog)

    def ask_to_end(self) -> None:
        """Let go of the workstation. Files are short and are written to the end."""
        self.workstation.close()

    def end(self) -> None:
        """Wait for what is being read or written."""
        self.markers.work.wait(_END_S)
        self.paths.work.wait(_END_S)
