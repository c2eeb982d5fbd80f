"""The scene in the window: the timeline, its keys, the film that it follows."""

from functools import partial
from typing import Final

from PySide6.QtCore import QObject

from app.blocks.candidates import Candidates
from app.blocks.continuing import Continuing
from app.blocks.first_lane import FirstLane
from app.blocks.gain import BlockGain
from app.blocks.hearing import Hearing
from app.blocks.making import Making
from app.blocks.takes import Takes
from app.blocks.words import BlockWords
from app.bridge.background_task import BackgroundTask
from app.bridge.scene_bridge import SceneBridge
from app.context import AppContext
from app.editing.undo_actions import UndoActions
from app.project.media import scene_film
from app.wiring.scene_transport import SceneTransport
from engine.contract.scene.edits.whole import set_film
from engine.contract.scene.scene import SceneFilm
from engine.contract.video import VideoInfo

_END_S: Final = 1.0


class SceneWiring(QObject):
    """Connects on construction."""

    def __init__(self, context: AppContext, scenes: SceneBridge) -> None:
        super().__init__(context.window)
        self._context = context
        window, bridge, editor = context.window, context.bridge, context.editor
        timeline = window.timeline
        self._film_look: BackgroundTask | None = None
        undo = self._undo = UndoActions(editor, window)  # kept: signals hold no object
        first = window.menus.edit.actions()[0]
        window.menus.edit.insertActions(first, [undo.undo, undo.redo])
        window.menus.edit.insertSeparator(first)
        editor.show_in(timeline)
        editor.noticed.connect(bridge.notice)
        timeline.seek_requested.connect(bridge.seek)
        timeline.left.connect(window.focus_film)
        timeline.reveal_wanted.connect(lambda: window.below.show_panel(timeline))
        bridge.position.connect(timeline.set_position)
        bridge.film_opened.connect(self._film_opened)
        bridge.film_closed.connect(self._film_closed)
        self._scenes = scenes
        self._transport = SceneTransport(context)
        self.hearing = Hearing(context, scenes)
        self.making = Making(context, scenes)
        self.words = BlockWords(context)
        BlockGain(context)
        self.first_lane = FirstLane(context)
        self.continuing = Continuing(context)
        self.takes = Takes(context, self.hearing)
        self.candidates = Candidates(context, scenes, self.takes, self.hearing)

    def ask_to_end(self) -> None:
        """Begin to end, without waiting."""
        self._scenes.ask_to_end()
        self.candidates.cancel()

    def end(self) -> None:
        """End what makes and ranks takes. May be called twice."""
        self._scenes.close()
        for part in (self.takes, self.candidates, self.continuing):
            part.wait(_END_S)
        if self._film_look is not None:
            self._film_look.wait(_END_S)

    def _film_closed(self) -> None:
        window = self._context.window
        self._transport.show_length()
        window.film_bar.show_film(None)
        window.show_film_area(False)
        window.timeline.set_rate(None)

    def _film_opened(self, info: VideoInfo) -> None:
        """Make the film the scene's; its content is hashed in the background."""
        self._context.window.timeline.set_rate(None if info.times == "still" else info.fps)
        task = BackgroundTask("film-content", lambda _progress, _cancelled: scene_film(info), self)
        task.succeeded.connect(partial(self._take_film, info))
        self._film_look = task
        task.start()

    def _take_film(self, info: VideoInfo, film: SceneFilm) -> None:
        """Undo does not take the film away: it is on display. The film of the scene as it is needs no edit."""
        project = self._context.editor.project
        if self._context.bridge.film is info and project.scene.film != film:
            project.amend(lambda scene: set_film(scene, film))
