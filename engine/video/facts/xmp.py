"""XMP about a sphere: GSpherical of films (Spherical Video V1) and GPano of still panoramas."""

import math
import re
from pathlib import Path
from typing import Final

from engine.contract.video import Bounds, Projection, StereoLayout
from engine.contract.view import ViewOrientation
from engine.video.facts.metadata import NO_METADATA, SphereMetadata, bounds_of_crop

MOST_BYTES: Final = 1 << 20
_LAYOUTS: Final = {
    "mono": StereoLayout.MONO,
    "top-bottom": StereoLayout.TOP_BOTTOM,
    "left-right": StereoLayout.LEFT_RIGHT,
}


def xmp_metadata(text: str) -> SphereMetadata:
    """Return the facts of a piece of XMP; nothing if it is about something else.

    The initial view is that of a player; it does not rotate the sphere. Its heading is to the right.
    """
    values = _values(text[:MOST_BYTES])
    if "projectiontype" not in values and values.get("spherical", "").lower() != "true":
        return NO_METADATA
    first_view = _first_view(values)
    layout = _LAYOUTS.get(values.get("stereomode", "").lower())
    kind = values.get("projectiontype", "equirectangular").lower()
    if kind == "cubemap":
        return SphereMetadata(layout, Projection.CUBEMAP, first_view=first_view)
    if kind != "equirectangular":
        return SphereMetadata(layout, notices=(f"The stated projection is '{kind[:40]}', which is not supported.",))
    return SphereMetadata(layout, Projection.EQUIRECTANGULAR, _bounds(values), first_view=first_view)


def still_metadata(path: Path) -> SphereMetadata:
    """Return the facts in a still panorama's first megabyte, which holds its XMP."""
    try:
        with open(path, "rb") as file:
            return xmp_metadata(file.read(MOST_BYTES).decode("latin-1"))
    except OSError:
        return NO_METADATA


def _values(text: str) -> dict[str, str]:
    elements = re.findall(r"<(?:GSpherical|GPano):(\w{1,60})>\s*([^<]{0,200}?)\s*</", text)
    attributes = re.findall(r"\b(?:GSpherical|GPano):(\w{1,60})\s*=\s*[\"']([^\"'<]{0,200})[\"']", text)
    return {name.lower(): value for name, value in [*attributes, *elements]}


def _first_view(values: dict[str, str]) -> ViewOrientation | None:
    """Return the initial view; None if there is none, or none that is possible."""
    if not any(name.startswith("initialview") for name in values):
        return None
    names = ("initialviewheadingdegrees", "initialviewpitchdegrees", "initialviewrolldegrees", "poseheadingdegrees")
    try:
        heading, pitch, roll, north = (math.radians(float(values.get(name, "0"))) for name in names)
    except ValueError:
        return None
    if not all(math.isfinite(angle) and abs(angle) <= 2 * math.pi for angle in (heading, pitch, roll, north)):
        return None
    # A still panorama counts its headings from the north, a film from the middle of its picture.
    yaw = math.remainder(north - heading, 2 * math.pi)
    return ViewOrientation(yaw, max(-math.pi / 2, min(pitch, math.pi / 2)), math.remainder(roll, 2 * math.pi))


def _bounds(values: dict[str, str]) -> Bounds:
    """Return the part of the sphere that the picture covers; the whole if not cropped or if the numbers are absurd."""
    names = (
        "croppedarealeftpixels", "croppedareatoppixels", "croppedareaimagewidthpixels", "croppedareaimageheightpixels",
        "fullpanowidthpixels", "fullpanoheightpixels",
    )  # fmt: skip
    try:
        left, top, width, height, whole_width, whole_height = (float(values[name]) for name in names)
        right, bottom = whole_width - left - width, whole_height - top - height
        bounds = bounds_of_crop(left / whole_width, right / whole_width, top / whole_height, bottom / whole_height)
    except (KeyError, ValueError, ZeroDivisionError, OverflowError):
        return Bounds()
    return bounds or Bounds()
