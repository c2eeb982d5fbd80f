"""One page on what a sound or a film is, read back from the file alone: format, notes, boxes, loudness, direction."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from engine.ambisonics.bs1770 import LoudnessMeter
from engine.ambisonics.intensity import active_intensity
from engine.contract.conventions import FOA_CHANNELS
from engine.contract.directions import azimuth_elevation
from engine.contract.errors import MediaError, reason_of
from engine.export.checking.rfc import RULES_KEPT, broken_rules
from engine.export.credentials.reading import claim_in
from engine.export.reading.ambix_reader import AmbixReader
from engine.export.reading.film_boxes import FilmBoxes, film_boxes
from engine.export.reading.film_source import SilentFilmError
from engine.export.reading.opening import open_source
from engine.export.reading.riff import wave_facts
from engine.export.reading.source import Convention, check_samples
from engine.export.reading.wave_notes import adm_notes, caf_notes, wave_notes
from engine.export.watermark.detection import MarkSearch
from engine.files.regular import check_regular
from engine.media.container import MediaFile

Line = tuple[str, str]
"""A label and what was found."""

_FROM: dict[str, str] = {
    "file": "stated in the file",
    "guess": "assumed: the file does not state it",
    "user": "specified",
}


def page_of(path: Path, convention: Convention | None = None) -> list[Line]:
    """Return the lines of the page. Raises MediaError if the file is not a sound or a film, or is damaged."""
    check_regular(path, "sound file or film")
    try:
        lines: list[Line] = [("size", f"{path.stat().st_size} bytes")]
        boxes = film_boxes(path)
        try:
            lines += _sound_lines(path, convention)
        except SilentFilmError:
            with MediaFile(path) as media:
                if not media.pictures:
                    raise
            lines.append(("sound", "none"))
        lines += _wave_lines(path)
        if (caf := caf_notes(path)) is not None:
            tag = (
                "none" if caf.layout_tag is None else f"tag {caf.layout_tag >> 16}, {caf.layout_tag & 0xFFFF} channels"
            )
            lines += [("chunks", " ".join(caf.chunks)), ("channel layout", tag)]
        if boxes is not None:
            lines += _box_lines(boxes)
            lines.append(_rfc_line(path))
        lines += _claim_lines(path)
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {reason_of(error)}.") from error
    return lines


def _sound_lines(path: Path, convention: Convention | None) -> Iterator[Line]:
    with closing(open_source(path)) as source:
        yield "sound", f"{source.container}, {source.subtype}, {source.channels} channels, {source.rate_hz} Hz"
        for notice in source.notices:
            yield "note", f"{path.name} {notice}"
        if source.channels < FOA_CHANNELS:
            meter, frames = LoudnessMeter(source.channels, source.rate_hz), 0
            search = MarkSearch(source.rate_hz)
            while (block := source.read(source.rate_hz)).shape[1]:
                check_samples(block, path)
                meter.add(block)
                search.add(block)
                frames += block.shape[1]
            yield "length", _length(frames, source.rate_hz)
            yield "loudness", meter.loudness().sentence()
            yield "watermark", search.found().sentence()
            return
    with AmbixReader(path, convention) as reader:
        yield "convention", f"{reader.convention}, {_FROM[reader.convention_source]}"
        w, all_four = LoudnessMeter(1, reader.rate_hz), LoudnessMeter(FOA_CHANNELS, reader.rate_hz, weighed=1)
        frames, flow, energy = 0, np.zeros(3), 0.0
        search = MarkSearch(reader.rate_hz)
        for block in reader.blocks(reader.rate_hz):
            frames += block.shape[1]
            w.add(block[:1])
            search.add(block)
            all_four.add(block)
            if block.shape[1] >= reader.rate_hz // 10:
                vector, power = active_intensity(block, rate_hz=reader.rate_hz)
                flow, energy = flow + vector, energy + power
        yield "length", _length(frames, reader.rate_hz)
        yield "loudness of W", w.loudness().sentence()
        yield "as AmbiX", f"true peak of all four channels {all_four.loudness().true_peak_dbtp:.1f} dBTP"
        yield "direction", _direction(flow, energy)
        yield "watermark", search.found().sentence()
        for notice in reader.notices:
            yield "note", notice


def _rfc_line(path: Path) -> Line:
    with MediaFile(path) as media:
        channels = media.sounds[0].codec_context.channels if media.sounds else None
    return "RFC", "; ".join(broken_rules(path, channels)) or RULES_KEPT


def _claim_lines(path: Path) -> Iterator[Line]:
    claim = claim_in(path)
    if claim is None:
        yield "C2PA", "none"
        return
    yield "C2PA", claim.sentence
    yield from claim.content


def _direction(flow: np.ndarray, energy: float) -> str:
    """Return where the sound comes from on the whole, from its mean intensity and energy."""
    strength = float(np.linalg.norm(flow))
    if energy <= 0.0 or strength <= 0.0:
        return "none: the sound is silent, or has no side"
    azimuth, elevation = azimuth_elevation(flow)
    where = f"azimuth {np.rad2deg(azimuth):.1f}, elevation {np.rad2deg(elevation):.1f} degrees"
    return f"{where}, diffuseness {max(0.0, 1.0 - strength / energy):.2f}"


def _length(frames: int, rate_hz: int) -> str:
    return f"{frames} samples, {frames / rate_hz:.3f} s"


def _wave_lines(path: Path) -> Iterator[Line]:
    facts, notes = wave_facts(path), wave_notes(path)
    if facts is None or notes is None:
        return
    yield "channel mask", f"{facts.channel_mask:#x}{', no loudspeakers' if facts.channel_mask == 0 else ''}"
    yield "sub-format", "FuMa (AMB)" if facts.says_fuma else "plain"
    yield "chunks", " ".join(notes.chunks)
    if notes.time_reference is not None:
        yield "bext", f"{notes.originator}: {notes.description}"
        yield "time reference", f"{notes.time_reference} samples, {notes.time_reference / max(1, facts.rate_hz):.3f} s"
    if notes.functions:
        yield "iXML", ", ".join(notes.functions)
    if (adm := adm_notes(path)) is not None:
        described = "as axml describes them" if adm.agrees else "axml differs"
        yield "ADM", f"{', '.join(sorted(set(adm.packs)))}: {', '.join(adm.track_formats)}, {described}"
    if None not in (notes.time_reference, notes.ixml_time_reference):
        agree = (notes.time_reference, notes.description) == (notes.ixml_time_reference, notes.ixml_description)
        yield "bext and iXML", "agree" if agree else f"differ: iXML has {notes.ixml_time_reference} samples"


def _box_lines(boxes: FilmBoxes) -> Iterator[Line]:
    yield "tracks", f"{boxes.pictures} of pictures, {boxes.sounds} of sound"
    spatial, sphere = boxes.spatial_audio, boxes.spherical_video
    if spatial is None:
        yield "SA3D", "none"
    else:
        kind = "AmbiX" if spatial.is_ambix else "not AmbiX"
        locked = ", with head-locked stereo" if spatial.head_locked else ""
        yield "SA3D", f"{kind}, order {spatial.order}, channels {list(spatial.channel_map)}{locked}"
    if sphere.projection is None:
        yield "sv3d", "none"
    else:
        pose = ", ".join(f"{angle:g}" for angle in sphere.pose_deg)
        numbers = ", ".join(f"{number:g}" for number in sphere.numbers)
        yield "sv3d", f"{sphere.projection.decode('ascii')}, pose {pose} degrees, {numbers}"
    yield "st3d", "none" if sphere.stereo_mode is None else f"stereo mode {sphere.stereo_mode}"
    yield "index", "before the pictures" if boxes.movie_first else "behind the pictures"
