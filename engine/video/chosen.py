"""A film with the user's choice of interpretation."""

from dataclasses import replace
from pathlib import Path

from engine.contract.camera import NO_FILE, camera_source
from engine.contract.errors import MediaError
from engine.contract.video import NO_CHOICE, FilmChoice, VideoInfo
from engine.video.probe import probe


def film_as_chosen(path: Path, choice: FilmChoice = NO_CHOICE) -> VideoInfo:
    """Return what is known of a film, with the user's choice above the file's. Raises MediaError as `probe` does.

    A live camera is refused: see `engine.video.camera`.
    """
    if camera_source(path) is not None:
        raise MediaError(NO_FILE)
    film = probe(path, choice.layout, choice.projection)
    if film.times == "still" and choice.still_s is not None:
        film = replace(film, duration_s=choice.still_s)
    return film if choice.fov_deg is None else replace(film, fov_deg=choice.fov_deg)
