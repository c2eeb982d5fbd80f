"""Short takes from a patch source, for measuring."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import DirectionPath, GenerationSettings, Prompt
from engine.contract.conventions import DEFAULT_FLOW_STEPS, PATCH_S, PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.contract.generation import PatchSource
from engine.rendering.requests import Frame
from engine.rendering.takes import render_take


def generate_take(
    source: PatchSource,
    prompt: str,
    *,
    direction: Direction | DirectionPath | None,
    seed: int,
    seconds: float,
    steps: int = DEFAULT_FLOW_STEPS,
    exact_direction: bool = True,
) -> NDArray[np.float32]:
    """Return AmbiX (4, N) of whole patches that cover `seconds`, as `generate` without a film makes it."""
    settings = GenerationSettings(
        prompt=Prompt(prompt),
        path=DirectionPath.fixed(direction) if isinstance(direction, Direction) else direction,
        seed=seed,
        steps=steps,
        exact_direction=exact_direction,
    )
    patches = max(1, int(np.ceil(seconds / PATCH_S - 1e-9)))
    return render_take(source, settings, patches * PATCH_SAMPLES)


def generate_film_take(source: PatchSource, frames: Sequence[Frame], seed: int) -> NDArray[np.float32]:
    """Return AmbiX (4, N) made for the film alone: per patch the index and the picture (128, 256, 3) that it sees."""
    seen = iter(frames)
    samples = len(frames) * PATCH_SAMPLES
    return render_take(source, GenerationSettings(seed=seed), samples, frame_at=lambda _: next(seen))
