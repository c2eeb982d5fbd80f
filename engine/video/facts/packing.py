"""How a film is packed: the user's choice, else what the file specifies, else a guess by its shape and pictures.

Every guess that is not the usual one (2:1, one picture of the whole sphere) comes with a sentence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.contract.video import WHOLE_SPHERE, Area, Bounds, Known, Pose, Projection, StereoLayout
from engine.video.facts.evidence import Grey, are_halves_alike, area_within_bars, edges_meet
from engine.video.facts.metadata import SphereMetadata

_HALF_SPHERE: Final = Bounds(90.0, -90.0, 90.0, -90.0)
_USUAL: Final = 0.09
"""Tolerance of a picture's shape."""
_TIGHT: Final = 8.0
_CUBE_ASPECT: Final = 1.5
_CHOOSE: Final = "Choose its layout and projection if that is wrong."
_NAMES: Final = {
    StereoLayout.TOP_BOTTOM: "two eyes, one above the other",
    StereoLayout.LEFT_RIGHT: "two eyes side by side",
}


@dataclass(frozen=True)
class Packing:
    """How the sphere is mapped to a film's pictures, how each fact is known, and notices for the user."""

    layout: StereoLayout
    layout_source: Known
    projection: Projection
    projection_source: Known
    bounds: Bounds
    pose: Pose
    active: Area | None
    cube_padding: int
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """The size of upright pictures in pixels, and the width of a pixel over its height."""

    width: int
    height: int
    pixel_aspect: float

    @property
    def aspect(self) -> float:
        """The shape on display."""
        return self.width * self.pixel_aspect / self.height


def packing_of(
    metadata: SphereMetadata,
    shape: Shape,
    layout: StereoLayout | None,
    projection: Projection | None,
    look: Callable[[bool], Sequence[Grey]],
) -> Packing:
    """Return how a film is packed; `look` gives its first upright picture, or a few from all over it: only in doubt."""
    known = projection or metadata.projection
    notices = list(metadata.notices)
    active: Area | None = None
    aspect = shape.aspect
    pictures: Sequence[Grey] = ()
    if metadata.projection is None and abs(aspect / 2.0 - 1.0) > _USUAL:
        pictures = look(True)
        active, aspect, told = _without_bars(pictures, shape)
        notices += told
    bounds = metadata.bounds if known is Projection.EQUIRECTANGULAR else WHOLE_SPHERE
    expected = _expected_aspect(known or Projection.EQUIRECTANGULAR, bounds)
    chosen, layout_source = layout or metadata.layout, _source(layout, metadata.layout)
    if chosen is None:
        chosen = StereoLayout.MONO if known is Projection.FLAT else _guess(aspect / expected, pictures)
        if metadata.projection is not None and chosen is StereoLayout.MONO:
            # If the file describes the sphere and no eyes, it has one picture.
            layout_source = "file"
        elif chosen is not StereoLayout.MONO:
            notices.append(f"The file does not specify how it is packed: it is read as {_NAMES[chosen]}. {_CHOOSE}")
    if metadata.projection is None and known in (None, Projection.EQUIRECTANGULAR):
        if chosen is StereoLayout.LEFT_RIGHT and abs(aspect / 2.0 - 1.0) <= _USUAL:
            bounds = _HALF_SPHERE
            notices.append(f"The picture of each eye is square: it is read as a half sphere of 180 degrees. {_CHOOSE}")
    if known is None and layout is None and chosen is StereoLayout.MONO and not metadata.notices:
        notices += _doubts(shape, aspect, pictures or look(False))
    return Packing(
        layout=chosen,
        layout_source=layout_source,
        projection=known or Projection.EQUIRECTANGULAR,
        projection_source=_source(projection, metadata.projection),
        bounds=bounds,
        pose=metadata.pose,
        active=active,
        cube_padding=metadata.cube_padding if known is Projection.CUBEMAP else 0,
        notices=tuple(notices),
    )


def _source(user: object, metadata: object) -> Known:
    return "user" if user is not None else "file" if metadata is not None else "guess"


def _expected_aspect(projection: Projection, bounds: Bounds) -> float:
    """Return the shape of one eye whose pixels are square."""
    if projection in (Projection.CUBEMAP, Projection.EAC):
        return _CUBE_ASPECT
    return (bounds.left_deg - bounds.right_deg) / max(bounds.top_deg - bounds.bottom_deg, 1e-3)


def _without_bars(pictures: Sequence[Grey], shape: Shape) -> tuple[Area | None, float, list[str]]:
    for aspect in (2.0, 1.0):
        if pictures and (area := area_within_bars(pictures, aspect / shape.pixel_aspect)) is not None:
            size = f"{area.width} x {area.height}"
            told = f"The film has black bars: the part between them ({size}) is used. {_CHOOSE}"
            return area, area.width * shape.pixel_aspect / area.height, [told]
    return None, shape.aspect, []


def _guess(share: float, pictures: Sequence[Grey]) -> StereoLayout:
    """Return the layout of pictures whose shape is `share` times that of one eye."""
    if abs(share - 1.0) <= _USUAL:
        return StereoLayout.MONO
    packed, ratio = (StereoLayout.TOP_BOTTOM, 2.0 * share) if share < 1.0 else (StereoLayout.LEFT_RIGHT, share / 2.0)
    shape_fits = abs(ratio - 1.0) <= 2 * _USUAL
    alike = are_halves_alike(pictures, packed is StereoLayout.LEFT_RIGHT)
    if alike is None or shape_fits:
        return packed if shape_fits and alike is not False else StereoLayout.MONO
    return packed if alike and all(edges_meet(p, _TIGHT) for p in pictures) else StereoLayout.MONO


def _doubts(shape: Shape, aspect: float, pictures: Sequence[Grey]) -> list[str]:
    """Return a notice about pictures that do not look like the whole sphere, or none."""
    taken = f"The file specifies no sphere, and is read as one picture of the whole sphere. {_CHOOSE}"
    if abs(aspect / 2.0 - 1.0) > _USUAL:
        looks = " (a cube map has this shape)" if abs(aspect / _CUBE_ASPECT - 1.0) < 0.02 else ""
        size = f"{shape.width} x {shape.height}"
        return [f"This does not look like a 360-degree film, as it is {size}{looks}. {taken}"]
    if are_halves_alike(pictures, side_by_side=True):
        return [f"The left and right halves are alike, as in a film of 180 degrees for two eyes. {taken}"]
    if not all(edges_meet(picture) for picture in pictures):
        return [f"This does not look like a 360-degree film: the left and right edges do not meet. {taken}"]
    return []
