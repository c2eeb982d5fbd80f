"""Two takes for comparison: noise, and the nearest training sound placed at the requested direction."""

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.encoding import encode_path
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.evaluation.measures.truth import Trajectory
from engine.evaluation.taggers.listening import listening_signal

_STRAIGHT_AHEAD = np.array([1.0, 0.0, 0.0])
_LOWEST_HZ = 20.0


def pink_noise(samples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return noise (N,) whose power falls by 3 dB per octave, at -20 dBFS: a take by chance."""
    spectrum = rng.standard_normal((2, samples // 2 + 1)).T @ np.array([1.0, 1.0j])
    frequency = np.fft.rfftfreq(samples, 1.0 / SAMPLE_RATE_HZ)
    shaped = np.where(frequency >= _LOWEST_HZ, spectrum / np.sqrt(np.maximum(frequency, _LOWEST_HZ)), 0.0)
    return listening_signal(np.fft.irfft(shaped, n=samples)[None])


def panned(mono: NDArray[np.floating], trajectory: Trajectory, samples: int) -> NDArray[np.float32]:
    """Return AmbiX (4, N) of a sound, repeated or cut to N samples at -20 dBFS, that follows the dominant direction.

    If the direction is unknown the last one holds; if none is ever known the sound is in front.
    """
    wave = listening_signal(np.resize(np.asarray(mono, np.float64), samples)[None])
    times = np.arange(0, samples, PATCH_SAMPLES)
    vectors = trajectory.dominant.at(times / SAMPLE_RATE_HZ)
    known = np.any(vectors, axis=1)
    if not known.any():
        return encode_path(wave, _STRAIGHT_AHEAD[None], [0.0])
    return encode_path(wave, vectors[known], times[known])
