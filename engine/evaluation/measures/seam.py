"""Are seams between patches audible? The joints every 160 ms of W compared with places within the patches around them.

Own measure, three figures per clip; the value in parentheses means no audible seam:
- click, dB (0): level of the largest second difference of the samples at the joint over that at the other places (mean
  of logarithms): a step in the waveform or its slope raises it;
- share, of joints whose click is above the 95th percentile of the other places around (0.05);
- change, dB (0): how far the spectra (24 bands) of 20 ms before and after differ at a joint, more than elsewhere.
Joints in silence (below -70 dBFS in 40 ms) are left out.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ

NO_SEAM: Final = {"seam_click_db": 0.0, "seam_share": 0.05, "seam_change_db": 0.0}
"""The figures of a joint like any other place."""

_SIDE: Final = 960
_STEP: Final = 240
_BANDS: Final = 24
_SILENCE_POWER: Final = 1e-7
_FLOOR: Final = 1e-7
_POWER_FLOOR: Final = 1e-10
_QUANTILE: Final = 95.0


@dataclass(frozen=True)
class Seam:
    """See the head of the file; `joints` is how many of them sounded."""

    click_db: float
    share: float
    change_db: float
    joints: int


def seam_of(mono: NDArray[np.floating], patch_samples: int = PATCH_SAMPLES) -> Seam | None:
    """Return the seam of W (N,) that was made in patches from its first sample, or None if no joint sounds."""
    wave = np.asarray(mono, np.float64)
    joints = [
        joint
        for joint in range(patch_samples, wave.size - patch_samples + 1, patch_samples)
        if np.mean(np.square(wave[joint - _SIDE : joint + _SIDE])) > _SILENCE_POWER
    ]
    if not joints:
        return None
    inside = np.arange(_SIDE, patch_samples - _SIDE + 1, _STEP)
    click, share, change = [], [], []
    for joint in joints:
        places = np.concatenate([joint - patch_samples + inside, joint + inside])
        here, there = _roughness_db(wave, np.array([joint]))[0], _roughness_db(wave, places)
        click.append(here - there.mean())
        share.append(float(here > np.percentile(there, _QUANTILE)))
        change.append(_change_db(wave, np.array([joint]))[0] - _change_db(wave, places).mean())
    return Seam(float(np.mean(click)), float(np.mean(share)), float(np.mean(change)), len(joints))


def click_at(mono: NDArray[np.floating], joint: int, patch_samples: int = PATCH_SAMPLES) -> float | None:
    """Return the click in dB at one joint of W (N,) where the sound itself may change; None in silence.

    It is compared with the rougher of the patches beside it: against the mean of both, every change from a rough sound
    to a smooth one would be a click.
    """
    wave = np.asarray(mono, np.float64)
    if np.mean(np.square(wave[joint - _SIDE : joint + _SIDE])) <= _SILENCE_POWER:
        return None
    inside = np.arange(_SIDE, patch_samples - _SIDE + 1, _STEP)
    sides = [_roughness_db(wave, begin + inside).mean() for begin in (joint - patch_samples, joint)]
    return float(_roughness_db(wave, np.array([joint]))[0] - max(sides))


def _roughness_db(wave: NDArray[np.float64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return levels (P,) of the largest second difference that crosses or touches a place."""
    around = wave[places[:, None] + np.arange(-2, 2)]
    levels: NDArray[np.float64] = 20.0 * np.log10(np.abs(np.diff(around, n=2, axis=1)).max(axis=1) + _FLOOR)
    return levels


def _change_db(wave: NDArray[np.float64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return mean absolute differences (P,) in dB between the band levels of 20 ms before and after a place."""
    before = _band_levels_db(wave[places[:, None] + np.arange(-_SIDE, 0)])
    after = _band_levels_db(wave[places[:, None] + np.arange(_SIDE)])
    change: NDArray[np.float64] = np.abs(after - before).mean(axis=1)
    return change


def _band_levels_db(pieces: NDArray[np.float64]) -> NDArray[np.float64]:
    power = np.abs(np.fft.rfft(pieces * np.hanning(pieces.shape[1]), axis=1) / pieces.shape[1]) ** 2
    edges = np.geomspace(100.0, 0.45 * SAMPLE_RATE_HZ, _BANDS + 1) * pieces.shape[1] / SAMPLE_RATE_HZ
    first = np.unique(np.round(edges).astype(int))
    return 10.0 * np.log10(np.add.reduceat(power, first[:-1], axis=1) + _POWER_FLOOR)
