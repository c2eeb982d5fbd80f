"""The panel of the user's own recordings: folders listed in the background, searched, heard, added to the scene."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from app.window.file_dialogs import ask_for_folder
from app.words.known_sounds import KnownSounds
from app.words.library_index import index_folders
from engine.contract.library import LibrarySound, SoundLibrary
from engine.runtime.sounds.messages import AuditionState
from widgets.words.library_panel import LibraryPanel

_END_S: Final = 1.0


class Library(QObject):
    """Adds the panel to the window. Nothing is listed until the user has added a folder."""

    def __init__(self, context: AppContext, sounds: KnownSounds) -> None:
        super().__init__(context.window)
        self._context, self._sounds = context, sounds
        self._task: BackgroundTask | None = None
        self._library = SoundLibrary()
        self._search_task: BackgroundTask | None = None
        self._playing = 0
        self._name = ""
        self.panel = LibraryPanel()
        context.window.add_panel(self.panel, "Library", "Shift+F4", "Your own recordings, searched by words")
        self.panel.searched.connect(self._search)
        self.panel.heard.connect(self._hear)
        self.panel.stopped.connect(sounds.stop)
        self.panel.added.connect(lambda path: context.window.files_dropped.emit([Path(path)], None, None))
        self.panel.folder_wanted.connect(self._ask_for_folder)
        self.panel.folders_dropped.connect(self._forget)
        sounds.audition_changed.connect(self._show_state)
        sounds.failed.connect(lambda sentence: self.panel.show_state(sentence, is_busy=False))
        self.list_folders()

    def ask_to_end(self) -> None:
        """Give up listing, with the window."""
        if self._task is not None:
            self._task.cancel()

    def end(self) -> None:
        """Wait for it."""
        self.ask_to_end()
        for task in (self._task, self._search_task):
            if task is not None:
                task.wait(_END_S)

    def list_folders(self) -> None:
        """List the sounds of the user's folders in the background."""
        folders = self._context.settings.library
        self.ask_to_end()
        if not folders:
            self._task = None
            self._show_library(SoundLibrary(), has_folders=False)
            return
        task = BackgroundTask(
            "library", lambda progress, cancelled: SoundLibrary(index_folders(folders, progress, cancelled)), self
        )
        task.succeeded.connect(lambda found: self._listed(task, found))
        task.failed.connect(lambda error: self.panel.show_state(str(error), is_busy=False))
        self._task = task
        self.panel.show_state("Listing your folders …", is_busy=False)
        task.start()

    def _listed(self, task: BackgroundTask, library: object) -> None:
        if task is self._task and isinstance(library, SoundLibrary):
            self._show_library(library, has_folders=True)

    def _show_library(self, library: SoundLibrary, *, has_folders: bool) -> None:
        self._library = library
        self.panel.show_count(len(library), has_folders=has_folders)
        self.panel.show_sounds(())
        self._search()

    def _search(self) -> None:
        """Search for what is in the field, one search at a time: the next one takes the newest text."""
        if self._search_task is not None:
            return
        library, text = self._library, self.panel.search.text()
        self._search_task = BackgroundTask("search", lambda _progress, _cancelled: library.found(text), self)
        self._search_task.succeeded.connect(lambda sounds: self._found(library, text, sounds))
        self._search_task.start()

    def _found(self, library: SoundLibrary, text: str, sounds: list[LibrarySound]) -> None:
        if self._search_task is not None:
            self._search_task.deleteLater()
            self._search_task = None
        if library is self._library and text == self.panel.search.text():
            self.panel.show_sounds(sounds)
        else:
            self._search()

    def _ask_for_folder(self) -> None:
        settings = self._context.settings
        folder = ask_for_folder(self._context.window, "Add a folder of recordings", settings.folder("recording"))
        if folder is not None:
            self.add_folder(folder)

    def add_folder(self, folder: Path) -> None:
        """Add a folder to the library, and list it."""
        settings = self._context.settings
        settings.library = [*(other for other in settings.library if other != folder), folder]
        self.list_folders()

    def _forget(self) -> None:
        self._context.settings.library = []
        self.list_folders()

    def _hear(self, path: str) -> None:
        context = self._context
        self._name = Path(path).name
        volume = context.window.output.linear_volume
        self._playing = self._sounds.play_file(Path(path), context.settings.device_name, volume)
        self.panel.show_state(f"Opening {self._name} …", is_busy=True)

    def _show_state(self, state: AuditionState) -> None:
        if state.number != self._playing:
            return
        text = f"Playing your recording {self._name}" if state.is_playing else self._name
        self.panel.show_state(state.problem or text, is_busy=not state.has_ended)
