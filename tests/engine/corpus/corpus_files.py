"""Small films and ambisonic recordings, made as they are needed."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile

from engine.ambisonics.encoding import encode_point
from engine.contract.directions import Direction

RATE_HZ = 48_000


def noise(seconds: float, seed: int = 0, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))).astype(np.float32)


def foa(seconds: float, azimuth_deg: float, elevation_deg: float = 0.0, seed: int = 0) -> np.ndarray:
    """AmbiX (4, N) of noise from a direction."""
    return encode_point(noise(seconds, seed), Direction(azimuth_deg, elevation_deg))


def write_sound(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ, subtype: str = "FLOAT") -> Path:
    """Write (C, N) or (N,)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.atleast_2d(samples).T, rate_hz, subtype)
    return path


def write_film(
    path: Path, seconds: float, size: tuple[int, int] = (64, 32), sound: np.ndarray | None = None, fps: int = 4
) -> Path:
    """Write a film whose picture n is grey 20 + 4 n, with AmbiX (4, N) as 24-bit PCM if there is a sound (MOV)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.bit_rate = 2_000_000
        track = None
        if sound is not None:
            track = container.add_stream("pcm_s24le", rate=RATE_HZ, layout="4.0")
        for index in range(round(seconds * fps)):
            picture = np.full((size[1], size[0], 3), 20 + 4 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if track is not None and sound is not None:
            for start in range(0, sound.shape[1], 4_800):
                whole = np.round(sound[:, start : start + 4_800].T * (2**31 - 1)).astype(np.int32)
                frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format="s32", layout="4.0")
                frame.rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
                container.mux(track.encode(frame))
            container.mux(track.encode())
    return path
