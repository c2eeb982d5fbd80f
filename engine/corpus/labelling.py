"""Labels for a recorded stretch: the annotation's directions as a path per patch, and a caption."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.encoding import path_at
from engine.annotation.annotate import SEGMENT_S, annotate
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.directions import unit_vectors
from engine.corpus.rows import CorpusRow
from engine.export.ambix_wav import AmbixWriter
from engine.files.owned_folder import scratch_folder
from engine.scenes.composer import PromptChange, Scene, SceneSource

DIFFUSE: Final = 0.8
"""Energy-weighted diffuseness above which a recording comes from all around and gets no path."""

_SILENT_POWER: Final = 1e-6
_SILENT_RMS: Final = 1e-3
_UNKNOWN: Final = "sound"


def labelled(foa: NDArray[np.float32], row: CorpusRow) -> Scene:
    """Return AmbiX (4, N) at 48 kHz as a scene, labelled by the project's annotation; the row's words come first."""
    with scratch_folder() as folder:
        file = folder.path / "stretch.wav"
        with AmbixWriter(file) as writer:
            writer.write(foa)
        annotation: dict[str, Any] = annotate(file, "ambix", row.labels)
    patches = foa.shape[1] // PATCH_SAMPLES
    blocks = foa[0, : patches * PATCH_SAMPLES].reshape(patches, PATCH_SAMPLES)
    sounding = np.mean(np.square(blocks, dtype=np.float64), axis=1) > _SILENT_POWER
    labels = row.labels or (row.sound_class or _UNKNOWN,)
    path = _dominant_path(annotation["segments"], patches)
    sources = [_source(row.sound_class or labels[0], labels[0], path, sounding)]
    # A second trajectory is worth keeping only if the user labelled it.
    for label, track in zip(labels[1:], annotation["sources"][1:], strict=False):
        heard = _points(track["path"])
        if heard is not None:
            sources.append(_source(label, label, _spread(heard, patches), sounding & _near(heard, patches)))
    around = f"{labels[0]} all around" if path is None else str(annotation["caption"])
    return scene_of(foa, tuple(sources), row.caption or around)


def scene_of(foa: NDArray[np.float32], sources: tuple[SceneSource, ...], caption: str) -> Scene:
    """Return a recorded scene: one prompt holds throughout, and its room is unknown."""
    return Scene(foa, sources, caption, (PromptChange(0, "hold", caption),))


def is_silent(foa: NDArray[np.float32]) -> bool:
    """Return whether AmbiX (4, N) has no audible sound in W."""
    return float(np.sqrt(np.mean(np.square(foa[0], dtype=np.float64)))) < _SILENT_RMS


def _source(sound_class: str, label: str, path: NDArray[np.float64] | None, active: NDArray[np.bool_]) -> SceneSource:
    return SceneSource(sound_class, label, path, active=active)


def _dominant_path(segments: list[dict[str, Any]], patches: int) -> NDArray[np.float64] | None:
    """Return unit vectors (patches, 3), or None if the field is diffuse or silent."""
    energy = np.array([segment["energy"] for segment in segments])
    diffuseness = np.array([segment["diffuseness"] for segment in segments])
    if energy.sum() <= 0.0 or float(energy @ diffuseness / energy.sum()) > DIFFUSE:
        return None
    heard = _points(segments)
    return None if heard is None else _spread(heard, patches)


def _points(segments: list[dict[str, Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return times (S,) in seconds of the segments' middles with unit vectors (S, 3), or None if none has any."""
    known = [segment for segment in segments if segment["azimuth_deg"] is not None]
    if not known:
        return None
    times = np.array([segment["t_s"] for segment in known]) + 0.5 * SEGMENT_S
    azimuth, elevation = (np.deg2rad([segment[key] for segment in known]) for key in ("azimuth_deg", "elevation_deg"))
    return times, unit_vectors(azimuth, elevation)


def _middles_s(patches: int) -> NDArray[np.float64]:
    return (np.arange(patches) + 0.5) * PATCH_SAMPLES / SAMPLE_RATE_HZ


def _spread(heard: tuple[NDArray[np.float64], NDArray[np.float64]], patches: int) -> NDArray[np.float64]:
    """Return unit vectors (patches, 3) along great circles between the segments."""
    times, vectors = heard
    return path_at(vectors, times, _middles_s(patches))


def _near(heard: tuple[NDArray[np.float64], NDArray[np.float64]], patches: int) -> NDArray[np.bool_]:
    """Return which patches (P,) lie in a segment with a source."""
    gaps = np.abs(_middles_s(patches)[:, None] - heard[0][None, :])
    near: NDArray[np.bool_] = gaps.min(axis=1) <= 0.5 * SEGMENT_S
    return near
