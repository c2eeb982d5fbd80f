"""Judges that do not use the code they judge: red disks and bar codes in pictures, the direction of a sound."""

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

_BARS = 16
_LEAST_DISK_PIXELS = 6
_BAND_HZ = (500.0, 8000.0)


def red_disks(picture: NDArray[np.uint8]) -> list[tuple[float, float]]:
    """Return azimuth and elevation in degrees of the red spots of an equirectangular picture, the largest first."""
    red, green, blue = np.moveaxis(picture.astype(int), 2, 0)
    mask = ((red > 120) & (red > 2 * green + 20) & (red > 2 * blue + 20)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    height, width = mask.shape
    found = []
    for label in range(1, count):
        pixels = int(stats[label, cv2.CC_STAT_AREA])
        if pixels < _LEAST_DISK_PIXELS:
            continue
        rows, columns = np.nonzero(labels == label)
        azimuth = np.pi * (1.0 - 2.0 * (columns + 0.5) / width)
        elevation = 0.5 * np.pi * (1.0 - 2.0 * (rows + 0.5) / height)
        area = np.cos(elevation)
        vector = [
            float(np.sum(area * np.cos(elevation) * np.cos(azimuth))),
            float(np.sum(area * np.cos(elevation) * np.sin(azimuth))),
            float(np.sum(area * np.sin(elevation))),
        ]
        found.append((pixels, *_degrees(np.array(vector))))
    return [(azimuth, elevation) for _, azimuth, elevation in sorted(found, reverse=True)]


def bar_code(picture: NDArray[np.uint8]) -> int | None:
    """Return the frame number that a counted film shows, or None if there is no bar code."""
    height, width = picture.shape[:2]
    bar = width / _BARS
    row = picture[int(0.84 * height) : int(0.91 * height)].astype(float).mean(axis=0)

    def colour(number: int) -> NDArray[np.float64]:
        middle: NDArray[np.float64] = row[int((number + 0.3) * bar) : int((number + 0.7) * bar) + 1].mean(axis=0)
        return middle

    start = colour(1)
    if start[2] <= 110 or start[2] <= 1.5 * start[1]:
        return None
    return sum(1 << bit for bit in range(12) if colour(2 + bit)[1] > 110)


def presentation_times_s(film: Path) -> list[float]:
    """Return when each picture is shown, by ffprobe, in seconds after the container's first moment."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "json"]
    command += ["-show_entries", "format=start_time:frame=best_effort_timestamp_time", str(film)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    start_s = float(told["format"].get("start_time") or 0.0)
    return [float(frame["best_effort_timestamp_time"]) - start_s for frame in told["frames"]]


def sound_direction(file: Path, start_s: float = 0.0, end_s: float | None = None) -> tuple[float, float, float]:
    """Return azimuth and elevation in degrees, and diffuseness, of an AmbiX file: active intensity, 500 Hz to 8 kHz."""
    rate_hz = soundfile.info(file).samplerate
    end = None if end_s is None else round(end_s * rate_hz)
    samples, _ = soundfile.read(file, dtype="float64", always_2d=True, start=round(start_s * rate_hz), stop=end)
    bandpass = butter(4, (_BAND_HZ[0], min(_BAND_HZ[1], 0.45 * rate_hz)), "bandpass", fs=rate_hz, output="sos")
    w, y, z, x = sosfiltfilt(bandpass, samples[:, :4].T, axis=1)
    intensity = np.array([np.sum(w * x), np.sum(w * y), np.sum(w * z)])
    energy = 0.5 * float(np.sum(w**2) + np.sum(x**2 + y**2 + z**2))
    azimuth, elevation = _degrees(intensity)
    return azimuth, elevation, 1.0 - float(np.linalg.norm(intensity)) / max(energy, 1e-20)


def apart_deg(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the angle in degrees between two directions given as azimuth and elevation in degrees."""
    one, two = (
        np.array([np.cos(el) * np.cos(az), np.cos(el) * np.sin(az), np.sin(el)])
        for az, el in (np.deg2rad(a), np.deg2rad(b))
    )
    return float(np.rad2deg(np.arctan2(np.linalg.norm(np.cross(one, two)), np.dot(one, two))))


def _degrees(vector: NDArray[np.float64]) -> tuple[float, float]:
    azimuth = float(np.rad2deg(np.arctan2(vector[1], vector[0])))
    elevation = float(np.rad2deg(np.arctan2(vector[2], np.hypot(vector[0], vector[1]))))
    return round(azimuth, 1), round(elevation, 1)
