"""A few pictures of a film as JPEG, for a captioner that accepts pictures."""

import base64
from pathlib import Path

import numpy as np

from engine.contract.errors import MediaError
from engine.contract.video import NO_CHOICE, FilmChoice
from engine.video.chosen import film_as_chosen
from engine.video.decoder import VideoDecoder
from engine.video.opencv import cv2

MOST_FRAMES = 8
_WIDTH = 768
_QUALITY = 80


def film_frames(
    path: Path, duration_s: float, choice: FilmChoice = NO_CHOICE, count: int = MOST_FRAMES
) -> list[tuple[float, str]]:
    """Return times in seconds and data URLs of pictures spread over a film of `duration_s`, the film of a recording.

    Raises MediaError if the film cannot be read.
    """
    info = film_as_chosen(path, choice)
    end_s = min(duration_s, info.duration_s or duration_s)
    times = [float(t) for t in (np.arange(count) + 0.5) / count * end_s]
    pictures = []
    with VideoDecoder(info, max_width=_WIDTH) as decoder:
        for t_s in times:
            frame = next(decoder.frames(t_s))
            done, jpeg = cv2.imencode(".jpg", frame.rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            if not done:
                raise MediaError(f"A picture of {path.name} at {t_s:.1f} s cannot be encoded as JPEG.")
            pictures.append((t_s, "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()))
    return pictures
