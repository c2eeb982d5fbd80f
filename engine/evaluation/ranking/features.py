"""The scorer's features of W: colour, its variation and its modulation, a fixed number of figures.

Log-mel levels of 32 bands (pairs of the 64 of codec_metrics) at 10-ms frames. Colour is their mean over the frames that
sound, their spread is over all frames. Modulation is the spectrum of 8 groups of bands over time in octaves from 1 to
32 Hz (after Chi, Ru and Shamma, J. Acoust. Soc. Am. 118(2), 2005, much simplified). The level of the clip is removed
from all of them: the loudness of a sound does not identify it.
"""

import itertools
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engine.contract.conventions import PATCH_SAMPLES, AcnChannel
from engine.evaluation.measures.codec_metrics import log_mel_db

BANDS: Final = 32
_GROUPS: Final = 8
_MODULATION_HZ: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_FRAME_HZ: Final = 100.0
_SOUNDING_DB: Final = 20.0
_FLOOR_DB: Final = 45.0
_LEVEL: Final = 0.1
_QUANTILES: Final = (10.0, 50.0, 90.0)
_SHORTEST_SAMPLES: Final = 24_000

FEATURES: Final = 3 * BANDS + _GROUPS * (len(_MODULATION_HZ) - 1) + len(_QUANTILES) + 3
"""The number of figures of `clip_features`."""


def clip_features(foa: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the figures (FEATURES,) of AmbiX (4, N) at 48 kHz; a clip under half a second is padded with silence."""
    w = np.asarray(foa[AcnChannel.W], np.float32)
    w = np.pad(w, (0, max(_SHORTEST_SAMPLES - w.size, 0)))
    pieces = np.square(w[: w.size // PATCH_SAMPLES * PATCH_SAMPLES].reshape(-1, PATCH_SAMPLES)).mean(axis=1)
    # To one level before there are decibels: these have a fixed floor.
    w = w * np.float32(_LEVEL / max(float(np.sqrt(pieces.max())), 1e-6))
    return features_of_levels(log_mel_db(torch.from_numpy(w)).double().numpy())


def features_of_levels(levels_db: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the figures (FEATURES,) of log-mel levels (T, 64) in dB."""
    power = (10.0 ** (np.asarray(levels_db, float) / 10.0)).reshape(-1, BANDS, 2).mean(axis=2)
    # What is far below the loudest frame is noise of the recording, not the sound.
    power = power + max(power.sum(axis=1).max() * 10.0 ** (-_FLOOR_DB / 10.0), 1e-12)
    levels, loudness = 10.0 * np.log10(power), 10.0 * np.log10(power.sum(axis=1))
    sounding = loudness >= loudness.max() - _SOUNDING_DB
    centred = levels - levels[sounding].mean()
    flux = np.abs(np.diff(levels, axis=0)).mean(axis=0)
    spread = loudness - loudness.max()
    return np.concatenate(
        [
            centred[sounding].mean(axis=0),
            centred.std(axis=0),
            flux,
            _modulation(levels),
            np.percentile(spread, _QUANTILES),
            [sounding.mean(), spread.std(), np.abs(np.diff(loudness)).mean()],
        ]
    )


def _modulation(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the modulation energy of groups of bands in octaves of modulation, groups by octaves."""
    groups = levels.reshape(len(levels), _GROUPS, -1).mean(axis=2)
    moving = (groups - groups.mean(axis=0)) * np.hanning(len(groups))[:, None]
    energy = np.abs(np.fft.rfft(moving, axis=0)) ** 2 / len(groups) ** 2
    hz = np.fft.rfftfreq(len(groups), 1.0 / _FRAME_HZ)
    octaves = [energy[(hz >= low) & (hz < high)].sum(axis=0) for low, high in itertools.pairwise(_MODULATION_HZ)]
    return np.asarray(np.log(np.stack(octaves, axis=1) + 1e-3).ravel())
