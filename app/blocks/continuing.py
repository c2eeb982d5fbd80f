"""Lane, Continue from a Recording: the selected block continues the end of a recording, in one step of undo.

Threads: lives in the GUI thread; the recording is read in a background task.
"""

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from app.project.media import read_recording
from app.window.dialogs import short_name
from app.window.file_dialogs import ask_for_file
from engine.contract.scene.blocks import FileReference, GeneratedBlock
from engine.contract.scene.edits.words import continue_recording
from widgets.timeline.gestures.requests import EditRequest

_KINDS: Final = "All files (*)"
_CHOOSE: Final = "Select a generated block first: its sound then continues a recording."


class Continuing(QObject):
    """Adds two entries to the menu Lane: continue a recording, and continue none."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._context = context
        menus = context.window.menus
        menus.lane.addSeparator()
        self.action = menus.add(
            menus.lane,
            "&Continue from a Recording …",
            "Ctrl+Shift+C",
            "Make the sound of the selected block continue the end of a recording",
        )
        self.none_action = menus.add(
            menus.lane,
            "Continue &No Recording",
            "Ctrl+Shift+N",
            "Make the sound of the selected block without a recording before it",
        )
        self.action.triggered.connect(self.ask)
        self.none_action.triggered.connect(self.end)
        context.selected.block_changed.connect(lambda _block: self._show())
        self._show()

    def ask(self) -> None:
        """Ask for a recording, and let the selected block continue it."""
        block = self._context.selected.block
        if not isinstance(block, GeneratedBlock):
            self._context.editor.refuse(_CHOOSE)
            return
        settings = self._context.settings
        title = f"Choose what {short_name(block.title)} continues"
        path = ask_for_file(self._context.window, title, settings.folder("recording"), _KINDS)
        if path is not None:
            settings.remember_folder("recording", path.parent)
            self.take(block.block_id, path)

    def take(self, block_id: int, path: Path) -> None:
        """Let a block continue a recording; one that cannot be continued is a dialog."""
        task = BackgroundTask("continued recording", lambda _progress, _cancelled: _read(path), self)
        task.succeeded.connect(partial(self._continue, self._context.editor.project, block_id))
        task.failed.connect(lambda error: self._context.errors.show("This sound cannot be continued", str(error)))
        task.start()

    def end(self) -> None:
        """Let the selected block continue nothing."""
        block = self._context.selected.block
        if isinstance(block, GeneratedBlock) and block.recipe.continued is not None:
            self._make(block.block_id, None)

    def wait(self, timeout_s: float) -> None:
        """Wait for what is being read, at the end of the application."""
        for task in self.findChildren(BackgroundTask):
            task.wait(timeout_s)

    def _continue(self, project: object, block_id: int, file: FileReference) -> None:
        if project is self._context.editor.project:  # another one may have been opened meanwhile
            self._make(block_id, file)

    def _make(self, block_id: int, file: FileReference | None) -> None:
        self._context.editor.make(EditRequest(partial(continue_recording, block_id=block_id, file=file)))

    def _show(self) -> None:
        block = self._context.selected.block
        file = block.recipe.continued if isinstance(block, GeneratedBlock) else None
        self.action.setEnabled(isinstance(block, GeneratedBlock))
        self.none_action.setEnabled(file is not None)
        name = "" if file is None else short_name(file.name).replace("&", "&&")
        self.none_action.setText(f"&No Longer Continue {name}" if name else "Continue &No Recording")


def _read(path: Path) -> FileReference:
    """Return a recording that can be continued. Raises MediaError."""
    from engine.export.reading.primer import read_primer  # and with it the decoder: not at the window's start

    read_primer(path, from_end=True)
    return read_recording(path).file
