"""The figures of one scene on the preview page: trajectories, the measured direction, levels, activity, spectrogram."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engine.ambisonics.intensity import DoaTrack, doa_per_second
from engine.contract.conventions import DISPLAY_ORDER, PATCH_S, PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.directions import angle_between, azimuth_elevation
from engine.evaluation.measures.codec_metrics import log_mel_db
from engine.evaluation.preview.shown import PreviewScene, active_patches
from engine.evaluation.preview.svg import Lane, MapTrack, Mark, direction_map, lanes
from engine.evaluation.report.svg import Axis, Line, line_plot
from engine.evaluation.suite.spectrogram import png_uri, spectrogram
from engine.scenes.composer import Scene

_FLOOR_DB: Final = -80.0
_HEARD_DB: Final = -60.0
"""A patch whose W is quieter has no direction that is worth showing."""
_DIFFUSE: Final = 0.6

Points = list[tuple[float, float] | None]


def levels_db(foa: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return levels (4, P) in dB re full scale of AmbiX (4, N) a patch, -80 at least."""
    patches = foa.shape[1] // PATCH_SAMPLES
    blocks = foa[:, : patches * PATCH_SAMPLES].reshape(4, patches, PATCH_SAMPLES)
    power = np.mean(np.square(blocks, dtype=np.float64), axis=2)
    levels: NDArray[np.float64] = np.maximum(10.0 * np.log10(power + 1e-12), _FLOOR_DB)
    return levels


def measured_directions(foa: NDArray[np.float32]) -> DoaTrack:
    """Return the direction of AmbiX (4, N) patch by patch, averaged over three as the annotation does."""
    return doa_per_second(foa, segment_s=PATCH_S)


def direction_error_deg(scene: Scene) -> float | None:
    """Return the median angle in degrees between the dominant source and the measured direction, while it is loud.

    None if the dominant source has no direction or is never loud enough; other sources pull the measure towards them.
    """
    source = scene.sources[0] if scene.sources else None
    if source is None or source.path is None:
        return None
    track = measured_directions(scene.foa)
    count = len(source.path)
    heard = levels_db(scene.foa)[0, :count] > _HEARD_DB
    use = heard & active_patches(source, count) & track.vectors[:count].any(axis=1)
    angles = angle_between(source.path[:count], track.vectors[:count])[use]
    return float(np.degrees(np.median(angles))) if len(angles) else None


def angle_plots(item: PreviewScene) -> tuple[str, str]:
    """Return azimuth and elevation over time: the intended ones of every source, and the measured one of the sound."""
    track = measured_directions(item.scene.foa)
    heard = levels_db(item.scene.foa)[0] > _HEARD_DB
    plots = []
    for part, (name, axis) in enumerate(
        (("Azimuth", Axis(-180, 180, (-180, -90, 0, 90, 180))), ("Elevation", Axis(-90, 90, (-90, -45, 0, 45, 90))))
    ):
        lines = []
        for index, source in enumerate(item.scene.sources):
            if source.path is not None:
                degrees = np.rad2deg(azimuth_elevation(source.path)[part])
                lines.extend(_meant(index, degrees, active_patches(source, len(degrees))))
        degrees = np.rad2deg(azimuth_elevation(track.vectors)[part])
        has = track.vectors.any(axis=1) & _fitted(heard, len(degrees))
        clear = track.diffuseness < _DIFFUSE
        lines.append(Line("found quiet", _points(degrees, has & ~clear)))
        lines.append(Line("found", _points(degrees, has & clear)))
        plots.append(line_plot(f"{name} over time in degrees", _time_axis(item), axis, lines))
    return plots[0], plots[1]


def distance_plot(item: PreviewScene) -> str | None:
    """Return every source's distance in metres over time, or None if no scene knows one."""
    known = [(i, s) for i, s in enumerate(item.scene.sources) if s.distance_m is not None]
    if not known:
        return None
    distances = [np.broadcast_to(np.asarray(s.distance_m, float), (item.patches,)) for _, s in known]
    highest = max(float(max(d.max() for d in distances)), 1.0)
    ticks = np.linspace(0.0, highest, 4).round(1)
    lines = [
        line
        for (index, source), distance in zip(known, distances, strict=True)
        for line in _meant(index, distance, active_patches(source, item.patches))
    ]
    axis = Axis(0.0, 1.05 * highest, [float(t) for t in ticks])
    return line_plot("Distance over time in metres", _time_axis(item), axis, lines)


def level_plot(item: PreviewScene) -> str:
    """Return the levels of W, X, Y, Z over time in dB."""
    levels = levels_db(item.scene.foa)
    everywhere = np.ones(levels.shape[1], bool)
    lines = [Line(f"c{place}", _points(levels[channel], everywhere)) for place, channel in enumerate(DISPLAY_ORDER)]
    return line_plot("Levels over time in dB", _time_axis(item), Axis(_FLOOR_DB, 0, (-80, -60, -40, -20, 0)), lines)


def map_plot(item: PreviewScene) -> str:
    """Return the sources' paths on an equirectangular map."""
    tracks = [
        MapTrack(f"t{index}", source.path, active_patches(source, len(source.path)))
        for index, source in enumerate(item.scene.sources)
        if source.path is not None
    ]
    return direction_map("Paths of the sources", tracks)


def activity_plot(item: PreviewScene) -> str:
    """Return when each source sounds, with the changes of the prompt as marks."""
    rows = [
        Lane(f"t{index}", str(index + 1), _stretches(active_patches(source, item.patches)))
        for index, source in enumerate(item.scene.sources)
    ]
    changes = item.scene.schedule if len(item.scene.schedule) > 1 else ()
    marks = [Mark(change.patch * PATCH_S, change.kind) for change in changes]
    return lanes("When each source sounds", item.patches * PATCH_S, rows, marks)


def spectrogram_uri(item: PreviewScene) -> str:
    """Return the log-mel spectrogram of W as a picture's data URI."""
    return png_uri(spectrogram(log_mel_db(torch.from_numpy(item.scene.foa[0])).numpy()))


def _meant(index: int, values: NDArray[np.floating], active: NDArray[np.bool_]) -> list[Line]:
    """Return a source's values as a faint line throughout and a strong one where it sounds."""
    everywhere = np.ones(len(values), bool)
    return [Line(f"t{index} quiet", _points(values, everywhere)), Line(f"t{index}", _points(values, active))]


def _points(values: NDArray[np.floating], shown: NDArray[np.bool_]) -> Points:
    return [
        ((i + 0.5) * PATCH_S, float(value)) if show else None
        for i, (value, show) in enumerate(zip(values, shown, strict=True))
    ]


def _fitted(flags: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Return flags of another length: a last piece shorter than a patch counts as silent."""
    return np.pad(flags, (0, max(0, length - len(flags))))[:length]


def _time_axis(item: PreviewScene) -> Axis:
    seconds = item.scene.foa.shape[1] / SAMPLE_RATE_HZ
    step = max(1, round(seconds / 10))
    return Axis(0.0, seconds, range(0, int(seconds) + 1, step))


def _stretches(active: NDArray[np.bool_]) -> Sequence[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    return [(float(a) * PATCH_S, float(b) * PATCH_S) for a, b in edges.reshape(-1, 2)]
