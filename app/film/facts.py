"""What is known of a film, for users and for programs."""

import math
from dataclasses import asdict
from typing import Any, Final

from engine.contract.video import UPRIGHT, USUAL_FOV_DEG, Known, VideoInfo
from engine.contract.view import ViewOrientation

_KNOWN: Final[dict[Known, str]] = {"file": "from the file", "guess": "guessed", "user": "specified"}
_LABEL_WIDTH: Final = 14


def film_facts(film: VideoInfo) -> dict[str, Any]:
    """Return a film's facts as plain values for JSON; lengths in seconds, angles in degrees."""
    return {
        "file": film.path,
        "kind": "still" if film.times == "still" else "film",
        "width": film.width,
        "height": film.height,
        "fps": film.fps,
        "duration_s": film.duration_s,
        "start_s": film.start_s,
        "times": film.times,
        "codec": film.codec,
        "layout": film.layout.value,
        "layout_source": film.layout_source,
        "projection": film.projection.value,
        "projection_source": film.projection_source,
        "bounds": asdict(film.bounds),
        "pose": asdict(film.pose),
        "active": None if film.active is None else asdict(film.active),
        "cube_padding": film.cube_padding,
        "fov_deg": film.fov_deg,
        "first_view": None if film.first_view is None else _view_deg(film.first_view),
        "in_strips": film.is_in_strips,
        "quarter_turns": film.quarter_turns,
        "mirrored": film.is_mirrored,
        "pixel_aspect": film.pixel_aspect,
        "timecode": film.timecode,
        "time_reference_samples": film.time_reference_samples,
        "sounds": [
            {
                "index": sound.index,
                "codec": sound.codec,
                "channels": sound.channels,
                "rate": sound.rate_hz,
                "layout": sound.layout,
                "ambisonic": sound.is_ambisonic,
                "start_s": sound.start_s,
                "duration_s": sound.duration_s,
            }
            for sound in film.sounds
        ],
        "notices": list(film.notices),
    }


def film_lines(film: VideoInfo) -> list[str]:
    """Return a film's facts as lines of text, one per fact; notices at the end."""
    lines = [film.path]
    if film.times == "still":
        lines.append(_line("still picture", f"{film.width} x {film.height}, {film.codec}"))
    else:
        size = f"{film.width} x {film.height}, {film.fps:.5g} frames per second, {film.codec}"
        lines += [_line("film", size), _line("length", f"{film.duration_s:.3f} s{_start(film)}")]
    lines.append(_line("layout", f"{film.layout.value} ({_KNOWN[film.layout_source]})"))
    lines.append(_line("projection", f"{film.projection.value} ({_KNOWN[film.projection_source]})"))
    bounds, pose = film.bounds, film.pose
    if not bounds.is_whole:
        across, up = (bounds.left_deg, bounds.right_deg), (bounds.bottom_deg, bounds.top_deg)
        lines.append(
            _line("covers", f"azimuth {across[0]:g} to {across[1]:g}, elevation {up[0]:g} to {up[1]:g} degrees")
        )
    if pose != UPRIGHT:
        lines.append(
            _line("turned by", f"yaw {pose.yaw_deg:g}, pitch {pose.pitch_deg:g}, roll {pose.roll_deg:g} degrees")
        )
    if film.projection in USUAL_FOV_DEG:
        lines.append(_line("field of view", f"{film.fov_deg or USUAL_FOV_DEG[film.projection]:g} degrees"))
    if film.first_view is not None:
        view = _view_deg(film.first_view)
        lines.append(_line("looks first", f"azimuth {view['yaw_deg']:g}, elevation {view['pitch_deg']:g} degrees"))
    if film.quarter_turns or film.is_mirrored:
        turned = [f"turned {90 * film.quarter_turns} degrees to the left"] if film.quarter_turns else []
        lines.append(_line("stored", ", ".join(turned + ["mirrored"] * film.is_mirrored)))
    if film.active is not None:
        lines.append(_line("bars", f"the film is {film.active.width} x {film.active.height} of the picture"))
    if film.timecode is not None:
        lines.append(_line("timecode", f"{film.timecode}, sample {film.time_reference_samples} at 48 kHz"))
    for number, sound in enumerate(film.sounds, start=1):
        kind = f"{sound.channels} channel{'s' * (sound.channels > 1)}, {sound.rate_hz} Hz, {sound.codec}"
        lines.append(_line(f"sound {number}", f"{kind}, {sound.layout}, {sound.duration_s:.3f} s"))
    if not film.sounds:
        lines.append(_line("sound", "none"))
    return lines + [_line("note", notice) for notice in film.notices]


def _view_deg(view: ViewOrientation) -> dict[str, float]:
    angles = {"yaw_deg": view.yaw_rad, "pitch_deg": view.pitch_rad, "roll_deg": view.roll_rad}
    return {name: round(math.degrees(angle), 4) for name, angle in angles.items()}


def _start(film: VideoInfo) -> str:
    start = f", first picture at {film.start_s:.3f} s" if film.start_s > 0.0 else ""
    return start + (" (counted)" if film.times == "counted" else "")


def _line(label: str, text: str) -> str:
    return f"  {label:<{_LABEL_WIDTH}}{text}"
