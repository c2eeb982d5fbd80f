"""The way into a scene: the first lane takes the words of the prompt, the drawn direction and the whole film."""

from functools import partial
from typing import Final

from PySide6.QtCore import QObject

from app.context import AppContext
from engine.contract.scene.checks import LONGEST_NAME
from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.change import Change, together
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.place import LanePath
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene
from widgets.timeline.gestures.requests import EditRequest

_FILM_SOUND: Final = "Sound of the film"


class FirstLane(QObject):
    """Makes what is live the first lane of the scene."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._context = context
        context.window.timeline.first_lane_wanted.connect(self.add)

    def add(self) -> None:
        """Add a lane with a block over the whole film."""
        context = self._context
        scene = context.editor.project.scene
        words = context.window.prompt.prompt.text
        if not words and scene.film is None:
            context.editor.refuse("Type words or open a film first: the lane gets them.")
            context.window.prompt.line.setFocus()
            return
        direction = context.window.direction.direction
        path = None if direction is None else LanePath.fixed(direction)
        context.editor.make(EditRequest(partial(_with_first_lane, words=words, path=path)))
        if context.editor.project.scene.lanes:
            context.selected.choose_block(scene.next_id + 1)


def _with_first_lane(scene: Scene, words: str, path: LanePath | None) -> Change:
    name = (words or _FILM_SOUND)[:LONGEST_NAME]
    recipe = Recipe.of(words, film_sample=None if scene.film is None else 0)
    add_block = partial(
        add_generated, lane_id=scene.next_id, recipe=recipe, start_sample=0, length_samples=scene.length_samples
    )
    return together(scene, f"Add lane '{name}'", [partial(add_lane, name=name, path=path), add_block])
