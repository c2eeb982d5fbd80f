"""The direction of every second of AmbiX that arrives in blocks of any length, in the memory of one second."""

import numpy as np

from engine.ambisonics.intensity import DoaTrack, FloatArray, doa_per_second, smoothed_directions
from engine.contract.conventions import SAMPLE_RATE_HZ


class DoaMeter:
    """Measures segments of `segment_s` seconds, one after the other; see `doa_per_second`, which it equals."""

    def __init__(self, *, segment_s: float = 1.0, rate_hz: int = SAMPLE_RATE_HZ) -> None:
        self._segment_s, self._rate_hz = segment_s, rate_hz
        self._length = round(segment_s * rate_hz)
        self._tracks: list[DoaTrack] = []
        self._held: list[FloatArray] = []
        self._samples = 0

    def feed(self, foa: FloatArray) -> None:
        """Take the next samples (4, n). They are held until their segment is whole, so they must not change."""
        self._held.append(foa)
        self._samples += foa.shape[1]
        if self._samples < self._length:
            return
        together = np.concatenate(self._held, axis=1)
        whole = self._samples // self._length * self._length
        for start in range(0, whole, self._length):
            self._tracks.append(self._measured(together[:, start : start + self._length]))
        self._held, self._samples = [together[:, whole:]], self._samples - whole

    def track(self, *, smooth: bool = True) -> DoaTrack:
        """Return the directions of everything that was fed so far.

        With `smooth` the unit vectors are averaged over three segments. A last piece shorter than a tenth of a segment
        is left out unless it is the only one.
        """
        tracks = list(self._tracks)
        if self._samples >= self._length // 10 or not tracks:
            tracks.append(self._measured(np.concatenate([np.zeros((4, 0), np.float32), *self._held], axis=1)))
        vectors = np.concatenate([track.vectors for track in tracks])
        return DoaTrack(
            start_s=np.arange(len(vectors), dtype=np.float64) * self._length / self._rate_hz,
            vectors=smoothed_directions(vectors) if smooth else vectors,
            diffuseness=np.concatenate([track.diffuseness for track in tracks]),
            energy=np.concatenate([track.energy for track in tracks]),
        )

    def _measured(self, foa: FloatArray) -> DoaTrack:
        return doa_per_second(foa, segment_s=self._segment_s, smooth=False, rate_hz=self._rate_hz)


def doa_rows(track: DoaTrack, *, digits: tuple[int, int] | None = None) -> list[dict[str, float]]:
    """Return a track for JSON, a row for each segment: time in seconds, angles in degrees, diffuseness from 0 to 1.

    `digits` are the decimals to keep, of angles and of diffuseness; None keeps all of them.
    """
    angle, share = (None, None) if digits is None else digits

    def kept(value: float, decimals: int | None) -> float:
        return float(value) if decimals is None else round(float(value), decimals)

    columns = zip(track.start_s, track.azimuth_deg, track.elevation_deg, track.diffuseness, strict=True)
    return [
        {
            "t_s": float(start_s),
            "azimuth_deg": kept(azimuth_deg, angle),
            "elevation_deg": kept(elevation_deg, angle),
            "diffuseness": kept(diffuseness, share),
        }
        for start_s, azimuth_deg, elevation_deg, diffuseness in columns
    ]
