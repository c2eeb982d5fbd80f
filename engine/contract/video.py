"""Pictures that cross a thread or a process, and the facts about their film."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import InvalidInputError
from engine.contract.view import ViewOrientation, head_axes, view_of_axes


class StereoLayout(Enum):
    """How the pictures of the eyes are packed into a frame."""

    MONO = "mono"
    TOP_BOTTOM = "top-bottom"
    LEFT_RIGHT = "left-right"


class Projection(Enum):
    """How the sphere is mapped to a picture; FISHEYE is two circles side by side, FLAT an ordinary film."""

    EQUIRECTANGULAR = "equirectangular"
    CUBEMAP = "cubemap"
    EAC = "eac"
    FISHEYE = "fisheye"
    FLAT = "flat"


Known = Literal["file", "guess", "user"]
"""Where a fact comes from: the file, a guess from the picture's shape, or the user."""

NARROWEST_FOV_DEG = 5.0
WIDEST_FOV_DEG = {Projection.FISHEYE: 320.0, Projection.FLAT: 170.0}
"""Projections with an adjustable field of view, and its maximum."""
USUAL_FOV_DEG = {Projection.FISHEYE: 190.0, Projection.FLAT: 70.0}
"""The default: most cameras with two lenses cover 185 to 205 degrees each, a phone 70 across."""

LONGEST_STILL_S = 24.0 * 3600.0


@dataclass(frozen=True)
class FilmChoice:
    """The user's choice for a film; None leaves it to the file, or to a guess from the picture's shape.

    `fov_deg` belongs to a chosen projection with lenses. `still_s` is how long a still picture lasts (None: a minute);
    a moving film has its own length. Raises InvalidInputError if they contradict each other.
    """

    layout: StereoLayout | None = None
    projection: Projection | None = None
    fov_deg: float | None = None
    still_s: float | None = None

    def __post_init__(self) -> None:
        """Check the field of view and the length."""
        if self.still_s is not None and not 0.0 < self.still_s <= LONGEST_STILL_S:
            raise InvalidInputError(
                f"A still panorama cannot last {self.still_s:g} s: choose more than 0 s and at most 24 hours (86400 s)."
            )
        if self.fov_deg is None:
            return
        if self.projection is None or self.projection not in WIDEST_FOV_DEG:
            raise InvalidInputError("A field of view applies to fisheye and flat films: choose such a projection.")
        widest = WIDEST_FOV_DEG[self.projection]
        if not NARROWEST_FOV_DEG <= self.fov_deg <= widest:
            raise InvalidInputError(
                f"A field of view of {self.fov_deg:g} degrees cannot be used: "
                f"choose {NARROWEST_FOV_DEG:g} to {widest:g} degrees "
                f"for a {self.projection.value} film."
            )


NO_CHOICE = FilmChoice()

Times = Literal["stored", "counted", "still", "live"]
"""The source of the picture times: the file, counting at its rate (its times cannot be used), a single picture, or a
camera, whose pictures are shown when they come."""


@dataclass(frozen=True)
class Bounds:
    """The part of the sphere that an equirectangular picture covers, in degrees: the positions of its four edges."""

    left_deg: float = 180.0
    right_deg: float = -180.0
    top_deg: float = 90.0
    bottom_deg: float = -90.0

    @property
    def is_whole(self) -> bool:
        """Whether it covers the whole sphere."""
        return self == WHOLE_SPHERE


WHOLE_SPHERE = Bounds()


@dataclass(frozen=True)
class Pose:
    """How the picture's sphere has to be rotated, in degrees: first by roll, then by pitch, then by yaw.

    Yaw is counter-clockwise seen from above: with yaw 90, the picture's azimuth 60 is at 150. Pitch lifts
    the front of the picture. Roll is counter-clockwise as the viewer sees the front: the right goes up.
    """

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0


UPRIGHT = Pose()


def pose_turn(pose: Pose) -> NDArray[np.float64]:
    """Return the matrix (3, 3) from a direction x, y, z of the film's own sphere to its place in the scene."""
    yaw, pitch, roll = np.deg2rad([pose.yaw_deg, pose.pitch_deg, pose.roll_deg])
    return head_axes(ViewOrientation(float(yaw), float(pitch), float(-roll)))


def upright_view(pose: Pose) -> ViewOrientation:
    """Return the view of the film's own sphere that shows what is upright with this pose."""
    return view_of_axes(pose_turn(pose).T)


def pose_of_turn(turn: NDArray[np.float64]) -> Pose:
    """Return the pose with this matrix (3, 3): the inverse of `pose_turn`."""
    view = view_of_axes(turn)
    yaw, pitch, roll = np.rad2deg([view.yaw_rad, view.pitch_rad, -view.roll_rad])
    return Pose(float(yaw), float(pitch), float(roll))


@dataclass(frozen=True)
class Area:
    """A rectangle of pixels in an upright picture."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class FilmSound:
    """One sound track of a film; `index` is FFmpeg's number of the stream, `layout` how the file names its channels."""

    index: int
    codec: str
    channels: int
    rate_hz: int
    layout: str
    start_s: float
    duration_s: float
    is_ambisonic: bool = False


@dataclass(frozen=True)
class VideoInfo:
    """What is known about a film before it is decoded.

    `width` and `height` are pixels of the upright picture with everything packed into it. A stored picture becomes
    upright by `quarter_turns` to the left and then, if `is_mirrored`, by swapping left and right. `active` is the
    part of the upright picture that holds the film (None: all of it). `pixel_aspect` is the width of an upright
    picture's pixel over its height. `is_in_strips`: two streams hold the upper and the lower half of each picture.

    Time 0 is the start of the file on its own clock: the first picture is shown from `start_s` on, and
    `duration_s` is the end of the last one. `time_reference_samples` is the time of day of time 0, at 48 kHz.
    `first_view` is the initial view of a player; it rotates nothing.
    `fov_deg` is the field of view of each lens of a fisheye film, or the width of a flat one (None: the default).
    `notices` are sentences for the user. Of a live camera, `path` is its name (`engine.contract.camera`).
    """

    path: str
    width: int
    height: int
    fps: float
    duration_s: float
    codec: str = ""
    layout: StereoLayout = StereoLayout.MONO
    layout_source: Known = "guess"
    projection: Projection = Projection.EQUIRECTANGULAR
    projection_source: Known = "guess"
    bounds: Bounds = WHOLE_SPHERE
    pose: Pose = UPRIGHT
    active: Area | None = None
    cube_padding: int = 0
    fov_deg: float | None = None
    quarter_turns: int = 0
    is_mirrored: bool = False
    is_in_strips: bool = False
    pixel_aspect: float = 1.0
    start_s: float = 0.0
    times: Times = "stored"
    timecode: str | None = None
    time_reference_samples: int = 0
    first_view: ViewOrientation | None = None
    sounds: tuple[FilmSound, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether it is a camera: without an end, and without a way back."""
        return self.times == "live"

    @property
    def choice(self) -> FilmChoice:
        """The user's choice, so that the film can be opened again in the same way."""
        by_user = self.projection_source == "user"
        return FilmChoice(
            self.layout if self.layout_source == "user" else None,
            self.projection if by_user else None,
            self.fov_deg if by_user and self.projection in WIDEST_FOV_DEG else None,
            self.duration_s if self.times == "still" else None,
        )


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """One decoded picture: `rgb` is (H, W, 3) uint8, one eye, equirectangular; `pts_s` its exact presentation time."""

    epoch: int
    pts_s: float
    rgb: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class ScreenFrame:
    """A picture to show: a `VideoFrame` in the screen's pixels, (H, W, 4) uint8 blue, green, red, 255."""

    epoch: int
    pts_s: float
    pixels: NDArray[np.uint8]
