"""What a block asks the model for, patch by patch: its recipe as a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import Prompt
from engine.contract.conventions import DEFAULT_FLOW_STEPS, PATCH_SAMPLES
from engine.contract.generation import PatchRequest
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe
from engine.rendering.requests import Frame


@dataclass(frozen=True)
class PatchPlan:
    """The conditions of one patch, as plain values: everything that its sound depends on besides the patches before.

    `parts` are the texts and their weights, `film_sample` the sample of the film that it starts with (None: it does
    not follow the film), `azimuth_deg` and `elevation_deg` the model's direction (None: none).
    """

    parts: tuple[tuple[str, float], ...]
    steps: int
    film_sample: int | None
    azimuth_deg: float | None
    elevation_deg: float | None

    @property
    def prompt(self) -> Prompt:
        """The texts as a prompt."""
        if not self.parts:
            return Prompt("")
        (text, weight), *beside = self.parts
        return Prompt(text, weight, tuple(beside))

    def request(
        self, direction: NDArray[np.float64] | None, frame: Frame | None, replay: NDArray[np.float32] | None
    ) -> PatchRequest:
        """Return the request of the patch. The mix turns the field from where it is made to the lane's place."""
        return PatchRequest(
            self.prompt,
            None if frame is None else frame[1],
            -1 if frame is None else frame[0],
            direction,
            self.steps,
            exact_direction=direction is not None,
            replay=replay,
        )


def patches_of(block: GeneratedBlock) -> int:
    """Return the number of patches of a block, from the start of its recipe to its own end."""
    return -(-(block.before_samples + block.length_samples) // PATCH_SAMPLES)


def patch_plans(recipe: Recipe, count: int) -> list[PatchPlan]:
    """Return the plans of the first `count` patches of a recipe."""
    place = recipe.direction
    return [
        PatchPlan(
            parts=_parts_at(recipe.cues, index * PATCH_SAMPLES + PATCH_SAMPLES // 2),
            steps=recipe.steps or DEFAULT_FLOW_STEPS,
            film_sample=None if recipe.film_sample is None else recipe.film_sample + index * PATCH_SAMPLES,
            azimuth_deg=None if place is None else place.azimuth_deg,
            elevation_deg=None if place is None else place.elevation_deg,
        )
        for index in range(count)
    ]


def _parts_at(cues: Sequence[Cue], sample: int) -> tuple[tuple[str, float], ...]:
    """Return the texts and weights at a sample of a recipe; within a ramp those of both cues, by their shares."""
    index = max(i for i, cue in enumerate(cues) if cue.after_samples <= sample)
    cue = cues[index]
    since = sample - cue.after_samples
    if index == 0 or since >= cue.ramp_samples:
        return _parts(cue.slots, 1.0)
    share = since / cue.ramp_samples
    return _parts(cues[index - 1].slots, 1.0 - share) + _parts(cue.slots, share)


def _parts(slots: Sequence[PromptSlot], share: float) -> tuple[tuple[str, float], ...]:
    return tuple(
        (slot.text.strip(), round(share * slot.weight, 6))
        for slot in slots
        if slot.text.strip() and round(share * slot.weight, 6) > 0.0
    )
