"""Files with more than one video stream: cameras write unstitched material like this."""

from typing import Final

from engine.contract.errors import MediaError
from engine.contract.video import Projection
from engine.media.container import MediaFile
from engine.video.strips import strip_streams

_STRIP_ASPECT: Final = 2.4
_SQUARE: Final = 0.1


def check_stitched(media: MediaFile, projection: Projection | None) -> tuple[str, ...]:
    """Return notices about a second video stream.

    Raises MediaError if the streams are the unstitched halves of a sphere and not strips of a cube, unless the user
    chooses a projection: then the first one is shown alone.
    """
    pictures = media.pictures
    if len(pictures) < 2:
        return ()
    first, second = ((s.codec_context.width, s.codec_context.height) for s in pictures[:2])
    aspect = first[0] / max(first[1], 1)
    halves = aspect >= _STRIP_ASPECT or abs(aspect - 1.0) <= _SQUARE
    if projection in (None, Projection.EAC) and strip_streams(media) is not None:
        return ("This is a camera file of two strips: they are joined without blending, so seams are visible.",)
    if first == second and halves and projection is None:
        parts = "strips of an equi-angular cube" if aspect >= _STRIP_ASPECT else "circles of two lenses"
        raise MediaError(
            f"{media.path.name} is an unstitched camera file: the {parts} are two streams of pictures. Export it as an "
            "equirectangular film with the program of the camera."
        )
    return (f"The file has {len(pictures)} streams of pictures: the first is shown.",)
