"""What a film specifies about its sphere, from all places in which it can do so."""

from engine.media.container import MediaFile, Picture, VideoStream
from engine.video.facts.said import NOTHING_SAID, Said
from engine.video.facts.said_by_matroska import has_mesh
from engine.video.facts.said_by_mp4 import MESH, said_by_mp4
from engine.video.facts.said_by_picture import said_by_picture
from engine.video.facts.xmp import said_by_still, said_by_xmp


def said_by_file(media: MediaFile, stream: VideoStream, first: Picture) -> Said:
    """Return what a film specifies; `first` is its first decoded frame."""
    by_picture = said_by_picture(first)
    if media.is_still:
        return said_by_still(media.path).or_else(by_picture)
    if "mp4" in media.format_name:
        own = said_by_mp4(media.path, stream.id)
        # FFmpeg takes the initial view of XMP for a rotation of the sphere: it only counts if there is no other.
        return own if own.projection is not None or own.notices else own.or_else(by_picture)
    if "matroska" in media.format_name and by_picture.projection is None and has_mesh(media.path):
        return Said(by_picture.layout, notices=(MESH,))
    tags = {name.lower(): text for name, text in stream.metadata.items()}
    return by_picture.or_else(
        said_by_xmp(tags.get("spherical-video", "")) if "spherical-video" in tags else NOTHING_SAID
    )
