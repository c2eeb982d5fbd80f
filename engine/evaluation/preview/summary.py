"""Many scenes at a glance for the user: classes, sources, directions, activity, levels, rooms."""

import html
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import azimuth_elevation
from engine.evaluation.preview.figures import direction_error_deg, levels_db
from engine.evaluation.preview.shown import active_patches
from engine.evaluation.preview.svg import bars, histogram
from engine.scenes.composer import Scene

_MOST_BARS: Final = 30
_HEARD_DB: Final = -40.0
_AZIMUTH_EDGES: Final = tuple(range(-180, 181, 30))
_ELEVATION_EDGES: Final = tuple(range(-90, 91, 15))
_DISTANCE_EDGES: Final = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 40)
_ERROR_EDGES: Final = (0, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180)
_LEVEL_EDGES: Final = tuple(range(-80, 1, 5))


@dataclass
class Summary:
    """Counts over scenes; feed it with `add`, show it with `section`."""

    scenes: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    sources: Counter[int] = field(default_factory=Counter)
    rooms: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    azimuths_deg: list[float] = field(default_factory=list)
    elevations_deg: list[float] = field(default_factory=list)
    distances_m: list[float] = field(default_factory=list)
    levels_db: list[float] = field(default_factory=list)
    errors_deg: list[float] = field(default_factory=list)
    """For scenes of one source: the median angle between its true direction and the measured one."""
    heard: dict[str, list[float]] = field(default_factory=dict)
    around: int = 0
    moving: int = 0
    off_screen: int = 0

    def add(self, scene: Scene) -> None:
        """Add a scene to the counts."""
        patches = scene.foa.shape[1] // PATCH_SAMPLES
        self.scenes += 1
        self.sources[len(scene.sources)] += 1
        self.rooms[scene.room or "none"] += 1
        self.changes.update(change.kind for change in scene.schedule[1:])
        levels = levels_db(scene.foa)[0]
        self.levels_db.append(float(10 * np.log10(np.mean(10 ** (levels / 10)))))
        for source in scene.sources:
            self.classes[source.sound_class] += 1
            self.off_screen += not source.on_screen
            self._add_place(source.path, source.distance_m)
        error = direction_error_deg(scene) if len(scene.sources) == 1 else None
        if error is not None:
            self.errors_deg.append(error)
        if scene.sources:
            main = scene.sources[0]
            audible = (levels > _HEARD_DB) & active_patches(main, patches)
            self.heard.setdefault(main.sound_class, []).append(float(np.mean(audible)))

    def _add_place(self, path: np.ndarray | None, distance_m: np.ndarray | None) -> None:
        if path is None:
            self.around += 1
            return
        azimuth, elevation = np.rad2deg(azimuth_elevation(path))
        self.azimuths_deg.extend(azimuth.tolist())
        self.elevations_deg.extend(elevation.tolist())
        self.moving += bool(np.ptp(path, axis=0).max() > 0.02)
        if distance_m is not None:
            self.distances_m.extend(np.broadcast_to(np.asarray(distance_m, float), len(path)).tolist())


def summary_section(summary: Summary) -> str:
    """Return the part of the page about many scenes."""
    placed = sum(summary.classes.values()) - summary.around
    facts = (
        f"{summary.scenes} scenes; {placed} sources with a place ({summary.moving} of them moving), "
        f"{summary.around} all around, {summary.off_screen} off screen."
    )
    figures = [
        (_bars("Sources of each class", summary.classes), f"Sources of each class{_cut(len(summary.classes))}."),
        (_heard_bars(summary), f"Share of patches with W above {_HEARD_DB:g} dB, by class of the dominant source."),
        (_source_counts(summary), "Scenes by their number of sources."),
        (_bars("Rooms", summary.rooms), f"Scenes by room{_cut(len(summary.rooms))}."),
        (_histogram("Azimuth", _AZIMUTH_EDGES, summary.azimuths_deg), "Azimuth, degrees, + left: patches of sources."),
        (_histogram("Elevation", _ELEVATION_EDGES, summary.elevations_deg), "Elevation, degrees, + up."),
        (_histogram("Level of W", _LEVEL_EDGES, summary.levels_db), "Mean level of W, dB re full scale: scenes."),
    ]
    if summary.errors_deg:
        plot = _histogram("Angle between source and sound", _ERROR_EDGES, summary.errors_deg)
        text = (
            f"Scenes of one source: angle in degrees between its true direction and the measured one, median "
            f"{np.median(summary.errors_deg):.1f}. Rooms and beds pull it away; a source alone has no error."
        )
        figures.append((plot, text))
    if summary.distances_m:
        plot = _histogram("Distance", _DISTANCE_EDGES, summary.distances_m)
        figures.append((plot, "Distance, metres: patches of sources."))
    if summary.changes:
        figures.append((_bars("Changes of the prompt", summary.changes), "Changes of the prompt by kind."))
    body = "".join(f"<figure>{plot}<figcaption>{html.escape(text)}</figcaption></figure>" for plot, text in figures)
    return (
        f"<section><h2>{summary.scenes} scenes in figures</h2><p>{html.escape(facts)}</p>"
        f"<div class='two'>{body}</div></section>"
    )


def _bars(title: str, counts: Counter[str]) -> str:
    return bars(title, [(name, float(count), f"{count}") for name, count in counts.most_common(_MOST_BARS)])


def _heard_bars(summary: Summary) -> str:
    shares = {name: float(np.mean(values)) for name, values in summary.heard.items()}
    common = sorted(shares, key=lambda name: -len(summary.heard[name]))[:_MOST_BARS]
    rows = [(name, shares[name], f"{100 * shares[name]:.0f} %") for name in common]
    return bars("Share of patches that are heard", rows)


def _source_counts(summary: Summary) -> str:
    return bars("Sources per scene", [(f"{n}", float(c), f"{c}") for n, c in sorted(summary.sources.items())])


def _histogram(title: str, edges: tuple[int, ...], values: list[float]) -> str:
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return histogram(title, edges, counts.tolist())


def _cut(number: int) -> str:
    return f" (the {_MOST_BARS} most common of {number})" if number > _MOST_BARS else ""
