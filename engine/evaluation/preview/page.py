"""The preview as one HTML page that loads nothing from elsewhere and runs nothing; the sounds lie beside it."""

import html
from collections.abc import Sequence
from importlib import resources
from typing import Final

import numpy as np

from engine.contract.conventions import DISPLAY_ORDER, PATCH_S, SAMPLE_RATE_HZ
from engine.contract.directions import azimuth_elevation
from engine.evaluation.preview.figures import (
    activity_plot,
    angle_plots,
    direction_error_deg,
    distance_plot,
    level_plot,
    map_plot,
    spectrogram_uri,
)
from engine.evaluation.preview.sheet import SOURCE_COLOURS, MarkedSource, contact_sheet, jpeg_uri
from engine.evaluation.preview.shown import PreviewScene, active_patches
from engine.scenes.composer import SceneSource

GENERATOR: Final = "SwanSphere scenes preview"
"""Written into the page: a folder with such a page may be overwritten."""

_FOUND_KEY: Final = "<span class='key found'></span>measured in the sound (thin: diffuse)"
_ORIGINS: Final = {
    "drawn": "Pictures: drawn at the sound's position, at 4 frames per second.",
    "none": "No pictures: they are drawn if --data names a folder with panoramas and cut-outs.",
    "film": "Pictures: of the film itself, at 4 frames per second.",
}


def page(heading: str, notes: Sequence[str], sections: Sequence[str]) -> str:
    """Return the page of sections that `scene_section` and the summary made."""
    style = resources.files("engine.evaluation.report").joinpath("report.css").read_text(encoding="utf-8")
    style += resources.files(__package__).joinpath("preview.css").read_text(encoding="utf-8")
    lines = "".join(f"<p class='notes'>{html.escape(note)}</p>" for note in notes)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "media-src 'self' file:; style-src 'unsafe-inline'\">"
        f'<meta name="generator" content="{GENERATOR}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(heading)}</title><style>{style}</style></head>\n"
        f"<body><main><h1>{html.escape(heading)}</h1>{lines}" + "\n".join(sections) + "</main></body></html>\n"
    )


def scene_section(item: PreviewScene, sound: str) -> str:
    """Return the part of the page about one scene; `sound` is the binaural WAV relative to the page."""
    scene = item.scene
    azimuth, elevation = angle_plots(item)
    distance = distance_plot(item)
    angles = _figure(azimuth, "Azimuth, degrees, + left, over seconds. " + _keys(scene.sources) + _FOUND_KEY)
    angles += _figure(elevation, "Elevation, degrees, + up, over seconds. Thin where a source is silent.")
    over_time = _figure(activity_plot(item), "When each source sounds, over seconds, and the changes of the prompt.")
    if distance:
        over_time += _figure(distance, "Distance, metres, over seconds.")
    over_time += _figure(level_plot(item), "Levels per patch, dB re full scale, over seconds." + _channel_keys())
    place = _figure(map_plot(item), "Paths on the sphere, degrees: dot = start, ring = end, thin = silent.")
    sheet = contact_sheet(
        item.frames, [MarkedSource(s.path, active_patches(s, item.patches)) for s in scene.sources], item.patches
    )
    return (
        f"<section class='scene'><h2>{html.escape(item.title)}</h2>"
        f"<p class='caption'>&ldquo;{html.escape(scene.caption)}&rdquo;</p>{_schedule(item)}"
        f"<audio controls preload='none' src='{html.escape(sound, quote=True)}'></audio>"
        f"<figure><img class='sheet' alt='Frames over time with the sources marked' src='{jpeg_uri(sheet)}'>"
        f"<figcaption>{_ORIGINS[item.origin]} The front is in the middle. Rings mark the sources: bold while "
        "they sound. A ring without a picture under it is a source off screen.</figcaption></figure>"
        f"{_source_table(item)}<p><small>{html.escape(_facts(item))}</small></p>"
        f"<div class='two'>{angles}</div><div class='two'><div>{over_time}</div><div>{place}</div></div>"
        f"<figure><img alt='Spectrogram of W' src='{spectrogram_uri(item)}'>"
        "<figcaption>W: 40 Hz - 20 kHz (mel), -80 to -10 dB.</figcaption></figure></section>"
    )


def _figure(plot: str, caption: str) -> str:
    return f"<figure>{plot}<figcaption>{caption}</figcaption></figure>"


def _facts(item: PreviewScene) -> str:
    scene = item.scene
    rms = float(np.sqrt(np.mean(np.square(scene.foa[0], dtype=np.float64))))
    facts = [
        f"{scene.foa.shape[1] / SAMPLE_RATE_HZ:.1f} s",
        f"W at {20 * np.log10(rms + 1e-9):.1f} dB, highest peak {20 * np.log10(np.abs(scene.foa).max() + 1e-9):.1f} dB",
    ]
    if scene.room:
        facts.append(f"room: {scene.room}")
    error = direction_error_deg(scene)
    if error is not None:
        facts.append(f"the measured direction is {error:.1f} degrees (median) from source 1 while that sounds")
    return "; ".join(facts) + "."


def _schedule(item: PreviewScene) -> str:
    if len(item.scene.schedule) < 2:
        return ""
    rows = "".join(
        f"<tr><td>{change.patch * PATCH_S:.2f} s</td><td>{html.escape(change.kind)}</td>"
        f"<td>{html.escape(change.caption)}</td></tr>"
        for change in item.scene.schedule
    )
    return f"<div class='wide'><table><thead><tr><th>From</th><th>Prompt</th><th></th></tr></thead>{rows}</table></div>"


def _source_table(item: PreviewScene) -> str:
    rows = []
    for index, source in enumerate(item.scene.sources):
        share = float(np.mean(active_patches(source, item.patches)))
        rows.append(
            f"<tr><td><span class='key t{index % len(SOURCE_COLOURS)}'></span>{index + 1}</td>"
            f"<td>{html.escape(source.sound_class)}<small>{html.escape(source.label)}</small></td>"
            f"<td>{_where(source)}</td><td>{100 * share:.0f} %</td>"
            f"<td>{'on' if source.on_screen else 'off'}</td><td><small>{html.escape(source.clip)}</small></td></tr>"
        )
    head = "".join(f"<th>{name}</th>" for name in ("", "Class and label", "Where", "Sounds", "Screen", "Clip"))
    return f"<div class='wide'><table><thead><tr>{head}</tr></thead>{''.join(rows)}</table></div>"


def _where(source: SceneSource) -> str:
    if source.path is None:
        return "all around"
    azimuth, elevation = np.rad2deg(azimuth_elevation(source.path[[0, -1]]))
    places = [f"{round(a)}&deg;, {round(e)}&deg;" for a, e in zip(azimuth, elevation, strict=True)]
    if source.distance_m is not None:
        distances = np.broadcast_to(np.asarray(source.distance_m, float), (len(source.path),))
        places = [f"{p}, {d:.1f} m" for p, d in zip(places, distances[[0, -1]], strict=True)]
    way = places[0] if places[0] == places[1] else " &rarr; ".join(places)
    return way + (f"<small>{html.escape(source.motion)}</small>" if source.motion else "")


def _keys(sources: Sequence[SceneSource]) -> str:
    return "".join(f"<span class='key t{index}'></span>{index + 1} " for index in range(len(sources)))


def _channel_keys() -> str:
    return "".join(f"<span class='key c{place}'></span>{channel.name} " for place, channel in enumerate(DISPLAY_ORDER))
