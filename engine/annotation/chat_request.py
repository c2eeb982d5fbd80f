"""The request to a captioner: the paper's convention, a trajectory short enough to be read, pictures of the film.

Paper, "Annotation pipeline": the JSON trajectory and the video go to a multimodal model with the convention 0 = front,
+ = left, for a spatial caption of at most 150 words.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from engine.annotation.captions import MOST_WORDS

_MOST_POINTS = 120
_MOST_SOURCES = 12
_INSTRUCTION = (
    "You caption recordings of spatial sound. You get a JSON with the direction of the sound over time and with the "
    "trajectories of several sources, and pictures of the 360-degree film that it belongs to, if there is one. "
    "Azimuth 0 is the front and the middle of a picture, positive azimuths are to the left, positive elevations up; "
    "180 and -180 are behind, the left and right edges of a picture. Say in plain English what sounds, where it is and "
    f"how it moves, in at most {MOST_WORDS} words, without numbers and without anything that cannot be heard. "
    "Answer with the caption alone."
)


def request_body(model: str, annotation: Mapping[str, Any], pictures: Sequence[tuple[float, str]]) -> bytes:
    """Return the body of a chat completion for an annotation and pictures (seconds, data URL).

    No limit of the answer and no temperature: endpoints disagree about their names and refuse unknown ones.
    """
    content: list[dict[str, object]] = [
        {"type": "text", "text": json.dumps(_short(annotation), separators=(",", ":"), ensure_ascii=False)}
    ]
    for t_s, url in pictures:
        content.append({"type": "text", "text": f"The film at {t_s:.1f} s:"})
        content.append({"type": "image_url", "image_url": {"url": url}})
    messages = [{"role": "system", "content": _INSTRUCTION}, {"role": "user", "content": content}]
    return json.dumps({"model": model, "messages": messages}).encode()


def _short(annotation: Mapping[str, Any]) -> dict[str, object]:
    """Return the data that a caption needs: an hour has 3600 segments, and the user pays for each of them."""
    seen: dict[str, object] = {"duration_s": annotation["duration_s"], "segments": _thinned(annotation["segments"])}
    seen["sources"] = [
        {"label": source["label"], "path": _thinned(source["path"])} for source in annotation["sources"][:_MOST_SOURCES]
    ]
    left_out = len(annotation["sources"]) - _MOST_SOURCES
    return seen | ({"softer_sources_left_out": left_out} if left_out > 0 else {})


def _thinned(points: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return at most 120 points at equal steps, including the first and the last."""
    if len(points) <= _MOST_POINTS:
        return list(points)
    step = (len(points) - 1) / (_MOST_POINTS - 1)
    return [points[round(index * step)] for index in range(_MOST_POINTS)]
