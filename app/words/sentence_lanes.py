"""The dialog in which one sentence becomes lanes: read by rules, corrected, applied as one step of undo."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from engine.contract.errors import SceneError
from engine.contract.planned_lane import PlannedLane
from widgets.timeline.gestures.requests import EditRequest

if TYPE_CHECKING:
    from engine.annotation.sentence.ideas import Ideas, LaneIdea
    from widgets.words.sentence_dialog import SentenceDialog

_END_S: Final = 0.6


class SentenceLanes(QObject):
    """Adds "Lanes from a Sentence" to the menu Lane. The rules read in the window's thread, in under a millisecond."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._context = context
        self._ideas: dict[int, LaneIdea] = {}
        self._keys = itertools.count(1)
        self._remarks: tuple[str, ...] = ()
        self._asking: BackgroundTask | None = None
        menus = context.window.menus
        self.action = menus.add(
            menus.lane, "Lanes from a &Sentence …", "Ctrl+Shift+L", "Describe several sounds and their places at once"
        )
        self.action.triggered.connect(self.show_dialog)
        self.dialog: SentenceDialog | None = None

    def show_dialog(self) -> None:
        """Open the dialog, or bring it to the front."""
        if self.dialog is None:
            from widgets.words.sentence_dialog import SentenceDialog

            dialog = SentenceDialog(self._context.window)
            dialog.sentence_changed.connect(self._read)
            dialog.rows_edited.connect(self._correct)
            dialog.apply_requested.connect(self._apply)
            dialog.reader.asked.connect(self._ask)
            dialog.reader.cancelled.connect(self.cancel)
            dialog.finished.connect(lambda _result: self.cancel())
            settings = self._context.settings
            dialog.reader.address.setText(settings.reader_address)
            dialog.reader.model.setText(settings.reader_model)
            self.dialog = dialog
        self.dialog.show()
        self.dialog.activateWindow()
        self.dialog.line.setFocus()
        self.dialog.line.selectAll()

    def cancel(self) -> None:
        """Give up what a model was asked; its answer is not used any more."""
        if self._asking is not None:
            self._asking.cancel()

    def ask_to_end(self) -> None:
        """Give up what a model was asked, with the window."""
        self.cancel()

    def end(self) -> None:
        """Wait for it."""
        self.cancel()
        if self._asking is not None:
            self._asking.wait(_END_S)

    def _read(self, sentence: str) -> None:
        from engine.annotation.sentence.ideas import lane_ideas  # its rules are compiled on first use

        self.cancel()
        if not sentence:
            self._show((), ())
            return
        try:
            ideas = lane_ideas(sentence)
        except SceneError as error:
            self._show((), (str(error),))
            return
        self._show(ideas.lanes, ideas.remarks)

    def _show(self, ideas: "Sequence[LaneIdea]", remarks: tuple[str, ...]) -> None:
        from engine.annotation.sentence.corrections import planned

        self._ideas = {next(self._keys): idea for idea in ideas}
        self._remarks = remarks
        if self.dialog is not None:
            self.dialog.show_plan([replace(planned(idea), key=key) for key, idea in self._ideas.items()], remarks)

    def _correct(self, rows: tuple[PlannedLane, ...]) -> None:
        """Read the rows again. One whose place is not understood says so, and keeps its place meanwhile."""
        if self.dialog is not None:
            self.dialog.show_plan([self._corrected(row) for row in rows], self._remarks)

    def _corrected(self, row: PlannedLane) -> PlannedLane:
        from engine.annotation.sentence.corrections import corrected, planned

        if not row.words:
            return replace(row, problem="", sound="")
        key = row.key or next(self._keys)
        try:
            self._ideas[key] = corrected(self._ideas.get(key), row)
        except SceneError as error:
            return replace(row, key=key, problem=str(error), directions=())
        return replace(planned(self._ideas[key]), key=key)

    def _apply(self, rows: tuple[PlannedLane, ...]) -> None:
        from engine.annotation.sentence.lanes import add_ideas

        scene = self._context.editor.project.scene
        ideas = tuple(self._ideas[row.key] for row in rows)
        edit = partial(add_ideas, ideas=ideas, start_sample=0, end_sample=scene.length_samples, seed=scene.next_id)
        refusal = self._context.editor.make(EditRequest(edit))
        if self.dialog is not None and refusal:
            self.dialog.show_plan(rows, (refusal,))  # the rows stay, to be corrected
            return
        if self.dialog is not None:
            self.dialog.accept()
        self._context.window.focus_timeline()

    def _ask(self, address: str, model: str) -> None:
        if self.dialog is None or not self.dialog.sentence:
            return
        from app.words.asking import Question, ask_endpoint

        settings = self._context.settings
        settings.reader_address, settings.reader_model = address, model
        question = Question(address, model, self.dialog.sentence)
        task = BackgroundTask("sentence", lambda _progress, cancelled: ask_endpoint(question, cancelled), self)
        task.succeeded.connect(lambda ideas: self._answered(task, ideas))
        task.failed.connect(lambda error: self._refused(task, error))
        task.was_cancelled.connect(lambda: self._ended(task))
        self._asking = task
        self.dialog.reader.set_asking(True)
        task.start()

    def _answered(self, task: BackgroundTask, ideas: "Ideas") -> None:
        if self._ended(task):
            self._show(ideas.lanes, ideas.remarks)

    def _refused(self, task: BackgroundTask, error: Exception) -> None:
        if self._ended(task) and self.dialog is not None:
            self.dialog.show_plan(self.dialog.table.rows, (f"{error} The reading by rules is kept.",))

    def _ended(self, task: BackgroundTask) -> bool:
        """Return whether a task that has ended is the newest one, and was not given up."""
        if task is not self._asking:
            return False
        self._asking = None
        if self.dialog is not None:
            self.dialog.reader.set_asking(False)
        return True
