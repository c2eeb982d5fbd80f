"""A reference as files that `evaluate` reads: STEM.wav (AmbiX), STEM.json (trajectory) and STEM.mp4 (the film)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from engine.contract.control import DirectionPath, PathPoint
from engine.contract.conventions import CONDITIONING_FPS, PATCH_S
from engine.contract.directions import Direction, azimuth_elevation
from engine.export.ambix_wav import AmbixWriter
from engine.files.staging import write_texts

_CODEC_OPTIONS: Final = {"crf": "14", "preset": "fast", "threads": "1"}
"""One thread: the same pictures give the same bytes."""


@dataclass(frozen=True, eq=False)
class PlacedSource:
    """Unit vectors (P, 3) at the patches' middles, and in which patches (P,) it sounds."""

    vectors: NDArray[np.float64]
    active: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Reference:
    """A scene whose truth is known.

    It has AmbiX (4, N), placed sources, the dominant one first, a caption, and frames (F, H, W, 3) at 4 fps: one if
    nothing moves, None without a film.
    """

    foa: NDArray[np.float32]
    sources: tuple[PlacedSource, ...]
    caption: str
    frames: NDArray[np.uint8] | None


def write_reference(folder: Path, stem: str, reference: Reference) -> Path | None:
    """Write the files and return the film, None if there is none; raises ExportError if a file is refused."""
    with AmbixWriter(folder / f"{stem}.wav", is_generated=False) as writer:
        writer.write(reference.foa)
    text = json.dumps(trajectory_json(reference.sources, reference.caption), ensure_ascii=False) + "\n"
    write_texts({folder / f"{stem}.json": text})
    if reference.frames is None:
        return None
    film = folder / f"{stem}.mp4"
    write_film(film, reference.frames, len(reference.sources[0].vectors) * PATCH_S)
    return film


def trajectory_json(sources: Sequence[PlacedSource], caption: str) -> dict[str, Any]:
    """Return the trajectory in the layout of `annotate`, one segment per 160-ms patch; the first source dominates."""
    return {
        "segment_s": PATCH_S,
        "caption": caption,
        "segments": _points(sources[0], with_gaps=True),
        "sources": [{"path": _points(source, with_gaps=False)} for source in sources],
    }


def direction_path(source: PlacedSource) -> DirectionPath:
    """Return the direction of a source, whether it sounds or not, as a path for a generator."""
    azimuths, elevations = np.rad2deg(azimuth_elevation(source.vectors))
    return DirectionPath(
        tuple(
            PathPoint((patch + 0.5) * PATCH_S, Direction(float(azimuth), float(elevation)))
            for patch, (azimuth, elevation) in enumerate(zip(azimuths, elevations, strict=True))
        )
    )


def write_film(path: Path, frames: NDArray[np.uint8], seconds: float) -> None:
    """Write frames (F, H, W, 3) at 4 fps as H.264, a single one for as long as the sound lasts."""
    count = len(frames) if len(frames) > 1 else max(1, int(seconds * CONDITIONING_FPS))
    height, width = frames.shape[1:3]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(CONDITIONING_FPS), options=_CODEC_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index in range(count):
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(frames[min(index, len(frames) - 1)]), format="rgb24"
            )
            frame.pts, frame.time_base = index, 1 / Fraction(CONDITIONING_FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _points(source: PlacedSource, *, with_gaps: bool) -> list[dict[str, float | None]]:
    points: list[dict[str, float | None]] = []
    azimuths, elevations = np.rad2deg(azimuth_elevation(source.vectors))
    for patch, sounds in enumerate(source.active):
        place = (round(float(azimuths[patch]), 2), round(float(elevations[patch]), 2)) if sounds else (None, None)
        if sounds or with_gaps:
            points.append({"t_s": round(patch * PATCH_S, 6), "azimuth_deg": place[0], "elevation_deg": place[1]})
    return points
