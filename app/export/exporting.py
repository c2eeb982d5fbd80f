"""Exports behind the window: offers what there is, turns a choice into a job, and puts it into the queue."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QStandardPaths, Signal

from app.bridge.background_task import Cancelled, Progress
from app.context import AppContext
from app.export.queue import ExportQueue, QueueEntry, Work
from app.files.settings import AppSettings
from app.project.media import media_of
from app.window.dialogs import ask
from app.window.file_dialogs import ask_for_file
from engine.contract.errors import EngineError, ExportError
from engine.contract.telemetry import EngineNotice
from engine.contract.video import Pose, VideoInfo
from engine.files.apart import Places, files_of, keep_apart
from engine.runtime.takes.store import KeptTake

if TYPE_CHECKING:
    from app.delivery.job import Exported, Job
    from app.export.choice import ExportChoice
    from app.export.dialog import ExportDialog
    from app.export.queue_window import QueueWindow
    from engine.contract.generation import PatchSource

_SHARE_OF_SAVING: Final = 0.15
_PEM: Final = "Certificates and keys (*.pem *.crt *.cer *.key);;All files (*)"
_FIELD, _BINAURAL = "reaper", "quick-binaural"


class Exporting(QObject):
    """Owns the queue of exports. `kept_exported` reports that an earlier take has been written."""

    kept_exported = Signal()

    def __init__(self, context: AppContext, source_factory: "Callable[[], PatchSource]") -> None:
        super().__init__(context.window)
        self._window, self._bridge, self._editor = context.window, context.bridge, context.editor
        self._settings, self._errors = context.settings, context.errors
        self._source_factory = source_factory
        self._kept: KeptTake | None = None
        self._given_up: set[QueueEntry] = set()
        self.queue = ExportQueue(self)
        self.dialog: ExportDialog | None = None
        self.list: QueueWindow | None = None
        self.queue.changed.connect(self._tell)
        context.window.close_questions.append(self.may_close)

    def ask_for_field(self) -> None:
        """Open the dialog with a sound field chosen."""
        self._ask(_FIELD)

    def ask_for_binaural(self) -> None:
        """Open the dialog with binaural sound chosen."""
        self._ask(_BINAURAL)

    def ask_for_kept(self, take: KeptTake) -> None:
        """Ask where to write an earlier take."""
        self._ask(_FIELD, take)

    def show_queue(self) -> None:
        """Show the list of exports."""
        from app.export.queue_window import QueueWindow

        if self.list is None:
            self.list = QueueWindow(self.queue, self._window)
        self.list.show()
        self.list.activateWindow()

    def may_close(self) -> bool:
        """Return whether the window may close: asks once about exports that wait or run."""
        running = set(self.queue.live)
        if running <= self._given_up:
            return True
        live = len(running)
        exports, them = ("1 export is", "it") if live == 1 else (f"{live} exports are", "them")
        may = ask(
            self._window,
            "Cancel the exports?",
            f"{exports} not finished. Closing cancels {them}; no partial file is left, and finished files stay.",
            "Close and Cancel",
        )
        self._given_up = running if may else set()
        return may

    def cancel(self) -> None:
        """Ask all exports to stop."""
        self.queue.cancel_all()

    def wait(self, timeout_s: float) -> None:
        """Wait for cancelled exports, at the end of the application."""
        self.queue.wait(timeout_s)

    def start(self, choice: "ExportChoice") -> None:
        """Put an export into the queue and show the list; a choice that cannot be exported is shown in the dialog."""
        try:
            files = tuple(choice.files(date.today()).values())
            self._check_places(choice, files)
            work = self._work(choice)
        except EngineError as error:
            if self.dialog is not None:
                self.dialog.show_sentence(str(error))
            return
        self._settings.remember_folder("export", choice.folder)
        self._settings.export_names = choice.template.text
        if self.dialog is not None:
            self._settings.signing = self.dialog.format.signing.value()
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        then = self.kept_exported.emit if choice.source.key == "kept" else lambda: None
        self.queue.add(f"{files[0].name}{more}", files, work, then)
        if self.dialog is not None:
            self.dialog.close()
        self.show_queue()

    def _ask(self, preset: str, kept: KeptTake | None = None) -> None:
        from app.export.dialog import ExportDialog
        from app.export.sources import sources_of

        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.activateWindow()
            return
        self._kept = kept
        sources = sources_of(self._editor.project, self._bridge.film, self._bridge.take_summary, kept)
        if not any(source.is_there for source in sources):
            self._errors.show("No film yet", "There is no sound to export yet. Open a film (Ctrl+Shift+O) and play it.")
            return
        folder = _writable_folder(self._settings)
        self.dialog = ExportDialog(sources, folder, self._settings.export_names, self._window)
        self.dialog.what.choose(next(source.key for source in sources if source.is_there))
        self.dialog.format.choose_preset(preset)
        self.dialog.format.signing.show_value(self._settings.signing)
        self.dialog.format.signing.certificate_wanted.connect(self._ask_for_certificate)
        self.dialog.requested.connect(self.start)
        self.dialog.queue_requested.connect(self.show_queue)
        self.dialog.open()

    def _ask_for_certificate(self) -> None:
        """Ask for a chain and its key, and take them if they belong together."""
        from engine.export.credentials.identity import own_identity

        if self.dialog is None:
            return
        folder = self._settings.folder("certificate")
        certificate = ask_for_file(self.dialog, "Choose a certificate with its chain", folder, _PEM)
        key = None if certificate is None else ask_for_file(self.dialog, "Choose its key", certificate.parent, _PEM)
        if certificate is None or key is None:
            return
        try:
            own_identity(certificate, key)
        except EngineError as error:
            self._errors.show("This certificate cannot be used", str(error))
            return
        self._settings.remember_folder("certificate", certificate.parent)
        self.dialog.format.signing.use_certificate((certificate, key))

    def _check_places(self, choice: "ExportChoice", files: tuple[Path, ...]) -> None:
        """Raise ExportError if a file is read by this export, or is written by another one."""
        from app.delivery.signing import read_by
        from engine.export.credentials.signing import sidecar_of

        kept = self._kept if choice.source.key == "kept" else None
        scene = choice.source.scene
        media = {} if scene is None else media_of(scene)
        films = [film.path for film in (self._bridge.film, None if kept is None else kept.film) if film is not None]
        read: dict[str, Places] = {
            "film": [*(Path(path) for path in films if path), *media.get("film", [])],
            "recording": media.get("recording"),
            "file of the take": files_of(None if kept is None else kept.folder, "*"),
            **read_by(choice.form.signing),
        }
        written = files if choice.form.signing is None else (*files, *(sidecar_of(file) for file in files))
        keep_apart(written, read)
        busy = {file for entry in self.queue.live for file in entry.files}
        for file in files:
            if file in busy:
                raise ExportError(f"{file.name} is being written by another export: choose another name.")

    def _work(self, choice: "ExportChoice") -> Work:
        """Return what runs an export in its background task."""
        from app.export.jobs import film_job, kept_job, scene_job

        key = choice.source.key
        if key == "scene":
            return partial(self._run, scene_job(choice, self._editor.project.takes_folder))
        film, horizon = self._bridge.film, self._editor.project.scene.horizon
        if key == "kept" and self._kept is not None:
            return partial(self._run, kept_job(choice, self._kept))
        if film is None:
            raise ExportError("The film was closed: open it again, then export.")
        if key == "film":
            self._bridge.pause()  # two generators on one machine would starve the playback
            return partial(self._run, film_job(choice, film, self._bridge.settings, horizon))
        return partial(self._run_take, choice, film, horizon)

    def _run(self, job: "Job", progress: Progress, cancelled: Cancelled) -> "Exported":
        from app.delivery.child import run_in_child

        return run_in_child(job, self._source_factory, progress, cancelled)

    def _run_take(
        self, choice: "ExportChoice", film: VideoInfo, horizon: Pose, progress: Progress, cancelled: Cancelled
    ) -> "Exported":
        """Save what was heard, as it is now, and export that."""
        from app.delivery.publishing import private_folder
        from app.export.jobs import take_job

        session, now = self._bridge.session, self._bridge.film
        if session is None:
            raise EngineError("The sound engine has stopped: choose Playback, Restart the Engine, then try again.")
        if now is None or now.path != film.path:
            raise ExportError("Another film was opened meanwhile: the take is kept, export it from File, Takes.")
        with private_folder(choice.folder) as scratch:
            out = scratch / "take.wav"
            saved = session.save_take(
                out, progress=lambda fraction: progress(_SHARE_OF_SAVING * fraction), cancelled=cancelled
            )
            job = take_job(choice, film, out, saved.missing, horizon)
            return self._run(
                job, lambda fraction: progress(_SHARE_OF_SAVING + (1 - _SHARE_OF_SAVING) * fraction), cancelled
            )

    def _tell(self, entry: QueueEntry) -> None:
        """Tell how an export ended, unless the list that shows it is in front."""
        if entry.is_live or (self.list is not None and self.list.isVisible()):
            return
        told = {
            "done": f"Exported {entry.title} to {entry.folder}.",
            "failed": f"The export of {entry.title} failed. {entry.sentence}",
        }
        if entry.state in told:
            self._bridge.notice(EngineNotice(told[entry.state], topic="export"))


def _writable_folder(settings: AppSettings) -> Path:
    folder = settings.folder("export")
    if folder == Path.home():
        music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        return Path(music) if music and Path(music).is_dir() else folder
    return folder
