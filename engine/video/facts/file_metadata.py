"""What a film specifies about its sphere, from all places in which it can do so."""

from engine.media.container import MediaFile, Picture, VideoStream
from engine.video.facts.matroska_metadata import has_mesh
from engine.video.facts.metadata import NO_METADATA, SphereMetadata
from engine.video.facts.mp4_metadata import MESH, mp4_metadata
from engine.video.facts.picture_metadata import picture_metadata
from engine.video.facts.xmp import still_metadata, xmp_metadata


def file_metadata(media: MediaFile, stream: VideoStream, first: Picture) -> SphereMetadata:
    """Return what a film specifies; `first` is its first decoded frame."""
    by_picture = picture_metadata(first)
    if media.is_still:
        return still_metadata(media.path).or_else(by_picture)
    if "mp4" in media.format_name:
        own = mp4_metadata(media.path, stream.id)
        # FFmpeg takes the initial view of XMP for a rotation of the sphere: it only counts if there is no other.
        return own if own.projection is not None or own.notices else own.or_else(by_picture)
    if "matroska" in media.format_name and by_picture.projection is None and has_mesh(media.path):
        return SphereMetadata(by_picture.layout, notices=(MESH,))
    tags = {name.lower(): text for name, text in stream.metadata.items()}
    return by_picture.or_else(
        xmp_metadata(tags.get("spherical-video", "")) if "spherical-video" in tags else NO_METADATA
    )
