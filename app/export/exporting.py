"""Runs an export behind its dialog: the take from the session, or the whole film in a child process."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QStandardPaths, Signal

from app.bridge.background_task import BackgroundTask, Cancelled, Progress
from app.context import AppContext
from app.delivery.level_advice import remarks_in_window
from app.export.dialog import ExportDialog
from app.export.offline_child import render_in_child
from app.export.request import ExportRequest, ExportSource
from app.files.settings import AppSettings
from engine.contract.errors import EngineError, reason_of
from engine.contract.telemetry import TakeSummary
from engine.export.levels import FileLevels
from engine.files.apart import files_of, keep_apart
from engine.files.owned_folder import OwnedFolder
from engine.files.staging import refused
from engine.runtime.takes.export import ExportedTake, export_kept_take
from engine.runtime.takes.store import KeptTake

if TYPE_CHECKING:
    from engine.contract.generation import PatchSource


class Exporting(QObject):
    """At most one export at a time. `kept_exported` reports that an earlier take has been written."""

    kept_exported = Signal()

    def __init__(
        self,
        context: AppContext,
        source_factory: "Callable[[], PatchSource]",
    ) -> None:
        super().__init__(context.window)
        self._window, self._bridge = context.window, context.bridge
        self._settings, self._errors = context.settings, context.errors
        self._source_factory = source_factory
        self._task: BackgroundTask | None = None
        self._request: ExportRequest | None = None
        self._kept: KeptTake | None = None
        self.dialog: ExportDialog | None = None

    def ask_for_field(self) -> None:
        """Open the dialog with the AmbiX file selected."""
        self._ask(binaural_first=False)

    def ask_for_binaural(self) -> None:
        """Open the dialog with the binaural file selected."""
        self._ask(binaural_first=True)

    def cancel(self) -> None:
        """Ask a running export to stop."""
        if self._task is not None:
            self._task.cancel()

    def wait(self, timeout_s: float) -> None:
        """Wait for a cancelled export, at the end of the application."""
        if self._task is not None:
            self._task.wait(timeout_s)

    def _ask(self, binaural_first: bool) -> None:
        film = self._bridge.film
        if film is None:
            self._errors.show("No film yet", "There is no sound to export yet. Open a film (Ctrl+O) and play it.")
            return
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.activateWindow()
            return
        self._kept = None
        self._open_dialog(Path(film.path).stem, self._bridge.take_summary, binaural_first, has_film=True)

    def ask_for_kept(self, take: KeptTake) -> None:
        """Ask where to write an earlier take."""
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.activateWindow()
            return
        self._kept = take
        self._open_dialog(Path(take.film.name).stem, take.summary, binaural_first=False, has_film=False)

    def _open_dialog(self, name: str, take: TakeSummary, binaural_first: bool, has_film: bool) -> None:
        folder = _writable_folder(self._settings)
        self.dialog = ExportDialog(folder, name, take, binaural_first, has_film, self._window)
        self.dialog.requested.connect(self.start)
        self.dialog.cancel_requested.connect(self.cancel)
        self.dialog.open()

    def start(self, request: ExportRequest) -> None:
        """Start an export; the dialog follows it."""
        if self._task is not None and self._task.running:
            return
        try:
            keep_apart(request.files, self._read(request))
        except EngineError as error:
            self._failed(error)
            return
        self._request = request
        self._settings.remember_folder("export", request.files[0].parent)
        if request.source is ExportSource.FILM:
            self._bridge.pause()  # two generators on one machine would starve the playback
        work = self._take_work(request) if request.source is ExportSource.TAKE else self._film_work(request)
        self._task = BackgroundTask("export", work, self)
        self._task.progressed.connect(self._progressed)
        self._task.succeeded.connect(self._succeeded)
        self._task.failed.connect(self._failed)
        self._task.was_cancelled.connect(self._was_cancelled)
        if self.dialog is not None:
            self.dialog.show_running()
        self._task.start()

    def _read(self, request: ExportRequest) -> dict[str, list[Path]]:
        """Return what an export may not overwrite, by what it is: the open film, and the kept take with its film."""
        kept = self._kept if request.source is ExportSource.TAKE else None
        of_take = None if kept is None else kept.film
        films = [film for film in (self._bridge.film, of_take) if film is not None]
        return {
            "film": [Path(film.path) for film in films if film.path],
            "file of the take": files_of(kept.folder if kept is not None else None, "*"),
        }

    def _take_work(self, request: ExportRequest) -> Callable[[Progress, Cancelled], Any]:
        session, kept = self._bridge.session, self._kept

        def work(progress: Progress, cancelled: Cancelled) -> ExportedTake:
            save: Callable[..., ExportedTake]
            if kept is not None:
                save = partial(export_kept_take, kept.folder)
            elif session is not None:
                save = session.save_take
            else:
                raise EngineError(
                    "The sound engine is not running: choose Playback, Restart the Engine, then export again."
                )
            with _place_of_field(request) as field:
                return save(
                    field,
                    subtype=request.subtype,
                    gain=request.gain,
                    binaural_out=request.binaural,
                    progress=progress,
                    cancelled=cancelled,
                )

        return work

    def _film_work(self, request: ExportRequest) -> Callable[[Progress, Cancelled], Any]:
        film, settings, source_factory = self._bridge.film, self._bridge.settings, self._source_factory

        def work(progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
            from engine.runtime.offline.render import OfflineJob

            if film is None:
                raise EngineError("There is no film to render: open one (Ctrl+O), then export again.")
            with _place_of_field(request) as field:
                job = OfflineJob(
                    video=Path(film.path),
                    settings=settings,
                    seconds=None,
                    out=field,
                    subtype=request.subtype,
                    gain=request.gain,
                    binaural=request.binaural,
                    choice=film.choice,
                )
                return render_in_child(job, source_factory, progress, cancelled)

        return work

    def _progressed(self, fraction: float) -> None:
        if self.dialog is not None:
            self.dialog.show_progress(fraction)

    def _succeeded(self, result: object) -> None:
        if self.dialog is not None and self._request is not None:
            names = [file.name for file in self._request.files]
            levels = remarks_in_window(file for file in _levels(result) if file.name in names)
            told = [f"Wrote {' and '.join(names)}.", getattr(result, "missing", ""), *levels]
            self.dialog.show_done(" ".join(part for part in told if part))
        if self._kept is not None:
            self.kept_exported.emit()

    def _was_cancelled(self) -> None:
        if self.dialog is not None:
            self.dialog.show_stopped("Cancelled; nothing was written.")

    def _failed(self, error: Exception) -> None:
        message = (
            str(error) if isinstance(error, EngineError) else f"Nothing was written: {reason_of(error)}. Try again."
        )
        if self.dialog is not None:
            self.dialog.show_stopped("The export failed.")
        self._errors.show("The export failed", message)


def _levels(result: object) -> list[FileLevels]:
    """Return the levels in the report of an exported take or a render."""
    if isinstance(result, dict):
        return [FileLevels.from_json(told) for told in result.get("levels", [])]
    return list(getattr(result, "levels", ()))


@contextlib.contextmanager
def _place_of_field(request: ExportRequest) -> Iterator[Path]:
    """Yield the file for the sound field. If it was not requested, the file is in a folder that is removed."""
    if request.ambix is not None:
        yield request.ambix
        return
    try:
        scratch = OwnedFolder(request.files[0].parent)
    except OSError as error:
        raise refused(request.files[0], error) from error
    with scratch:
        yield scratch.path / "field.wav"


def _writable_folder(settings: AppSettings) -> Path:
    folder = settings.folder("export")
    if folder == Path.home():
        music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        return Path(music) if music and Path(music).is_dir() else folder
    return folder
