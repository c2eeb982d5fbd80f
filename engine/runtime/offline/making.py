"""Makes the sound of a block that is not on disk, patch after patch: before turning, gain and limiting."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import Prompt
from engine.contract.conventions import DEFAULT_FLOW_STEPS, PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.errors import CancelledError
from engine.contract.generation import MAIN_LANE, PatchRequest, PatchSource
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.recipe import Cue
from engine.rendering.requests import Frame


def made_patches(
    block: GeneratedBlock,
    source: PatchSource,
    frame_at: Callable[[float], Frame] | None,
    cancelled: Callable[[], bool],
) -> Iterator[NDArray[np.float32]]:
    """Yield the sound of a block as AmbiX (4, n), from the start of its recipe to the end of the block.

    `frame_at` returns the conditioning frame at a film time; None means no film. Raises CancelledError if `cancelled`
    is true before a patch, and whatever the source or the film raises.
    """
    recipe = block.recipe
    direction = None if recipe.direction is None else recipe.direction.unit_vector()
    source.reset(recipe.seed)
    samples = block.before_samples + block.length_samples
    for start in range(0, samples, PATCH_SAMPLES):
        if cancelled():
            raise CancelledError("The rendering was cancelled; nothing was written.")
        frame: Frame | None = None
        if recipe.film_sample is not None and frame_at is not None:
            frame = frame_at(max(recipe.film_sample + start, 0) / SAMPLE_RATE_HZ)
        result = source.next_patch(
            PatchRequest(
                _prompt_at(recipe.cues, start + PATCH_SAMPLES // 2),
                None if frame is None else frame[1],
                -1 if frame is None else frame[0],
                direction,
                recipe.steps or DEFAULT_FLOW_STEPS,
                exact_direction=False,
            )
        )
        yield result.lanes.get(MAIN_LANE, result.samples)[:, : samples - start]


def _prompt_at(cues: Sequence[Cue], sample: int) -> Prompt:
    """Return the prompt at a sample of a recipe; within a ramp, both cues by their shares."""
    index = max(number for number, cue in enumerate(cues) if cue.after_samples <= sample)
    cue, parts = cues[index], []
    share = 1.0
    if index and sample - cue.after_samples < cue.ramp_samples:
        share = (sample - cue.after_samples) / cue.ramp_samples
        parts = [(slot.text.strip(), (1.0 - share) * slot.weight) for slot in cues[index - 1].slots]
    parts += [(slot.text.strip(), share * slot.weight) for slot in cue.slots]
    parts = [(text, weight) for text, weight in parts if text and weight > 0.0]
    return Prompt(*parts[0], tuple(parts[1:])) if parts else Prompt()
