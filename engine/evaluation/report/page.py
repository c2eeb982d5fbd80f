"""The evaluation as one HTML file that loads nothing and runs nothing: tables, directions over time, spectrograms."""

import html
import itertools
import math
from collections.abc import Mapping
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import azimuth_elevation
from engine.evaluation.measures.direction import SEGMENT_S
from engine.evaluation.measures.intervals import Estimate
from engine.evaluation.report.svg import Axis, Line, bar_plot, lane_plot, line_plot
from engine.evaluation.suite.catalogue import BAND_KEYS, SYSTEM_NAMES, SYSTEMS
from engine.evaluation.suite.clip import ClipResult
from engine.evaluation.suite.evaluate import Evaluation
from engine.evaluation.suite.spectrogram import Picture, png_uri
from engine.evaluation.suite.summary import MetricResult

PICTURED_CLIPS = 24
_SHOWN_AS_NOUGHT = 1e-6

_PLOTTED_SYSTEMS = SYSTEMS[:3]
_CLIP_COLUMNS = (
    ("clip_angle_rad", "Angle, whole clip"),
    ("time_angle_rad", "Angle over time"),
    ("wcs", "wCS"),
    ("kl_nats", "KL"),
    ("class_agreement", "Text agreement"),
    ("av_onset_f", "Onsets paired"),
    ("seam_click_db", "Seam click, dB"),
    ("novelty", "Novelty"),
)


def html_text(evaluation: Evaluation) -> str:
    """Return the page."""
    job = evaluation.job
    heading = f"{len(evaluation.clips)} clips of {job.generated.name} against {job.reference.name}"
    groups = itertools.groupby(evaluation.metrics, key=lambda result: result.metric.group)
    body = [
        f"<h1>Evaluation</h1><p>{html.escape(heading)}. In brackets 95 % bootstrap intervals over clips "
        f"(seed {job.seed}). Rest the pointer on a dash to see why there is no figure.</p>",
        _suite(job.suite),
        _notes(evaluation.notes),
        *(_group(name, list(results)) for name, results in groups),
        _clip_table(evaluation.clips),
        *(_clip(clip) for clip in evaluation.clips[:PICTURED_CLIPS]),
    ]
    if len(evaluation.clips) > PICTURED_CLIPS:
        body.append(f"<p>Pictures of the first {PICTURED_CLIPS} clips; the JSON report has the directions of all.</p>")
    style = resources.files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation: {html.escape(job.generated.name)}</title><style>{style}</style></head>\n"
        "<body><main>" + "\n".join(body) + "</main></body></html>\n"
    )


def _suite(suite: Mapping[str, Any] | None) -> str:
    if suite is None:
        return ""
    facts = {name: value for name, value in suite.items() if name != "format"}
    rows = "".join(f"<tr><th scope='row'>{html.escape(name)}</th><td>{_fact(v)}</td></tr>" for name, v in facts.items())
    return f"<table class='suite'>{rows}</table>"


def _fact(value: Any) -> str:
    return html.escape({True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value))


def _notes(notes: tuple[str, ...]) -> str:
    return "<ul class='notes'>" + "".join(f"<li>{html.escape(note)}</li>" for note in notes) + "</ul>" if notes else ""


def _group(name: str, results: list[MetricResult]) -> str:
    head = "".join(f"<th>{html.escape(SYSTEM_NAMES[system])}</th>" for system in SYSTEMS)
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(r.metric.name)}<small>{html.escape(r.metric.unit)}; "
        f"{html.escape(_aim(r.metric.better))}</small></th>"
        + "".join(f"<td>{_cell(r.estimates[system], r.metric.unit)}</td>" for system in SYSTEMS)
        + "</tr>"
        for r in results
    )
    bands = results[0].metric.key in BAND_KEYS
    plot = _band_plot(results) if bands else ""
    meanings = "".join(
        f"<dt>{html.escape(r.metric.name)}</dt><dd>{html.escape(r.metric.what)} "
        f"<em>Source: {html.escape(r.metric.source)}.</em></dd>"
        for r in (results[:1] if bands else results)
    )
    return (
        f"<section><h2>{html.escape(name)}</h2><div class='wide'><table><thead><tr><th></th>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>{plot}<details><summary>What the figures mean</summary><dl>{meanings}</dl>"
        "</details></section>"
    )


def _aim(better: str) -> str:
    return f"{better} is better" if better in ("lower", "higher") else f"best {better}"


def _cell(estimate: Estimate, unit: str) -> str:
    if estimate.value is None:
        return f"<span title='{html.escape(estimate.reason or '', quote=True)}'>&ndash;</span>"
    text = f"<b>{_number(estimate.value)}</b>"
    if unit == "rad":
        text += f" = {math.degrees(estimate.value):.1f}&deg;"
    if estimate.low is not None and estimate.high is not None:
        text += f" <small>[{_number(estimate.low)}, {_number(estimate.high)}] n={estimate.count}</small>"
    else:
        text += f" <small>n={estimate.count}</small>"
    return text


def _number(value: float) -> str:
    size = abs(value)
    if size < _SHOWN_AS_NOUGHT:
        return "0"
    return f"{value:.0f}" if size >= 1_000 else f"{value:.1f}" if size >= 100 else f"{value:.3g}"


def _band_plot(results: list[MetricResult]) -> str:
    bars = [[result.estimates[system] for system in _PLOTTED_SYSTEMS] for result in results]
    plot = bar_plot(
        "Great-circle error by band in radians", [result.metric.name for result in results], _PLOTTED_SYSTEMS, bars
    )
    legend = "".join(
        f"<span class='key s{index}'></span>{html.escape(SYSTEM_NAMES[system])} "
        for index, system in enumerate(_PLOTTED_SYSTEMS)
    )
    return f"<figure>{plot}<figcaption>Great-circle error by band, radians. {legend}</figcaption></figure>"


def _clip_table(clips: tuple[ClipResult, ...]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for _, name in _CLIP_COLUMNS)
    rows = []
    for clip in clips:
        cells = "".join(f"<td>{_clip_cell(clip, key)}</td>" for key, _ in _CLIP_COLUMNS)
        rows.append(f"<tr><th scope='row'>{html.escape(clip.stem)}</th>{cells}</tr>")
    return (
        "<section><h2>Clip by clip</h2><p>Generated; chance and retrieve-and-pan beneath it in grey.</p>"
        f"<div class='wide'><table class='clips'><thead><tr><th></th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        "</section>"
    )


def _clip_cell(clip: ClipResult, key: str) -> str:
    values = [clip.figures.values.get(system, {}).get(key) for system in _PLOTTED_SYSTEMS]
    texts = ["&ndash;" if value is None else _with_degrees(value, key) for value in values]
    return f"{texts[0]}<small>{texts[1]} &middot; {texts[2]}</small>"


def _with_degrees(value: float, key: str) -> str:
    return f"{math.degrees(value):.1f}&deg;" if key.endswith("_rad") else _number(value)


def _clip(clip: ClipResult) -> str:
    facts = [f"{clip.seconds:.1f} s", f"truth: {clip.truth}"]
    if clip.caption:
        facts.append(f"caption: {clip.caption}")
    if clip.nearest_training is not None:
        facts.append(f"nearest training clip: {clip.nearest_training}")
    if clip.retrieved is not None:
        facts.append(f"retrieved: {clip.retrieved}")
    end = max(float(clip.start_s[-1]) + SEGMENT_S if len(clip.start_s) else SEGMENT_S, SEGMENT_S)
    step = max(1, round(end / 10))
    x = Axis(0.0, end, range(0, math.floor(end) + 1, step))
    found, true = (np.rad2deg(azimuth_elevation(track)) for track in (clip.track, clip.true_track))
    azimuth, elevation = (
        line_plot(
            f"{name} over time in degrees",
            x,
            axis,
            [
                Line("truth", _points(clip.start_s, clip.true_track, true[index])),
                Line("found", _points(clip.start_s, clip.track, found[index])),
            ],
        )
        for index, (name, axis) in enumerate(
            (("Azimuth", Axis(-180, 180, (-180, -90, 0, 90, 180))), ("Elevation", Axis(-90, 90, (-90, 0, 90))))
        )
    )
    pictures = _picture("Take, W", clip.picture)
    if clip.true_picture is not None:
        pictures += _picture("Reference, W", clip.true_picture)
    return (
        f"<section class='clip'><h3>{html.escape(clip.stem)}</h3><p>{html.escape('; '.join(facts))}</p>"
        f"<div class='two'><figure>{azimuth}<figcaption>Azimuth, degrees, + left, over seconds. "
        "<span class='key truth'></span>truth <span class='key found'></span>take</figcaption></figure>"
        f"<figure>{elevation}<figcaption>Elevation, degrees, + up, over seconds.</figcaption></figure></div>"
        f"<div class='two'>{pictures}{_onset_plot(clip, x)}</div></section>"
    )


def _onset_plot(clip: ClipResult, x: Axis) -> str:
    if not clip.onsets_s:
        return ""
    lanes = [(who, [float(time) for time in times]) for who, times in clip.onsets_s.items()]
    plot = lane_plot("Onsets of film, take and reference", x, lanes)
    return f"<figure>{plot}<figcaption>Onsets over seconds.</figcaption></figure>"


def _points(
    start_s: NDArray[np.float64], vectors: NDArray[np.float64], degrees: NDArray[np.float64]
) -> list[tuple[float, float] | None]:
    return [
        (float(start) + 0.5 * SEGMENT_S, float(angle)) if np.any(vector) else None
        for start, vector, angle in zip(start_s, vectors, degrees, strict=True)
    ]


def _picture(caption: str, picture: Picture) -> str:
    name = html.escape(caption)
    return (
        f"<figure><img alt='{name}, spectrogram' src='{png_uri(picture)}'>"
        f"<figcaption>{name}: 40 Hz - 20 kHz (mel), -80 to -10 dB.</figcaption></figure>"
    )
