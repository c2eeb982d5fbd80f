"""Codec figures of a pair: the changes by a round trip. They say little if a take need not repeat its reference.

Log-mel distance and direction shift as in `engine.evaluation.measures.codec_metrics`; levels are RMS of W.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from engine.contract.conventions import AcnChannel
from engine.evaluation.measures.codec_metrics import doa_shift_deg, log_mel_db

_SHORTEST = 2_048


def levels_db(mono: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return log-mel levels (T, 64) in dB, one every 10 ms, of W (N,) at 48 kHz; a short sound is padded."""
    wave = np.asarray(mono, np.float32)
    return log_mel_db(torch.from_numpy(np.pad(wave, (0, max(0, _SHORTEST - wave.size))))).numpy()


def log_mel_distance_db(levels: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the mean absolute difference in dB of levels (T, 64), over their common length."""
    frames = min(len(levels), len(other))
    return float(np.abs(levels[:frames] - other[:frames]).mean())


def direction_shift_deg(take: NDArray[np.float32], recording: NDArray[np.float32]) -> float | None:
    """Return the median shift in degrees of the seconds of AmbiX (4, N) that sound, or None if there is none."""
    samples = min(take.shape[1], recording.shape[1])
    before, after = (torch.from_numpy(np.ascontiguousarray(foa[:, :samples])) for foa in (recording, take))
    shifts = doa_shift_deg(before, after)
    return float(shifts.median()) if len(shifts) else None


def level_db(foa: NDArray[np.float32]) -> float:
    """Return the level in dBFS (mean square) of W of AmbiX (4, N), with a floor at -120 dBFS."""
    return float(10.0 * np.log10(np.mean(np.square(foa[AcnChannel.W], dtype=np.float64)) + 1e-12))
