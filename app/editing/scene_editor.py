"""Makes the edits that widgets ask for, on the open project, and says what changed. One thread: the window's."""

from typing import Final

from PySide6.QtCore import QObject, Signal

from app.project.open_project import OpenProject
from engine.contract.errors import SceneError
from engine.contract.scene.edits.change import Change
from engine.contract.scene.scene import Scene
from engine.contract.telemetry import EngineNotice
from widgets.timeline.gestures.requests import EditRequest
from widgets.timeline.timeline_view import TimelineView

_TOPIC: Final = "edit"


class SceneEditor(QObject):
    """Owns the open project, until another one is opened or `close`.

    `scene_changed` sends the scene after every change, and `scene_sounds` just before that to what plays it. `noticed`
    sends why an edit was refused, as a notice that the next edit takes away. `undo_changed` fires when undo or redo
    mean something else. `project_changed` sends the OpenProject when another one is open, and when its file or its
    folder of takes is another one.
    """

    scene_sounds = Signal(object)
    scene_changed = Signal(object)
    noticed = Signal(object)
    undo_changed = Signal()
    project_changed = Signal(object)

    def __init__(self, project: OpenProject, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self._names = ("", "")
        self._is_refused = False
        project.changed = self._changed

    @property
    def project(self) -> OpenProject:
        """The open project."""
        return self._project

    @property
    def undo_name(self) -> str:
        """The edit that undo takes back, "" if there is none."""
        return self._project.history.undo_name

    @property
    def redo_name(self) -> str:
        """The edit that redo makes again, "" if there is none."""
        return self._project.history.redo_name

    def open(self, project: OpenProject) -> None:
        """Edit another project; the one before is closed, and its unsaved work dropped, as the user chose."""
        self._project.close()
        self._project = project
        project.changed = self._changed
        self._changed(project.scene)
        self.project_changed.emit(project)

    def project_moved(self) -> None:
        """Say that the project was saved, perhaps under another name."""
        self.project_changed.emit(self._project)

    def close(self, *, keep: bool = False) -> None:
        """Close the project; unsaved work is kept for the next start if `keep`. May be called twice."""
        self._project.close(keep=keep)

    def begin_gesture(self) -> int:
        """Return the number of a new drag."""
        return self._project.begin_gesture()

    def make(self, request: EditRequest) -> str:
        """Make an edit, or say why it cannot be and return that; "" if it was made.

        An edit of a drag replaces the drag's edit before it.
        """
        try:
            self._project.edit(self._change(request), request.gesture)
        except SceneError as error:
            self.refuse(str(error))
            return str(error)
        if self._is_refused:
            self._is_refused = False
            self.noticed.emit(EngineNotice("", topic=_TOPIC))
        return ""

    def refuse(self, sentence: str) -> None:
        """Say why something cannot be."""
        self._is_refused = True
        self.noticed.emit(EngineNotice(sentence, topic=_TOPIC))

    def undo(self) -> None:
        """Take the last edit back, if there is one."""
        self._project.undo()

    def redo(self) -> None:
        """Make the edit again that was taken back last, if there is one."""
        self._project.redo()

    def show_in(self, view: TimelineView) -> None:
        """Let a timeline show the scene and ask for edits of it."""
        view.edit_requested.connect(self.make)
        view.refused.connect(self.refuse)
        self.scene_changed.connect(view.set_scene)
        view.set_scene(self._project.scene)

    def _change(self, request: EditRequest) -> Change:
        """Return the edit of the scene as it was before the drag, if the last step was part of the same drag."""
        history = self._project.history
        last = history.past[-1] if history.past else None
        if not request.gesture or last is None or last.gesture != request.gesture:
            return request.edit(history.scene)
        change = request.edit(last.scene)
        # Two values set in one drag: the first stays set.
        return change if change.key == last.key else request.edit(history.scene)

    def _changed(self, scene: Scene) -> None:
        # An edit is heard before it is drawn: the window takes longer than a block of the device.
        self.scene_sounds.emit(scene)
        self.scene_changed.emit(scene)
        names = (self.undo_name, self.redo_name)
        if names != self._names:
            self._names = names
            self.undo_changed.emit()
