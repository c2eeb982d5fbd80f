"""What there is to export: the open project, what was heard, the whole film, an earlier take."""

from pathlib import Path

from app.delivery.parts import has_sound
from app.export.choice import Source
from app.project.open_project import OpenProject
from engine.contract.camera import NO_EXPORT, camera_source
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.telemetry import TakeSummary
from engine.contract.video import VideoInfo
from engine.runtime.takes.store import KeptTake


def sources_of(
    project: OpenProject, film: VideoInfo | None, take: TakeSummary, kept: KeptTake | None
) -> tuple[Source, ...]:
    """Return the sources of an export, the likeliest first; with a kept take, that one alone."""
    if kept is not None:
        return (_kept(kept),)
    found = []
    scene = project.scene
    if any(has_sound(scene, lane, 0, scene.length_samples) for lane in scene.lanes):
        found.append(_scene(project))
    is_live = film is not None and film.is_live
    name = "" if film is None else "camera" if is_live else Path(film.path).stem
    has_film = film is not None
    heard = f"{take.length_s:.1f} s so far." if take.length_s > 0.0 else "Nothing has been heard yet: play it first."
    found.append(
        Source(
            "take",
            "The take as heard",
            name,
            heard if has_film else "No film is open.",
            take.missing,
            is_there=has_film and take.length_s > 0.0,
            has_film=has_film and not is_live,
            length_s=take.length_s,
        )
    )
    found.append(
        Source(
            "film",
            "The whole film, rendered again",
            name,
            NO_EXPORT
            if is_live
            else "With the current prompt and direction; playback pauses."
            if has_film
            else "No film is open.",
            is_there=has_film and not is_live,
            has_film=has_film and not is_live,
            length_s=0.0 if film is None else film.duration_s,
        )
    )
    return tuple(found)


def _scene(project: OpenProject) -> Source:
    scene, path = project.scene, project.path
    lanes = sum(has_sound(scene, lane, 0, scene.length_samples) for lane in scene.heard_lanes)
    title = "The scene" if path is None else f"The project {path.name}"
    name = "scene" if path is None else path.stem
    if path is None and scene.film is not None:
        name = Path(scene.film.file.name).stem
    sounding = "1 lane is heard." if lanes == 1 else f"{lanes} lanes are heard."
    return Source(
        "scene",
        title,
        name,
        sounding,
        has_film=scene.film is not None,
        scene=scene,
        length_s=scene.length_samples / SAMPLE_RATE_HZ,
    )


def _kept(kept: KeptTake) -> Source:
    note = f"{kept.summary.length_s:.1f} s of {kept.film.name}."
    is_live = camera_source(kept.film.path) is not None
    has_film = bool(kept.film.path) and not is_live and Path(kept.film.path).is_file()
    name = "camera" if is_live else Path(kept.film.path).stem or "take"
    return Source(
        "kept",
        f"The take of {kept.film.name}",
        name,
        note,
        kept.summary.missing,
        has_film=has_film,
        length_s=kept.summary.length_s,
    )
