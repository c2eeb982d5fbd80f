"""The pictures of a film as a part to copy, from what the program takes the film for."""

from pathlib import Path

from engine.contract.errors import ExportError
from engine.contract.video import VideoInfo
from engine.export.film.film_writer import FilmPart, picture_time_s
from engine.export.film.sphere_boxes import Sphere
from engine.video.facts.timecode import exact_rate


def film_part(film: VideoInfo, range_s: tuple[float, float] | None) -> FilmPart:
    """Return the part of a film; `range_s` is in seconds of the film, and begins with the picture shown then.

    Raises ExportError for a film whose pictures cannot be copied with their times and their sphere; MediaError.
    """
    path = Path(film.path)
    if film.times != "stored" or film.is_in_strips:
        raise ExportError(
            f"The pictures of {path.name} cannot be copied as they are: convert them to a film with one picture stream "
            "and times."
        )
    sphere = Sphere(film.layout, film.projection, film.bounds, film.pose, film.cube_padding)
    sphere.check()
    from_s = 0.0
    if range_s is not None and range_s[0] >= film.duration_s:
        raise ExportError(
            f"{path.name} ends at {film.duration_s:.2f} s and has no picture in this range: choose another."
        )
    if range_s is not None and range_s[0] > 0.0:
        from_s = picture_time_s(path, range_s[0])
    return FilmPart(
        path,
        sphere,
        from_s,
        None if range_s is None else min(range_s[1], film.duration_s),
        timecode=film.timecode if from_s == 0.0 else None,
        timecode_rate=exact_rate(film.fps),
    )
