"""One recording to one annotation: the paper's dominant direction, second by second, and every source's trajectory.

Paper, "Annotation pipeline": active intensity, 500 Hz - 8 kHz, 1-s segments; unit vectors averaged over three. A
recording of any length takes the memory of one segment and its results.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.intensity import DOA_BAND_HZ, active_intensity, direction_and_diffuseness, smoothed_directions
from engine.annotation.captions import caption_by_rules
from engine.annotation.several import sources_in
from engine.annotation.tracks import Track, Tracker
from engine.contract.directions import azimuth_elevation
from engine.contract.errors import ExportError, MediaError
from engine.export.ambix_wav import AmbixReader, Convention

FORMAT = "swansphere-annotation-1"
SEGMENT_S = 1.0
_SHORTEST_S = 0.1


def annotate(
    path: Path,
    convention: Convention | None = None,
    labels: Sequence[str] = (),
    progress: Callable[[float], None] = lambda done: None,
) -> dict[str, object]:
    """Return the annotation of a recording, ready for JSON; angles in degrees, azimuth + left, elevation + up.

    A segment without a direction (silence) has null angles. `progress` hears how much is done, 0 to 1, and may raise
    CancelledError. Raises MediaError where the file cannot be read or is empty.
    """
    vectors, diffuseness, energy = [], [], []
    tracker = Tracker()
    with AmbixReader(path, convention) as reader:
        rate_hz, duration_s = reader.rate_hz, reader.duration_s
        for index, foa in enumerate(_segments(reader)):
            vector, spread = direction_and_diffuseness(foa, DOA_BAND_HZ, rate_hz)
            vectors.append(vector)
            diffuseness.append(spread)
            energy.append(active_intensity(foa, DOA_BAND_HZ, rate_hz)[1])
            tracker.feed(index, sources_in(foa, rate_hz))
            progress(min((index + 1) * SEGMENT_S / max(duration_s, SEGMENT_S), 1.0))
    if not vectors:
        raise MediaError(f"{path} is empty: there is nothing to annotate.")
    tracks = tracker.tracks(len(vectors))
    dominant = smoothed_directions(np.array(vectors))
    return {
        "format": FORMAT,
        "file": path.name,
        "convention": convention or "as the file says",
        "sample_rate_hz": rate_hz,
        "duration_s": round(duration_s, 3),
        "segment_s": SEGMENT_S,
        "band_hz": list(DOA_BAND_HZ),
        "segments": [
            {"t_s": i * SEGMENT_S, **_angles(v), "energy": float(e), "diffuseness": round(float(d), 4)}
            for i, (v, e, d) in enumerate(zip(dominant, energy, diffuseness, strict=True))
        ],
        "sources": [_source(track, labels[i] if i < len(labels) else None) for i, track in enumerate(tracks)],
        "caption": caption_by_rules(tracks, labels),
    }


def write_annotation(annotation: dict[str, object], path: Path) -> None:
    """Write an annotation as JSON, whole or not at all. Raises ExportError."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(json.dumps(annotation, indent=1, allow_nan=False, ensure_ascii=False) + "\n", "utf-8")
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ExportError(f"{path} cannot be written: {error.strerror}.") from error


def is_finished(path: Path) -> bool:
    """Return whether a whole annotation of this format lies there."""
    try:
        return bool(json.loads(path.read_text("utf-8"))["format"] == FORMAT)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _segments(reader: AmbixReader) -> Iterator[NDArray[np.float32]]:
    """Yield whole segments and, if it is long enough to tell, the rest."""
    length = round(SEGMENT_S * reader.rate_hz)
    waiting = np.zeros((4, 0), np.float32)
    first = True
    for block in reader.blocks(length):
        waiting = np.concatenate([waiting, block], axis=1)
        while waiting.shape[1] >= length:
            yield waiting[:, :length]
            waiting, first = waiting[:, length:], False
    if waiting.shape[1] >= _SHORTEST_S * length or (first and waiting.shape[1]):
        yield waiting


def _angles(vector: NDArray[np.float64]) -> dict[str, float | None]:
    if not vector.any():
        return {"azimuth_deg": None, "elevation_deg": None}
    azimuth, elevation = (round(float(np.degrees(v)), 2) for v in azimuth_elevation(vector))
    return {"azimuth_deg": azimuth, "elevation_deg": elevation}


def _source(track: Track, label: str | None) -> dict[str, object]:
    points = zip(track.segments, track.smoothed(), track.shares, strict=True)
    path = [{"t_s": s * SEGMENT_S, **_angles(v), "energy_share": round(share, 4)} for s, v, share in points]
    return {"label": label, "path": path}
