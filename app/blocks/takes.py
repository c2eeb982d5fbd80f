"""The panel of a block's takes, and the comparison of two of them at the same loudness.

Threads: lives in the GUI thread; loudness is measured in a background task.
"""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from app.blocks.hearing import Hearing
from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from engine.ambisonics.loudness import LevelMeter
from engine.ambisonics.matching import matched_gains_db
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.blocks import Block, GeneratedBlock
from engine.contract.scene.edits.change import Change
from engine.contract.scene.edits.rerolling import reroll_range
from engine.contract.scene.edits.takes import choose_take, delete_take, keep_take, name_take
from engine.contract.scene.recipe import HIGHEST_SEED, SceneTake
from engine.runtime.block_takes.store import BlockTakes
from widgets.panels.take_panel import TakePanel, TakeRow
from widgets.timeline.gestures.requests import EditRequest

_FADE_SAMPLES: Final = SAMPLE_RATE_HZ // 10


class Takes(QObject):
    """Shows the takes of the selected block and does what the panel asks for."""

    def __init__(self, context: AppContext, hearing: Hearing) -> None:
        super().__init__(context.window)
        self._context, self._hearing = context, hearing
        self._editor, self._selected = context.editor, context.selected
        self.panel = panel = TakePanel()
        self._compared: tuple[SceneTake, SceneTake] | None = None
        self._gains = (0.0, 0.0)
        self._task: BackgroundTask | None = None
        context.window.add_panel(panel, "Takes", "F5", "The takes of the selected block", first=True)
        self._selected.block_changed.connect(self._show)
        panel.hear_wanted.connect(lambda take_id: self._with_take(choose_take, take_id=take_id))
        panel.keep_wanted.connect(lambda take_id, on: self._with_take(keep_take, take_id=take_id, keep=on))
        panel.name_wanted.connect(lambda take_id, name: self._with_take(name_take, take_id=take_id, name=name))
        panel.delete_wanted.connect(lambda take_id: self._with_take(delete_take, take_id=take_id))
        panel.compare_wanted.connect(self._compare)
        panel.reroll_wanted.connect(self._reroll)
        hearing.ended.connect(self._end)

    @property
    def block(self) -> GeneratedBlock | None:
        """The selected block, if the model makes it."""
        block = self._selected.block
        return block if isinstance(block, GeneratedBlock) else None

    def wait(self, timeout_s: float) -> None:
        """Wait for a measurement, at the end of the application."""
        if self._task is not None:
            self._task.wait(timeout_s)

    def _show(self, block: Block | None) -> None:
        if not isinstance(block, GeneratedBlock):
            self.panel.show_takes("", [], can_make=False)
            return
        rows = [_row(block, take, number) for number, take in enumerate(block.takes, start=1)]
        title = block.title if rows else f"{block.title}: no take is made yet"
        self.panel.show_takes(title, list(reversed(rows)), can_make=True)

    def _with_take(self, edit: Callable[..., Change], **values: object) -> None:
        block = self.block
        if block is not None:
            self._editor.make(EditRequest(partial(edit, block_id=block.block_id, **values)))

    def _compare(self, take_id: str) -> None:
        """Hear the other of the take in use (A) and the chosen one (B)."""
        block, folder = self.block, self._editor.project.takes_folder
        if block is None or block.current is None or folder is None:
            self.panel.show_compared("", "There is nothing to compare with yet: the block has no sound.")
            return
        mine, other = block.take(block.current), block.take(take_id)
        if mine is None or other is None:
            return
        if self._compared == (mine, other) and self._hearing.is_on:
            heard_b = self._hearing.take_id == other.take_id
            self._hear("A" if heard_b else "B")
            return
        self.panel.show_compared("B", "Measuring how loud both are …")
        self._task = BackgroundTask("take-levels", lambda _p, _c: _gains(folder, (mine.take_id, other.take_id)), self)
        self._task.succeeded.connect(partial(self._measured, (mine, other)))
        self._task.failed.connect(lambda error: self.panel.show_compared("", str(error)))
        self._task.start()

    def _measured(self, compared: tuple[SceneTake, SceneTake], gains: tuple[float, float]) -> None:
        block = self.block
        if block is not None and all(block.take(take.take_id) for take in compared):
            self._compared, self._gains = compared, gains
            self._hear("B")

    def _hear(self, letter: str) -> None:
        block = self.block
        if block is None or self._compared is None:
            return
        index = "AB".index(letter)
        take, gain_db = self._compared[index], self._gains[index]
        self._hearing.hear(block, take, gain_db)
        lower = f", {-gain_db:.1f} dB lower than usual" if gain_db <= -0.05 else ""
        self.panel.show_compared(letter, f"You hear {letter}: {_title(block, take)}{lower}. X changes, Esc ends.")

    def _end(self) -> None:
        self._compared = None
        self.panel.show_compared("", "")

    def _reroll(self) -> None:
        """Make what lies between loop in and loop out again."""
        block, loop = self.block, self._editor.project.scene.loop
        if block is None:
            return
        if loop is None:
            self._editor.refuse("Set loop in and loop out (I and O) round the part to make again.")
            return
        start, end = max(loop.start_sample, block.start_sample), min(loop.end_sample, block.end_sample)
        if start >= end:
            self._editor.refuse("The loop range lies outside the selected block: move it with I and O.")
            return
        edit = partial(
            reroll_range,
            block_id=block.block_id,
            start_sample=start,
            end_sample=end,
            seed=random.randint(0, HIGHEST_SEED),
            fade_samples=min(_FADE_SAMPLES, (end - start) // 2),
        )
        self._editor.make(EditRequest(edit))


def _gains(folder: Path, take_ids: tuple[str, str]) -> tuple[float, float]:
    """Return the gains in dB at which two takes are equally loud. Raises MediaError."""
    levels = []
    for take_id in take_ids:
        meter = LevelMeter()
        with BlockTakes(folder).open(take_id) as take:
            for index in range(take.patches):
                meter.add(take.patch(index).samples)
        levels.append(meter.level())
    first, second = matched_gains_db(levels)
    return first, second


def _title(block: GeneratedBlock, take: SceneTake) -> str:
    return take.name or f"Take {1 + [each.take_id for each in block.takes].index(take.take_id)}"


def _row(block: GeneratedBlock, take: SceneTake, number: int) -> TakeRow:
    details = [] if take.recipe.words == block.recipe.words else [f"'{take.recipe.words}'"]
    if take.recipe.seed != block.recipe.seed:
        details.append(f"seed {take.recipe.seed}")
    return TakeRow(
        take.take_id,
        take.name or f"Take {number}",
        ", ".join(details),
        take.take_id == block.current,
        take.is_kept,
    )
