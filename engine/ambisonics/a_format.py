"""The capsules of a tetrahedral microphone (A-format) as AmbiX.

Capsules point to front left up, front right down, back left down, back right up. The matrix is the classic one (Gerzon
1975, "The design of precisely coincident microphone arrays"), without the correction filters of a manufacturer.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

_TO_AMBIX: Final = 0.5 * np.array(
    [
        [1.0, 1.0, 1.0, 1.0],  # W
        [1.0, -1.0, 1.0, -1.0],  # Y: left capsules against right ones
        [1.0, -1.0, -1.0, 1.0],  # Z: upper ones against lower ones
        [1.0, 1.0, -1.0, -1.0],  # X: front ones against back ones
    ]
)


def a_format_to_ambix(capsules: FloatArray) -> FloatArray:
    """Return AmbiX (4, N) of capsules (4, N) in the order FLU, FRD, BLD, BRU; the floating-point type is kept."""
    if capsules.ndim != 2 or capsules.shape[0] != 4 or not np.issubdtype(capsules.dtype, np.floating):
        raise ValueError(f"A-format is (4, N) floating point, not {capsules.shape} {capsules.dtype}.")
    return _TO_AMBIX.astype(capsules.dtype) @ capsules
