"""Short takes from a patch source, for measuring."""

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import Prompt
from engine.contract.conventions import DEFAULT_FLOW_STEPS, PATCH_S
from engine.contract.directions import Direction
from engine.contract.generation import PatchRequest, PatchSource


def generate_take(
    source: PatchSource,
    prompt: str,
    *,
    direction: Direction | None,
    seed: int,
    seconds: float,
    steps: int = DEFAULT_FLOW_STEPS,
) -> NDArray[np.float32]:
    """Return AmbiX (4, N) of whole patches that cover `seconds`, as `generate` without a film makes it."""
    source.reset(seed)
    request = PatchRequest(
        Prompt(prompt), direction=None if direction is None else direction.unit_vector(), steps=steps
    )
    patches = max(1, int(np.ceil(seconds / PATCH_S - 1e-9)))
    return np.concatenate([source.next_patch(request).samples for _ in range(patches)], axis=1)
