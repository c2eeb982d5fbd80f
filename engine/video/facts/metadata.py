"""What a film specifies about its sphere, from any source: boxes of MP4, Matroska's elements, XMP, decoded pictures."""

from dataclasses import dataclass

from engine.contract.video import UPRIGHT, WHOLE_SPHERE, Bounds, Pose, Projection, StereoLayout
from engine.contract.view import ViewOrientation

_MOST_DEG = 360.0


@dataclass(frozen=True)
class SphereMetadata:
    """The stated facts; None is not stated. `notices` name stated facts that are not supported."""

    layout: StereoLayout | None = None
    projection: Projection | None = None
    bounds: Bounds = WHOLE_SPHERE
    pose: Pose = UPRIGHT
    cube_padding: int = 0
    first_view: ViewOrientation | None = None
    notices: tuple[str, ...] = ()

    def or_else(self, other: "SphereMetadata") -> "SphereMetadata":
        """Return this, completed by the other's facts."""
        sphere = self if self.projection is not None else other
        return SphereMetadata(
            layout=self.layout if self.layout is not None else other.layout,
            projection=sphere.projection,
            bounds=sphere.bounds,
            pose=sphere.pose,
            cube_padding=sphere.cube_padding,
            first_view=self.first_view or other.first_view,
            notices=self.notices or other.notices,
        )


NO_METADATA = SphereMetadata()
IN_STRIPS = SphereMetadata(StereoLayout.MONO, Projection.EAC)
"""The facts implied by the existence of two streams of strips."""


def bounds_of_crop(left: float, right: float, top: float, bottom: float) -> Bounds | None:
    """Return the part of the sphere that remains if these shares (0..1) are cropped; None if nothing remains."""
    shares = (left, right, top, bottom)
    if not all(0.0 <= share < 1.0 for share in shares) or left + right >= 1.0 or top + bottom >= 1.0:
        return None
    # A fixed-point share of a quarter is slightly less than a quarter.
    left_deg, right_deg = round(180.0 - 360.0 * left, 4), round(-180.0 + 360.0 * right, 4)
    return Bounds(left_deg, right_deg, round(90.0 - 180.0 * top, 4), round(-90.0 + 180.0 * bottom, 4))


def pose_of(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Pose:
    """Return a pose in the notation of the Spherical Video RFC; an impossible angle becomes 0."""
    angles = (round(angle, 4) if abs(angle) <= _MOST_DEG else 0.0 for angle in (yaw_deg, pitch_deg, roll_deg))
    # Yaw and pitch are counter-clockwise about up and right, roll is clockwise about the axis that leads away from the
    # viewer: as Pose counts them.
    return Pose(*(angle + 0.0 for angle in angles))
