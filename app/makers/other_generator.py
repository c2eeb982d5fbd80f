"""Lane, Make with Another Generator: the selected block is made by a program of the user's, in one step of undo.

Threads: lives in the GUI thread; the program is started, followed and checked in a background task.
"""

from functools import partial
from typing import Final

from PySide6.QtCore import QObject

from app.bridge.background_task import BackgroundTask, Cancelled, Progress
from app.context import AppContext
from app.files.maker_settings import MOST_MINUTES, MakerChoice
from app.makers.made import MadeFile, make_file
from app.project.open_project import OpenProject
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import EngineError, SceneError
from engine.contract.scene.edits.making import use_made
from engine.contract.telemetry import EngineNotice
from engine.runtime.makers.protocol import Maker, Said
from engine.runtime.makers.requests import request_for
from widgets.panels.maker_dialog import MakerDialog
from widgets.timeline.gestures.requests import EditRequest

_TOPIC: Final = "another generator"
_END_S: Final = 2.0
_CHOOSE: Final = "No block is selected: select one that is generated."


class OtherGenerator(QObject):
    """Adds its entry to the menu Lane. At most one sound is made at a time."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._context = context
        self._choice = context.settings.maker
        self._task: BackgroundTask | None = None
        self._message = ""
        self.dialog: MakerDialog | None = None
        menus = context.window.menus
        self.action = menus.add(
            menus.lane,
            "Make with Another &Generator …",
            "Ctrl+Shift+G",
            "Let another program on this computer make the sound of the selected block",
        )
        self.action.triggered.connect(self.show_dialog)
        context.selected.block_changed.connect(lambda _block: self._show_block())
        self._name_action()

    def show_dialog(self) -> None:
        """Open the dialog, or bring it to the front."""
        if self.dialog is None:
            dialog = MakerDialog(MOST_MINUTES, self._context.window)
            dialog.show_choice(self._choice.name, self._choice.command, self._choice.minutes)
            dialog.choice_changed.connect(self._keep)
            dialog.make_wanted.connect(self.make)
            dialog.stop_wanted.connect(self.cancel)
            self.dialog = dialog
        if not self.is_running:
            self.dialog.say("")
        self._show_block()
        self.dialog.show()
        self.dialog.activateWindow()

    @property
    def is_running(self) -> bool:
        """Whether a sound is being made."""
        return self._task is not None

    def make(self) -> None:
        """Let the generator make the selected block; a failure is shown in the dialog, or as a notice."""
        block, project = self._context.selected.block, self._context.editor.project
        if self.is_running or block is None:
            return
        try:
            maker = Maker.of(self._choice.name, self._choice.command, 60.0 * self._choice.minutes)
            request = request_for(project.scene, block.block_id)
            folder = project.takes_folder
            if folder is None:
                raise SceneError("There is no folder for the sound: save the project first.")
        except EngineError as error:
            self._say(str(error))
            return

        def work(progress: Progress, cancelled: Cancelled) -> MadeFile:
            def said(line: Said) -> None:
                self._message = line.message or self._message
                if line.progress is not None:
                    progress(line.progress)

            return make_file(maker, request, folder, said, cancelled)

        self._message = ""
        task = BackgroundTask("another-generator", work, self)
        task.progressed.connect(self._progressed)
        task.succeeded.connect(partial(self._take, project, block.block_id))
        task.failed.connect(lambda error: self._ended(str(error)))
        task.was_cancelled.connect(lambda: self._ended(f"{maker.name} was stopped; nothing was changed."))
        self._task = task
        if self.dialog is not None:
            self.dialog.show_running(is_running=True)
            self.dialog.say(f"{maker.name} is making '{request.words or 'the sound of the film'}' …")
        task.start()

    def cancel(self) -> None:
        """Stop the generator; nothing is changed."""
        if self._task is not None:
            self._task.cancel()

    def ask_to_end(self) -> None:
        """Stop the generator, with the window."""
        self.cancel()

    def end(self) -> None:
        """Wait for its end."""
        self.cancel()
        if self._task is not None:
            self._task.wait(_END_S)

    def _take(self, project: OpenProject, block_id: int, made: MadeFile) -> None:
        editor = self._context.editor
        if editor.project is not project:
            made.remove()
            self._ended(f"{made.made_by} made a sound for another project: it was not used.")
            return
        try:
            made = made.in_folder(project.takes_folder)  # the project may have got a name meanwhile
            edit = partial(
                use_made,
                block_id=block_id,
                made_by=made.made_by,
                words=made.words,
                file=made.file,
                file_samples=made.samples,
                convention=made.convention,
            )
            edit(project.scene)
        except EngineError as error:
            made.remove()
            self._ended(f"The sound that {made.made_by} made was not used: {_lower(str(error))}")
            return
        editor.make(EditRequest(edit))
        short = f" It is {made.samples / SAMPLE_RATE_HZ:.1f} s long." if made.is_short else ""
        self._ended(f"{made.made_by} made '{made.words or 'the sound of the film'}'.{short}")

    def _ended(self, sentence: str) -> None:
        self._task = None
        if self.dialog is not None:
            self.dialog.show_running(is_running=False)
        self._show_block()
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        if self.dialog is not None:
            self.dialog.say(sentence)
        if self.dialog is None or not self.dialog.isVisible():
            self._context.bridge.notice(EngineNotice(sentence, topic=_TOPIC))

    def _progressed(self, share: float) -> None:
        if self.dialog is not None and self.is_running:
            if share > 0.0:
                self.dialog.show_progress(share)
            if self._message:
                self.dialog.say(f"{self._choice.name}: {self._message}")

    def _show_block(self) -> None:
        if self.dialog is None:
            return
        block = self._context.selected.block
        if block is None:
            self.dialog.show_block(_CHOOSE, can_make=False)
            return
        try:
            request = request_for(self._context.editor.project.scene, block.block_id)
        except EngineError as error:
            self.dialog.show_block(str(error), can_make=False)
            return
        film = "" if request.film is None else f", with the film from {request.film_time_s:.1f} s"
        self.dialog.show_block(f"'{request.words}', {request.seconds:.1f} s{film}", can_make=True)

    def _keep(self, name: str, command: str, minutes: int) -> None:
        self._choice = MakerChoice(" ".join(name.split()), command.strip(), minutes)
        self._context.settings.maker = self._choice
        self._name_action()

    def _name_action(self) -> None:
        name = self._choice.name.replace("&", "&&") if self._choice.is_set_up else "Another &Generator"
        self.action.setText(f"Make with {name} …")


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:] if sentence else sentence
