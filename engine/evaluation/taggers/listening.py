"""The input of a tagger: W, at an even level."""

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import AcnChannel

_LISTENING_RMS = 0.1


def listening_signal(foa: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return W (N,) of AmbiX at -20 dBFS, or as loud as its peak allows: a tagger should not judge the level."""
    w = np.asarray(foa[AcnChannel.W], np.float64)
    rms, peak = float(np.sqrt(np.mean(w * w))), float(np.max(np.abs(w)))
    return w if peak < 1e-6 else w * min(_LISTENING_RMS / rms, 1.0 / peak)
