"""The film of a scene as pictures to copy: turned upright as the scene turns it, and in time with its sound."""

from dataclasses import dataclass, replace
from pathlib import Path

from app.delivery.film_part import film_part
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError
from engine.contract.scene.scene import Scene
from engine.contract.video import UPRIGHT, Pose, VideoInfo, pose_of_turn, pose_turn
from engine.export.film.film_writer import FilmPart
from engine.video.chosen import film_as_chosen


@dataclass(frozen=True)
class OpenedFilm:
    """The film of a scene: its facts, and the part whose pictures are copied (None for a sound file)."""

    info: VideoInfo
    part: FilmPart | None = None

    @property
    def time_of_day_s(self) -> float:
        """The time of day of its time 0."""
        return self.info.time_reference_samples / SAMPLE_RATE_HZ


def opened_film(scene: Scene, range_s: tuple[float, float] | None, with_pictures: bool) -> OpenedFilm | None:
    """Return the film of a scene, or None if it has none. Raises MediaError, or ExportError if it cannot be copied."""
    if scene.film is None:
        if with_pictures:
            raise ExportError("The scene has no film whose pictures could be copied: choose a sound format.")
        return None
    info = film_as_chosen(Path(scene.film.file.path), scene.film.choice)
    if not with_pictures:
        return OpenedFilm(info)
    return OpenedFilm(info, turned_part(film_part(info, range_s), scene.horizon))


def turned_part(part: FilmPart, horizon: Pose) -> FilmPart:
    """Return a part of a film with its pictures turned by the horizon of a scene."""
    return replace(part, sphere=replace(part.sphere, pose=turned_further(part.sphere.pose, horizon)))


def turned_further(pose: Pose, further: Pose) -> Pose:
    """Return the pose of a picture that is turned by one pose and then by another."""
    if further == UPRIGHT:
        return pose
    return further if pose == UPRIGHT else pose_of_turn(pose_turn(further) @ pose_turn(pose))
