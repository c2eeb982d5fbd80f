"""The grid of the mix: 10 ms, counted from the start of the film. What changes, changes in a ramp over one tick."""

from typing import Final

import numpy as np

from engine.contract.conventions import SAMPLE_RATE_HZ

TICK_SAMPLES: Final = 480
TICK_S: Final = TICK_SAMPLES / SAMPLE_RATE_HZ
RAMP: Final = (np.arange(1, TICK_SAMPLES + 1) / TICK_SAMPLES).astype(np.float32)
"""(480,): from just above 0 to 1, which is reached with the last sample."""
