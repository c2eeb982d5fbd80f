"""A film is probed before a command spends work on it."""

from pathlib import Path

from app.command_line.console import remark
from engine.contract.errors import InvalidInputError
from engine.contract.video import NO_CHOICE, FilmChoice, VideoInfo


def checked_film(film: Path, choice: FilmChoice = NO_CHOICE) -> VideoInfo:
    """Return what is known of a film, and write its notices on stderr. Raises MediaError."""
    from engine.video.chosen import film_as_chosen

    info = film_as_chosen(film, choice)
    if choice.still_s is not None and info.times != "still":
        raise InvalidInputError(f"{film.name} has its own length: --still-seconds is for a still panorama.")
    for notice in info.notices:
        remark(f"{film.name}: {notice}")
    return info
