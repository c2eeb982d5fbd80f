"""Where a recording can be continued from an earlier place of itself without a joint that is heard.

Two places fit if the level after both goes the same way for a while. So a clock's next tick comes when it is due, and
a texture does not jump.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.scenes.performing.events import FRAME, frame_power

_FLOOR_DB = 45.0
_SHORTEST_SHARE = 0.35
"""A loop is at least this share of the clip: shorter ones are heard as a pattern."""
_LENGTH_DB = 1.5
"""How much worse a joint may be for a loop that is as long as the clip."""
_HEARD_DB = 4.5
"""Two takes of one level's course differ by less, a bark and a pause by far more."""
_SOUNDING_DB, _BODY_SHARE = 10.0, 0.5
_FINE = 48
_REACH = 12
_SMOOTHING = np.array([0.25, 0.5, 0.25])


@dataclass(frozen=True)
class Loop:
    """From the sample `end` on, a clip sounds as it does from `start` on."""

    start: int
    end: int


def find_loop(wave: NDArray[np.float32], window_s: float) -> Loop | None:
    """Return where a clip (N,) can be looped if the courses of its level agree for `window_s`; None if nowhere."""
    level = _level_db(wave, FRAME)
    window = min(round(window_s * SAMPLE_RATE_HZ / FRAME), len(level) // 3)
    shortest = max(int(_SHORTEST_SHARE * len(level)), window)
    # One silence is like another: what agrees has to sound, and so has what is repeated.
    loudest = maximum_filter1d(level, window, origin=-(window // 2), mode="nearest")
    sounds = loudest >= np.quantile(level, 0.95) - _SOUNDING_DB
    power = np.concatenate([[0.0], np.cumsum(10 ** (level / 10))])
    best, found = _HEARD_DB, None
    for lag in range(shortest, len(level) - window):
        apart = np.cumsum(np.abs(level[lag:] - level[:-lag]))
        means = (apart[window - 1 :] - np.concatenate([[0.0], apart[:-window]])) / window
        means = np.where(sounds[: len(means)], means, np.inf)
        place = int(np.argmin(means))
        score = float(means[place]) + _LENGTH_DB * (1 - lag / len(level))
        body = (power[place + lag] - power[place]) / lag
        if score < best and body >= _BODY_SHARE * power[-1] / len(level):
            best, found = score, (place, lag)
    if found is None:
        return None
    place, lag = found
    start = place * FRAME
    return Loop(start, start + _finer(wave, start, lag * FRAME, window * FRAME))


def _finer(wave: NDArray[np.float32], start: int, lag: int, length: int) -> int:
    """Return the lag in samples near `lag` at which the level's course agrees best, to a millisecond."""
    here = _level_db(wave[start : start + length], _FINE)
    there = _level_db(wave[max(start + lag - _REACH * _FINE, 0) : start + lag + length + _REACH * _FINE], _FINE)
    offsets = range(len(there) - len(here) + 1)
    errors = [float(np.abs(there[k : k + len(here)] - here).mean()) for k in offsets]
    first = max(start + lag - _REACH * _FINE, 0)
    return first + int(np.argmin(errors)) * _FINE - start


def _level_db(wave: NDArray[np.float32], frame: int) -> NDArray[np.float64]:
    """Return the level of the frames of a wave (N,) in dB, not below 45 dB under its loud ones."""
    if frame == FRAME:
        power = frame_power(wave).astype(np.float64)
    else:
        frames = len(wave) // frame
        power = np.square(wave[: frames * frame].reshape(frames, -1)).mean(axis=1, dtype=np.float64)
    # Ticks are not due to the millisecond: a level a frame early is nearly the same.
    level = 10 * np.log10(np.convolve(power, _SMOOTHING, "same") + 1e-12)
    floored: NDArray[np.float64] = np.maximum(level, np.quantile(level, 0.95) - _FLOOR_DB)
    return floored
