"""From a recording to an annotation: the paper's dominant direction per second, and every source's trajectory.

Paper, "Annotation pipeline": active intensity, 500 Hz - 8 kHz, 1-s segments; unit vectors averaged over three. A
recording of any length takes the memory of one segment and its results.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.direction_track import DoaMeter
from engine.ambisonics.intensity import DOA_BAND_HZ
from engine.annotation.captions import caption_by_rules
from engine.annotation.plot import annotation_svg
from engine.annotation.several import sources_in
from engine.annotation.tracks import Track, Tracker
from engine.annotation.wholeness import FORMAT, is_whole
from engine.contract.directions import azimuth_elevation
from engine.contract.errors import MediaError
from engine.export.reading.ambix_reader import AmbixReader
from engine.export.reading.source import Convention
from engine.files.staging import write_texts

SEGMENT_S = 1.0
_AS_IT_SAYS = "as the file says"
_SHORTEST_SHARE = 0.1


def annotate(
    path: Path,
    convention: Convention | None = None,
    labels: Sequence[str] = (),
    progress: Callable[[float], None] = lambda done: None,
) -> dict[str, object]:
    """Return the annotation of a recording, ready for JSON; angles in degrees, azimuth + left, elevation + up.

    A segment without a direction (silence) has null angles. `progress` gets the finished share, 0 to 1, and may raise
    CancelledError. "notices" are sentences on conversions and oddities of the file. Raises MediaError if the
    file cannot be read, is empty or has a name that JSON cannot hold.
    """
    if not _is_unicode(str(path)):
        raise MediaError(f"{str(path)!r} has a name that is not Unicode: give it another one.")
    tracker, segments = Tracker(), 0
    with AmbixReader(path, convention) as reader:
        rate_hz, notices, samples = reader.rate_hz, list(reader.notices), 0
        length = round(SEGMENT_S * rate_hz)
        meter = DoaMeter(segment_s=SEGMENT_S, rate_hz=rate_hz)
        for index, foa in enumerate(reader.blocks(length)):
            samples += foa.shape[1]
            if index and foa.shape[1] < _SHORTEST_SHARE * length:
                break  # too short a rest to tell a direction
            meter.feed(foa)
            tracker.feed(index, sources_in(foa, rate_hz))
            segments += 1
            progress(min(samples / max(reader.frames, length), 1.0))
    if not segments:
        raise MediaError(f"{path} is empty: there is nothing to annotate.")
    tracks = tracker.tracks(segments)
    dominant = meter.track()
    return {
        "format": FORMAT,
        "file": path.name,
        "convention": convention or _AS_IT_SAYS,
        "notices": notices,
        "sample_rate_hz": rate_hz,
        "duration_s": round(samples / rate_hz, 3),
        "segment_s": SEGMENT_S,
        "band_hz": list(DOA_BAND_HZ),
        "segments": [
            {
                "t_s": index * SEGMENT_S,
                **_angles(vector),
                "energy": float(energy),
                "diffuseness": round(float(diffuseness), 4),
            }
            for index, (vector, energy, diffuseness) in enumerate(
                zip(dominant.vectors, dominant.energy, dominant.diffuseness, strict=True)
            )
        ],
        "sources": [_source(track, labels[i] if i < len(labels) else None) for i, track in enumerate(tracks)],
        "caption": caption_by_rules(tracks, labels),
    }


def write_annotation(annotation: dict[str, object], path: Path) -> None:
    """Write an annotation as JSON and its drawing as SVG beside it, whole or not at all. Raises ExportError."""
    text = json.dumps(annotation, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    write_texts({path.with_suffix(".svg"): annotation_svg(annotation), path: text})


def finished_annotation(path: Path, convention: Convention | None = None) -> dict[str, object] | None:
    """Return a complete existing annotation, or None if there is none or the file was read in another way."""
    try:
        annotation = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    said = convention or _AS_IT_SAYS
    return annotation if is_whole(annotation) and annotation.get("convention") == said else None


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _angles(vector: NDArray[np.float64]) -> dict[str, float | None]:
    if not vector.any():
        return {"azimuth_deg": None, "elevation_deg": None}
    azimuth, elevation = (round(float(np.degrees(v)), 2) + 0.0 for v in azimuth_elevation(vector))
    return {"azimuth_deg": azimuth, "elevation_deg": elevation}


def _source(track: Track, label: str | None) -> dict[str, object]:
    points = zip(track.segments, track.smoothed(), track.shares, strict=True)
    path = [{"t_s": s * SEGMENT_S, **_angles(v), "energy_share": round(share, 4)} for s, v, share in points]
    return {"label": label, "path": path}
