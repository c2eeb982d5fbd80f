"""The projection of a film's pictures, from what is known of the film."""

from engine.contract.video import USUAL_FOV_DEG, Projection, VideoInfo
from engine.video.geometry.cube import CubeMap, EquiAngularCube
from engine.video.geometry.lenses import DualFisheye, Flat
from engine.video.geometry.placement import Placement
from engine.video.geometry.section import Section

_EAC_PADDING_PX = 2.0
"""Video sites repeat this many pixels at the ends of a row of faces and above and below it (as FFmpeg's v360 knows)."""


def placement_of(film: VideoInfo, eye_width: float, eye_height: float) -> Placement:
    """Return the projection of one eye of a film, whose stored picture has this size in pixels."""
    shown_aspect = film.pixel_aspect * eye_width / eye_height
    match film.projection:
        case Projection.EQUIRECTANGULAR:
            return Section(film.bounds)
        case Projection.CUBEMAP:
            return CubeMap(min(3.0 * film.cube_padding / eye_width, 0.25))
        case Projection.EAC if film.is_in_strips and eye_width / eye_height > 1.5:
            # Strips from cameras repeat only the overlap of both lenses.
            return EquiAngularCube(overlap=eye_width / eye_height - 1.5)
        case Projection.EAC:
            return EquiAngularCube((_EAC_PADDING_PX / eye_width, _EAC_PADDING_PX / eye_height))
        case Projection.FISHEYE:
            return DualFisheye(film.fov_deg or USUAL_FOV_DEG[Projection.FISHEYE], shown_aspect)
        case Projection.FLAT:
            return Flat(film.fov_deg or USUAL_FOV_DEG[Projection.FLAT], shown_aspect)
