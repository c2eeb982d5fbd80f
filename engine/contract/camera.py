"""The name of a live camera where a film's path is expected: "camera:" and what is plugged in.

`camera:0` is the first camera, `camera:/dev/video2` a device, `camera:RICOH THETA V` one by its name, and
`camera:udp://127.0.0.1:5000` a stream that another program on this machine sends.
"""

import re
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Final

from engine.contract.errors import MediaError
from engine.contract.video import FilmChoice, Projection, StereoLayout, VideoInfo

CAMERA: Final = "camera:"
LIVE_S: Final = 24.0 * 3600.0
"""How long a camera plays at most: a day, as every film."""
NO_SEEK: Final = "A live camera cannot be rewound or skipped: it shows what happens now."
NO_LOOP: Final = "A live camera cannot be repeated: it has no end."
NO_FILE: Final = (
    "A live camera cannot be read like a film: play it in the window or with `headless`, and export its take."
)
NO_EXPORT: Final = "A live camera cannot be rendered again: what was heard of it is in its take."
NO_TIMELINE: Final = "A live camera cannot be edited in time, because it has no end: open a film to place blocks."
_PANORAMA: Final = 2.0
_ALMOST: Final = 0.05
_STREAM: Final = re.compile(r"(?P<protocol>[a-z][a-z0-9+.-]*):[/\\]+(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


def camera_source(path: str | PurePath) -> str | None:
    """Return what is behind the name of a camera ("0", "/dev/video2", "udp://127.0.0.1:5000"); None for a file."""
    text = str(path)
    if not text.startswith(CAMERA):
        return None
    source = text.removeprefix(CAMERA).strip()
    stream = _STREAM.fullmatch(source)
    # A `Path` joins the two slashes of an address.
    return f"{stream['protocol'].lower()}://{stream['rest']}" if stream is not None else source


def camera_path(source: str) -> Path:
    """Return the name of a camera from what is behind it."""
    return Path(f"{CAMERA}{source}")


def film_name(path: Path) -> str:
    """Return the path of a film, or the name of a camera as a user writes it."""
    source = camera_source(path)
    return str(path) if source is None else f"{CAMERA}{source}"


def shown_name(path: str) -> str:
    """Return what the user calls a film or a camera: "walk.mp4", "Camera 0", "Stream udp://127.0.0.1:5000"."""
    source = camera_source(path)
    if source is None:
        return re.split(r"[/\\]", path.rstrip("/\\"))[-1] or path
    return f"{'Stream' if '://' in source else 'Camera'} {source}".rstrip()


def camera_as_chosen(camera: VideoInfo, choice: FilmChoice) -> VideoInfo:
    """Return a camera with the user's choice of interpretation; it is not opened again for that.

    Raises MediaError for a picture that is no panorama, unless the user says what else it is.
    """
    layout, projection = choice.layout or StereoLayout.MONO, choice.projection or Projection.EQUIRECTANGULAR
    width, height = camera.width, camera.height
    if projection is Projection.EQUIRECTANGULAR:
        if layout is StereoLayout.TOP_BOTTOM:
            height = max(1, height // 2)
        elif layout is StereoLayout.LEFT_RIGHT and width > 3 * height:
            width //= 2
        if abs(width / height / _PANORAMA - 1.0) > _ALMOST:
            raise MediaError(
                f"{shown_name(camera.path)} sends {camera.width} x {camera.height} pixels, and a panorama is twice as "
                "wide as high: let the camera stitch its picture, or open it as two fisheyes or as a flat picture."
            )
    return replace(
        camera,
        layout=layout,
        layout_source="user" if choice.layout else "guess",
        projection=projection,
        projection_source="user" if choice.projection else "guess",
        fov_deg=choice.fov_deg,
    )
