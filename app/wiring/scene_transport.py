"""The transport and the scene: what the loop button repeats, and what can be played without a film."""

from functools import partial

from PySide6.QtCore import QObject

from app.context import AppContext
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.edits.whole import set_loop
from engine.contract.scene.scene import LoopRange, Scene
from widgets.timeline.gestures.requests import EditRequest


class SceneTransport(QObject):
    """Connects on construction.

    The button is the switch of the scene's range, with undo. Without a range it repeats the film, which is no edit.
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._editor, self._bridge = context.editor, context.bridge
        self._transport = context.window.transport
        self._transport.loop_changed.connect(self._loop_changed)
        steps = context.window.timeline.actions_by_name
        self._transport.step_back_requested.connect(steps["frame_back"].trigger)
        self._transport.step_on_requested.connect(steps["frame_on"].trigger)
        self._editor.scene_changed.connect(self._show_scene)
        self._show_scene(self._editor.project.scene)

    def show_length(self) -> None:
        """Let the buttons act if there is anything to play."""
        film, scene = self._bridge.film, self._editor.project.scene
        has_blocks = any(lane.blocks for lane in scene.lanes)
        length_s = scene.length_samples / SAMPLE_RATE_HZ if has_blocks else 0.0
        self._transport.set_length(length_s if film is None else film.duration_s, film is not None and film.is_live)

    def _show_scene(self, scene: Scene) -> None:
        if scene.loop is not None:
            self._transport.set_loop(scene.loop.is_on)
        self.show_length()

    def _loop_changed(self, on: bool) -> None:
        loop = self._editor.project.scene.loop
        if loop is not None and loop.is_on != on:
            switched = LoopRange(loop.start_sample, loop.end_sample, on)
            self._editor.make(EditRequest(partial(set_loop, loop=switched)))
        self._bridge.set_loop(on)
