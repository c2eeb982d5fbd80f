"""Several takes of one recipe with other seeds: which one is made now, and how far they are."""

from dataclasses import replace

from engine.contract.scene.recipe import Recipe, SceneTake
from engine.runtime.block_takes.making import TakeMaking
from engine.runtime.making.messages import CandidatesProgress, MakeCandidates


class CandidateRun:
    """A request for candidates while they are made, one after the other."""

    def __init__(self, wanted: MakeCandidates) -> None:
        self._wanted = wanted
        self._takes: list[SceneTake] = []

    @property
    def patches(self) -> int:
        """How many patches each candidate has."""
        return self._wanted.patches

    @property
    def is_over(self) -> bool:
        """Whether all are finished."""
        return len(self._takes) == len(self._wanted.seeds)

    @property
    def recipe(self) -> Recipe:
        """The recipe of the one that is made now."""
        return replace(self._wanted.recipe, seed=self._wanted.seeds[len(self._takes)])

    def advanced(self, making: TakeMaking) -> CandidatesProgress:
        """Return the progress after a step of the present one; a finished one makes way for the next."""
        under_way = making.passed
        if making.is_done:
            self._takes.append(SceneTake(making.take_id, making.recipe))
            under_way = 0
        passed = len(self._takes) * self.patches + under_way
        share = passed / (len(self._wanted.seeds) * self.patches)
        return CandidatesProgress(self._wanted.request, tuple(self._takes), share)
