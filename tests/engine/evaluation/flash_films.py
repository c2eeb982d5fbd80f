"""Films in which a white square appears at given times, and sounds of clicks."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.contract.conventions import SAMPLE_RATE_HZ

SIZE = (128, 64)


def write_flashes(path: Path, flashes_s: list[float], seconds: float = 4.0, fps: int = 20) -> Path:
    """Write a film of a grey field over which a square drifts evenly; another one shows for 0.2 s from each time on."""
    path.parent.mkdir(exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "20"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for index in range(round(seconds * fps)):
            picture = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
            picture[40:50, index % 100 : index % 100 + 10] = 60
            if any(0.0 <= index / fps - flash + 1e-9 < 0.2 for flash in flashes_s):
                picture[20:36, 60:84] = 255
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def bursts(times_s: list[float], seconds: float = 4.0, bed: float = 1e-3, seed: int = 0) -> np.ndarray:
    """Return noise that begins at each time and dies away in 50 ms, over a quiet bed (N,)."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    level = np.full(t.size, bed)
    for time in times_s:
        level += np.where(t >= time, 0.3 * np.exp(-np.maximum(t - time, 0.0) / 0.05), 0.0)
    return level * rng.standard_normal(t.size)
