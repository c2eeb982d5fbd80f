"""Does the sound set in when the picture does? Onsets of W against onsets of the film, four figures per clip.

An onset of sound is a peak of the spectral flux (Dixon, "Onset detection revisited", DAFx 2006): the rise in dB over
30 ms, averaged over 64 mel bands, that stands 3 dB above its median in the second around. A single tone over a broad
bed is missed. An onset of the picture is defined in `film.py`. They are paired one to one if they lie within a
quarter of a second (one frame of the model's input), as AV-Align pairs peaks of sound and picture (Yariv et
al., "Diverse and aligned audio-to-video generation", AAAI 2024), with the F-measure of onset detection (MIREX,
mir_eval) for its ratio.
- f (1): 2 pairs / (onsets of sound + onsets of picture);
- share (1): share of the onsets of sound that have an onset of the picture within the window, paired or not;
- offset, s (0): median distance from an onset of sound to the nearest onset of the picture;
- lag, s (0): how far sound and picture have to be moved, up to 1 s, for flux and change to correlate best.
Chance is the take's own sound, shifted in a circle. A film without onsets is not evaluated.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, median_filter

WINDOW_S: Final = 0.25
STEP_S: Final = 0.01
"""The grid of `codec_metrics.log_mel_db`."""

_FRAME_S: Final = 2_048 / 48_000
_LAG: Final = 3
_RISE_DB: Final = 3.0
_INAUDIBLE_DB: Final = 60.0
_AROUND: Final = 101
_PEAK: Final = 11
_APART_S: Final = 0.1
_LONGEST_LAG: Final = 100
_BLUR: Final = 6.0
_CHANCE_DRAWS: Final = 32
_SMALLEST_MOVE_S: Final = 0.5


@dataclass(frozen=True, eq=False)
class Onsets:
    """The times of onsets, seconds (K,), in `seconds` of sound or film, and their strength on a grid of 10 ms (T,)."""

    times_s: NDArray[np.float64]
    strength: NDArray[np.float64]
    seconds: float

    def until(self, seconds: float) -> "Onsets":
        """Return the part before a time."""
        end = min(seconds, self.seconds)
        return Onsets(self.times_s[self.times_s < end], self.strength[: round(end / STEP_S)], end)

    def moved_round(self, by_s: float) -> "Onsets":
        """Return it shifted later in a circle."""
        times = np.sort(np.mod(self.times_s + by_s, self.seconds))
        return Onsets(times, np.roll(self.strength, round(by_s / STEP_S)), self.seconds)


def sound_onsets(levels_db: NDArray[np.floating], seconds: float) -> Onsets:
    """Return the onsets of log-mel levels (T, 64) in dB, one every 10 ms; 60 dB below the loudest is silence."""
    heard = np.maximum(np.asarray(levels_db, float), np.max(levels_db) - _INAUDIBLE_DB)
    flux = np.zeros(len(heard))
    flux[_LAG:] = np.maximum(heard[_LAG:] - heard[:-_LAG], 0.0).mean(axis=1)
    rise = flux - median_filter(flux, _AROUND, mode="nearest")
    peaks = np.flatnonzero((rise > _RISE_DB) & (flux >= maximum_filter1d(flux, _PEAK)))
    # The frame 30 ms earlier is the last one without the onset: it begins where that one ends.
    times = thinned(np.asarray((peaks - _LAG) * STEP_S + _FRAME_S, np.float64), _APART_S)
    strength = np.zeros(max(round(seconds / STEP_S), 1))
    begin = round(_FRAME_S / STEP_S) - _LAG
    part = np.maximum(rise, 0.0)[: strength.size - begin]
    strength[begin : begin + part.size] = part
    return Onsets(times[(times >= 0.0) & (times < seconds)], strength, seconds)


def sync_figures(sound: Onsets, picture: Onsets) -> dict[str, float]:
    """Return the figures by their keys, over the common length; none if the picture has no onset."""
    sound, picture = sound.until(picture.seconds), picture.until(sound.seconds)
    if not picture.times_s.size:
        return {}
    if not sound.times_s.size:
        return {"av_onset_f": 0.0, "av_onset_share": 0.0}
    distances = np.abs(sound.times_s[:, None] - picture.times_s[None]).min(axis=1)
    paired = matched(sound.times_s, picture.times_s, WINDOW_S)
    figures = {
        "av_onset_f": 2.0 * paired / (sound.times_s.size + picture.times_s.size),
        "av_onset_share": float(np.mean(distances <= WINDOW_S)),
        "av_offset_s": float(np.median(distances)),
    }
    lag_s = lag_of(sound.strength, picture.strength)
    return figures if lag_s is None else figures | {"av_lag_s": abs(lag_s)}


def chance_sync(sound: Onsets, picture: Onsets, rng: np.random.Generator) -> dict[str, float]:
    """Return the mean figures of the same sound shifted in a circle by at least half a second (32 draws)."""
    sound, picture = sound.until(picture.seconds), picture.until(sound.seconds)
    low, high = _SMALLEST_MOVE_S, sound.seconds - _SMALLEST_MOVE_S
    if high <= low:
        return {}
    draws = [sync_figures(sound.moved_round(float(by)), picture) for by in rng.uniform(low, high, _CHANCE_DRAWS)]
    return {key: float(np.mean([draw[key] for draw in draws if key in draw])) for key in draws[0]}


def matched(found_s: NDArray[np.float64], true_s: NDArray[np.float64], window_s: float) -> int:
    """Return the largest number of times that can be paired one to one within a window, in order in both."""
    count, place = 0, 0
    for time in found_s:
        while place < len(true_s) and true_s[place] < time - window_s:
            place += 1
        if place < len(true_s) and true_s[place] <= time + window_s:
            count, place = count + 1, place + 1
    return count


def lag_of(sound: NDArray[np.float64], picture: NDArray[np.float64]) -> float | None:
    """Return by how many seconds the sound lags behind the picture (T,) each; None if one of them is still."""
    length = min(sound.size, picture.size)
    a, b = (gaussian_filter1d(part[:length], _BLUR, mode="constant") for part in (sound, picture))
    if not (np.any(a > 0.0) and np.any(b > 0.0)):
        return None
    most = min(_LONGEST_LAG, length - 1)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(a - a.mean(), most), length)
    return float(np.argmax(around @ (b - b.mean())) - most) * STEP_S


def thinned(times_s: NDArray[np.float64], apart_s: float) -> NDArray[np.float64]:
    """Return the times (K,) that come later than `apart_s` after the last kept one."""
    kept: list[float] = []
    for time in times_s:
        if not kept or time - kept[-1] > apart_s:
            kept.append(float(time))
    return np.array(kept)
