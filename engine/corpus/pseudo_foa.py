"""Pseudo-FOA of non-spatial sound, for the first stage of training (paper, "Training stages", 1)."""

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import AcnChannel
from engine.corpus.labelling import is_silent, scene_of
from engine.corpus.shards import Origin
from engine.scenes.composer import Scene, SceneSource


def pseudo_scene(
    stereo: NDArray[np.float32], origin: Origin, sound_class: str, label: str, caption: str
) -> Scene | None:
    """Return the scene of a stretch of stereo (2, N) from all around, None if it is silent.

    Its axis is drawn by the origin, so it is the same every time.
    """
    foa = pseudo_foa(stereo, np.random.default_rng([int(origin.digest[:8], 16), round(origin.start_s * 4)]))
    return None if is_silent(foa) else scene_of(foa, (SceneSource(sound_class, label, None),), caption)


def pseudo_foa(stereo: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return AmbiX (4, N) of stereo (2, N): W = L + R and L - R in one random axis of X, Y, Z, the others zero.

    Both are halved, so that equal channels keep their level. Raises ValueError for another shape.
    """
    if stereo.ndim != 2 or len(stereo) != 2:
        raise ValueError(f"Pseudo-FOA needs stereo sound (2, N), not {stereo.shape}.")
    foa = np.zeros((4, stereo.shape[1]), np.float32)
    foa[AcnChannel.W] = 0.5 * (stereo[0] + stereo[1])
    axis = (AcnChannel.X, AcnChannel.Y, AcnChannel.Z)[int(rng.integers(3))]
    foa[axis] = 0.5 * (stereo[0] - stereo[1])
    return foa
