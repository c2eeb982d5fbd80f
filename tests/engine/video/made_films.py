"""Small films whose truth is known: picture n is grey 10 + 4 (n modulo 60) in its upper half and white below."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

STEADY = [n / 25 for n in range(50)]
VARIABLE = [0.0, 0.04, 0.08, 0.3, 0.34, 0.9, 0.94, 0.98, 1.5, 1.54, 1.58, 2.2]


def write_film(
    path: Path,
    times_s: list[float],
    size: tuple[int, int] = (64, 32),
    codec: str = "libx264",
    gop: int = 12,
    sound_s: float = 0.0,
    rate: int = 30,
    raw: bool = False,
    streams: int = 1,
    timecode: str | None = None,
) -> Path:
    """Write a film; with `sound_s` it has a sound of that length, from 0 on. A `raw` one says nothing but its rate."""
    tick = Fraction(1, rate) if raw else Fraction(1, 1_000)
    with av.open(str(path), "w") as container:
        if timecode is not None:
            container.metadata["timecode"] = timecode
        pictures = [_stream(container, size, codec, gop, rate, tick) for _ in range(streams)]
        if sound_s:
            write_sound(container, sound_s)
        for index, time_s in enumerate(times_s):
            picture = np.full((size[1], size[0], 3), 255, np.uint8)
            picture[: size[1] // 2] = 10 + 4 * (index % 60)
            for stream in pictures:
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = round(time_s / tick), tick
                container.mux(stream.encode(frame))
        for stream in pictures:
            container.mux(stream.encode())
    return path


def _stream(container, size, codec, gop, rate, tick):
    options = {"g": str(gop), "crf": "8"} if codec == "libx264" else {}
    stream = container.add_stream(codec, rate=rate, options=options)
    stream.width, stream.height, stream.pix_fmt = size[0], size[1], "yuv420p"
    stream.codec_context.time_base = stream.time_base = tick
    return stream


def write_sound(container: av.container.OutputContainer, seconds: float) -> None:
    track = container.add_stream("pcm_s16le" if container.format.name in ("mov", "matroska") else "aac", rate=48_000)
    for start in range(0, round(seconds * 48_000), 1_024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1_024), np.float32), "fltp", "mono")
        frame.rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        frame = frame if track.codec_context.name == "aac" else as_16_bit(frame)
        container.mux(track.encode(frame))
    container.mux(track.encode(None))


def as_16_bit(frame: av.AudioFrame) -> av.AudioFrame:
    made = av.AudioFrame.from_ndarray((frame.to_ndarray() * 32_767).astype(np.int16), "s16", "mono")
    made.rate, made.pts, made.time_base = frame.rate, frame.pts, frame.time_base
    return made


def copied(source: Path, target: Path, **tags: str) -> Path:
    """Put the same streams into another container, with the same times; `tags` go to the pictures."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        streams = {
            s.index: new.add_stream_from_template(s, opaque=True) for s in old.streams if s.type in ("video", "audio")
        }
        new.streams.video[0].metadata.update(tags)
        for packet in old.demux():
            if packet.size and packet.stream_index in streams:
                packet.stream = streams[packet.stream_index]
                new.mux(packet)
    return target


def number(rgb: np.ndarray) -> int:
    """Return which picture this is; 0 and above, negative if it is black."""
    return round((float(rgb[: rgb.shape[0] // 4].mean()) - 10) / 4)
