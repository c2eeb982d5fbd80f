"""The makings that are under way, each with a stream of the model, so that changing over costs nothing."""

from collections import OrderedDict
from collections.abc import Collection
from typing import Final

from engine.contract.errors import ExportError
from engine.contract.generation import StreamSource
from engine.contract.scene.recipe import Recipe
from engine.runtime.block_takes.making import FrameAt, TakeMaking
from engine.runtime.making.survey import Survey

MOST_STREAMS: Final = 8
"""Streams that are kept. To go on with a block that lost its stream, its take is replayed from its start."""


class Streams:
    """Makings by recipe; those used last stay open. One thread at a time."""

    def __init__(self, model: StreamSource) -> None:
        self._model = model
        self._idle: list[StreamSource] = []
        self._open: OrderedDict[Recipe, tuple[TakeMaking, StreamSource]] = OrderedDict()

    def making(self, recipe: Recipe, patches: int, survey: Survey, frame_at: FrameAt | None) -> TakeMaking:
        """Return the making of a recipe, as it is under way or begun now. Raises MediaError."""
        if recipe in self._open:
            making = self._open[recipe][0]
            if making.maker == survey.maker_of(recipe) and (making.total == patches or making.resize(patches)):
                self._open.move_to_end(recipe)
                return making
            self.close(recipe)
        holders = survey.holders(recipe)
        for other in [key for key, (making, _) in self._open.items() if making.take_id in holders]:
            self.close(other)  # a take has one writer, and this recipe may go on with its take
        if len(self._open) >= MOST_STREAMS:
            self.close(next(iter(self._open)))
        source = self._idle.pop() if self._idle else self._model.another()
        maker = survey.maker_of(recipe)
        try:
            try:
                making = TakeMaking(recipe, patches, source, survey.store, maker, take_ids=holders, frame_at=frame_at)
            except ExportError:  # another window makes that take, or it cannot be written: begin one of our own
                making = TakeMaking(recipe, patches, source, survey.store, maker, frame_at=frame_at)
        except BaseException:
            self._idle.append(source)
            raise
        self._open[recipe] = making, source
        return making

    def close(self, recipe: Recipe) -> None:
        """End a making; its take stays. Nothing happens if there is none."""
        if recipe in self._open:
            making, source = self._open.pop(recipe)
            making.close()
            self._idle.append(source)

    def close_others(self, kept: Collection[Recipe]) -> None:
        """End the makings of all recipes but these."""
        for recipe in [recipe for recipe in self._open if recipe not in kept]:
            self.close(recipe)

    def close_all(self) -> None:
        """End all makings."""
        for recipe in list(self._open):
            self.close(recipe)
