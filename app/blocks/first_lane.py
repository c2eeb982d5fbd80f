"""The way into a scene: what is live becomes its first lanes: words, places and the whole film."""

from functools import partial
from typing import Final

from PySide6.QtCore import QObject

from app.context import AppContext
from engine.contract.directions import Direction
from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.change import Change, Edit, quoted, together
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.edits.places import place_lane
from engine.contract.scene.edits.words import follow_film
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene
from widgets.timeline.gestures.requests import EditRequest

_FROM_PICTURE: Final = "From the picture"


class FirstLane(QObject):
    """Makes what is live the first lanes of the scene: one for each source in the prompt."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._context = context
        context.window.timeline.first_lane_wanted.connect(self.add)

    def add(self) -> None:
        """Add a lane for each source, with a block over the whole film. A drawn direction places the only one."""
        context = self._context
        scene = context.editor.project.scene
        words = context.window.prompt.prompt.text
        if not words and scene.film is None:
            context.editor.refuse("Type words or open a film first: the lane gets them.")
            context.window.prompt.line.setFocus()
            return
        drawn = context.window.direction.direction
        context.editor.make(EditRequest(partial(_with_first_lanes, words=words, drawn=drawn)))
        if context.editor.project.scene.lanes:
            context.selected.choose_block(scene.next_id + 1)


def _with_first_lanes(scene: Scene, words: str, drawn: Direction | None) -> Change:
    """Return the scene with the lanes of the words; without words, with one that follows the film."""
    if not words:
        added = _with_film_lane(scene)
    else:
        from engine.annotation.sentence.ideas import lane_ideas  # its rules are compiled on first use
        from engine.annotation.sentence.lanes import add_ideas

        added = add_ideas(scene, lane_ideas(words).lanes, 0, scene.length_samples)
    lanes = added.scene.lanes
    more: list[Edit] = []
    if drawn is not None and len(lanes) == 1:
        more.append(partial(place_lane, lane_id=lanes[0].lane_id, direction=drawn))
    if scene.film is not None and words:
        more += [partial(follow_film, block_id=block.block_id, follows=True) for block in added.scene.blocks()]
    return together(scene, added.name, [lambda _scene: added, *more])


def _with_film_lane(scene: Scene) -> Change:
    add_block = partial(
        add_generated,
        lane_id=scene.next_id,
        recipe=Recipe.of("", film_sample=0),
        start_sample=0,
        length_samples=scene.length_samples,
    )
    return together(scene, f"Add lane {quoted(_FROM_PICTURE)}", [partial(add_lane, name=_FROM_PICTURE), add_block])
