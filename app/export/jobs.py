"""Turns a choice of the export dialog into the job that a child process runs."""

from datetime import date
from pathlib import Path

from app.delivery.scene_export import SceneExport
from app.delivery.take_export import FilmSound, KeptTakeSound, SoundToExport, TakeExport, TakeFile
from app.export.choice import TAKE, ExportChoice
from engine.contract.camera import camera_source
from engine.contract.control import GenerationSettings
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError
from engine.contract.video import NO_CHOICE, UPRIGHT, FilmChoice, Pose, Projection, StereoLayout, VideoInfo
from engine.runtime.takes.store import KeptTake


def scene_job(choice: ExportChoice, takes: Path | None) -> SceneExport:
    """Return the export of a scene as it is now."""
    scene = choice.source.scene
    if scene is None:
        raise ExportError("There is no scene to export: add a block to a lane.")
    return SceneExport(scene, takes, choice.form, choice.files(date.today()), choice.what.range_s)


def take_job(choice: ExportChoice, film: VideoInfo, take: Path, missing: str, horizon: Pose) -> TakeExport:
    """Return the export of what was heard of a film, saved in a file; `horizon` is that of the project."""
    pictures = None if film.is_live else Path(film.path)
    return _job(choice, TakeFile(take, missing), pictures, film.choice, film.time_reference_samples, horizon)


def film_job(choice: ExportChoice, film: VideoInfo, settings: GenerationSettings, horizon: Pose) -> TakeExport:
    """Return the export of a film that is rendered with some settings; `horizon` is that of the project."""
    sound = FilmSound(Path(film.path), film.choice, settings, horizon=horizon)
    return _job(choice, sound, Path(film.path), film.choice, film.time_reference_samples, horizon)


def kept_job(choice: ExportChoice, take: KeptTake) -> TakeExport:
    """Return the export of an earlier take; its film is read as it was then."""
    film = take.film
    read_as = NO_CHOICE
    if film.layout and film.projection:
        read_as = FilmChoice(StereoLayout(film.layout), Projection(film.projection))
    pictures = Path(film.path) if film.path and camera_source(film.path) is None else None
    return _job(choice, KeptTakeSound(take.folder), pictures, read_as, film.time_reference_samples)


def _job(
    choice: ExportChoice,
    sound: SoundToExport,
    film: Path | None,
    read_as: FilmChoice,
    time_reference_samples: int,
    horizon: Pose = UPRIGHT,
) -> TakeExport:
    return TakeExport(
        sound,
        choice.form,
        choice.files(date.today())[TAKE],
        choice.what.range_s,
        film,
        read_as,
        time_reference_samples / SAMPLE_RATE_HZ,
        horizon,
    )
