"""Sound files for projects."""

from pathlib import Path

import numpy as np
import soundfile


def write_tone(path: Path, seconds: float = 1.0, rate_hz: int = 48_000) -> Path:
    """Write a mono tone; returns its path."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    soundfile.write(path, 0.1 * np.sin(2.0 * np.pi * 440.0 * times), rate_hz)
    return path
