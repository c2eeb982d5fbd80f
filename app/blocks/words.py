"""The words under the film: of the live stream while the scene has no block, of the selected block otherwise."""

import random
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from app.context import AppContext
from engine.contract.scene.blocks import Block
from engine.contract.scene.edits.blocks import rename_block
from engine.contract.scene.edits.change import Change, generated_block
from engine.contract.scene.edits.words import follow_film, set_seed, set_steps, set_words
from engine.contract.scene.recipe import HIGHEST_SEED, PromptSlot
from engine.contract.scene.scene import Scene
from widgets.timeline.gestures.requests import EditRequest


class BlockWords(QObject):
    """Shows the selected block in the editor and makes the edits that it asks for."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._editor, self._selected, self._window = context.editor, context.selected, context.window
        self._gesture = 0
        panel = context.window.block
        panel.typing_began.connect(self._begin)
        panel.words_typed.connect(self._set_words)
        panel.renamed.connect(self._rename)
        panel.seed_wanted.connect(lambda seed: self._with_block(partial(set_seed, seed=seed)))
        panel.steps_wanted.connect(lambda steps: self._with_block(partial(set_steps, steps=steps)))
        panel.follows_wanted.connect(lambda on: self._with_block(partial(follow_film, follows=on)))
        panel.die_pressed.connect(lambda: self._with_block(partial(set_seed, seed=random.randint(0, HIGHEST_SEED))))
        context.selected.block_changed.connect(self._show)
        context.editor.scene_changed.connect(self._scene_changed)
        self._scene_changed(context.editor.project.scene)

    def _scene_changed(self, scene: Scene) -> None:
        has_blocks = any(lane.blocks for lane in scene.lanes)
        shown = self._window.block if has_blocks else self._window.prompt
        if self._window.words.currentWidget() is not shown:
            self._window.words.setCurrentWidget(shown)
        self._show(self._selected.block)

    def _show(self, block: Block | None) -> None:
        self._window.block.show_block(block, has_film=self._editor.project.scene.film is not None)

    def _begin(self) -> None:
        self._gesture = self._editor.begin_gesture()

    def _set_words(self, block_id: int, text: str) -> None:
        """Set the first of the first words; what stands beside them and what follows them stays."""

        def edit(scene: Scene) -> Change:
            others = generated_block(scene, block_id).recipe.cues[0].slots[1:]
            return set_words(scene, block_id, (PromptSlot(text), *others) if text else others)

        self._editor.make(EditRequest(edit, self._gesture))
        self._show(self._selected.block)

    def _rename(self, block_id: int, name: str) -> None:
        self._editor.make(EditRequest(partial(rename_block, block_id=block_id, name=name), self._gesture))

    def _with_block(self, edit: Callable[..., Change]) -> None:
        block = self._selected.block
        if block is not None:
            self._editor.make(EditRequest(partial(edit, block_id=block.block_id)))
            self._show(self._selected.block)
