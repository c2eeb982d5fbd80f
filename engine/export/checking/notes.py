"""Checks of what a file says of itself: mask, chunks, time reference, boxes, and what another program sees in it."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from engine.contract.conventions import FOA_CHANNELS
from engine.contract.video import Projection, StereoLayout
from engine.export.caf_writer import layout_tag
from engine.export.checking.rfc import RULES_KEPT, broken_rules
from engine.export.delivery.order import Order
from engine.export.film.film_writer import FilmPart, part_packets
from engine.export.ixml import AMBIX_TRACKS, HEAD_LOCKED_TRACKS, ORIGINATOR
from engine.export.layouts import FRONT_LEFT_FRONT_RIGHT, NO_LOUDSPEAKERS
from engine.export.reading.film_boxes import SphericalVideo, film_boxes
from engine.export.reading.riff import wave_facts
from engine.export.reading.wave_notes import adm_notes, caf_notes, wave_notes
from engine.media.container import MediaFile, picture_stream

_FFPROBE_S: Final = 60.0
_STEREO_MODES: Final = {StereoLayout.MONO: 0, StereoLayout.TOP_BOTTOM: 1, StereoLayout.LEFT_RIGHT: 2}
_KINDS: Final = {Projection.EQUIRECTANGULAR: b"equi", Projection.CUBEMAP: b"cbmp", Projection.FLAT: None}


@dataclass(frozen=True)
class Check:
    """One check of a file: its name, whether it passed, and what was found."""

    name: str
    passed: bool
    found: str

    def line(self) -> str:
        """Return it as one line of a table."""
        return f"{'ok    ' if self.passed else 'FAILED'}  {self.name:<16}{self.found}"


def note_checks(staged: Path, order: Order) -> Iterator[Check]:
    """Yield the checks of a written file that do not need its samples. Raises OSError, MediaError."""
    if order.is_film:
        yield from _film_checks(staged, order)
    elif order.suffix in (".wav", ".bwf", ".amb"):
        yield from _wave_checks(staged, order)
    elif order.suffix == ".caf":
        notes = caf_notes(staged)
        wanted = layout_tag(order.channels)
        found = None if notes is None else notes.layout_tag
        text = "none" if found is None else f"tag {found >> 16}, {found & 0xFFFF} channels"
        yield Check("channel layout", found == wanted, text)


def _wave_checks(staged: Path, order: Order) -> Iterator[Check]:
    facts, notes = wave_facts(staged), wave_notes(staged)
    if facts is None or notes is None:
        yield Check("chunks", False, "not a WAV")
        return
    mask = FRONT_LEFT_FRONT_RIGHT if order.is_binaural else NO_LOUDSPEAKERS
    yield Check("channel mask", facts.channel_mask == mask, f"{facts.channel_mask:#x}")
    yield Check("sub-format", facts.says_fuma == order.is_fuma, "FuMa (AMB)" if facts.says_fuma else "plain")
    with MediaFile(staged) as media:
        tags = media.tags
    wanted = order.time_reference_samples
    elsewhere = tags.get("time_reference", "0")
    agree = notes.time_reference == wanted and elsewhere == str(wanted)
    agree = agree and notes.ixml_time_reference in (None, wanted)
    yield Check("time reference", agree, f"{notes.time_reference} samples, FFmpeg: {elsewhere}")
    yield Check(
        "bext",
        notes.originator == tags.get("encoded_by") == ORIGINATOR and notes.description == tags.get("comment"),
        f"{notes.originator}: {notes.description}",
    )
    functions: tuple[str, ...] = ()
    if not order.is_binaural and not order.is_fuma:
        tracks = (*AMBIX_TRACKS, *HEAD_LOCKED_TRACKS)[: order.channels]
        functions = tuple(function for _, function in tracks)
        same = notes.functions == functions and notes.ixml_description == notes.description
        yield Check("iXML", same, ", ".join(notes.functions) or "none")
    if order.kind == "adm":
        yield _adm_check(staged)


def _adm_check(staged: Path) -> Check:
    notes = adm_notes(staged)
    if notes is None:
        return Check("ADM", False, "no chunk chna")
    wanted = tuple(f"AT_0004000{number}_01" for number in (1, 2, 3, 4))  # of BS.2094: W, Y, Z, X in SN3D
    is_right = notes.agrees and notes.track_formats == wanted and set(notes.packs) == {"AP_00040001"}
    return Check("ADM", is_right, f"{notes.packs[0] if notes.packs else 'none'}: {', '.join(notes.track_formats)}")


def _film_checks(staged: Path, order: Order) -> Iterator[Check]:
    boxes = film_boxes(staged)
    if boxes is None or order.film is None:
        yield Check("boxes", False, "not an MP4 or MOV file")
        return
    counts = (boxes.pictures, boxes.sounds)
    yield Check("tracks", counts == (1, 1), f"{boxes.pictures} of pictures, {boxes.sounds} of sound")
    yield _pictures_check(staged, order.film)
    spatial = boxes.spatial_audio
    if order.is_binaural:
        yield Check(
            "SA3D", spatial is None, "none, as for any stereo" if spatial is None else "there, but this is stereo"
        )
    else:
        is_right = (
            spatial is not None
            and spatial.is_ambix
            and spatial.order == 1
            and spatial.head_locked == (order.channels > FOA_CHANNELS)
            and spatial.channel_map == tuple(range(order.channels))
        )
        found = "none" if spatial is None else f"order {spatial.order}, channels {list(spatial.channel_map)}"
        yield Check("SA3D", is_right and not boxes.has_chan, found)
    broken = broken_rules(staged, order.channels)
    yield Check("RFC", not broken, "; ".join(broken) or RULES_KEPT)
    yield Check("sv3d, st3d", _is_sphere(boxes.spherical_video, order), _sphere_text(boxes.spherical_video))
    if order.suffix == ".mp4":
        yield Check("index first", boxes.movie_first, "yes" if boxes.movie_first else "no")
    if (probed := _ffprobe(staged)) is not None:
        yield from _probed_checks(probed, order)


def _pictures_check(staged: Path, part: FilmPart) -> Check:
    """Compare the coded pictures with those of the film; from other containers their packing may change."""
    count = 0
    with MediaFile(part.path) as film, MediaFile(staged) as written:
        is_same_packing = film.format_name == written.format_name or "matroska" in film.format_name
        copied = (packet for packet in written.packets(picture_stream(written)) if packet.size)
        wanted = (packet for packet, _ in part_packets(film, part))
        for there, here in zip_longest(copied, wanted):
            if there is None or here is None or (is_same_packing and bytes(there) != bytes(here)):
                return Check("pictures", False, f"differ from those of {part.path.name} from number {count + 1} on")
            count += 1
    return Check("pictures", True, f"{count}, as in {part.path.name}")


def _is_sphere(found: SphericalVideo, order: Order) -> bool:
    assert order.film is not None
    sphere = order.film.sphere
    if found.projection != _KINDS.get(sphere.projection):
        return False
    if found.projection is None:
        return found.stereo_mode is None
    pose = (sphere.pose.yaw_deg, sphere.pose.pitch_deg, sphere.pose.roll_deg)
    if found.projection == b"cbmp":
        numbers: tuple[float, ...] = (0.0, float(sphere.cube_padding))
    else:
        bounds = sphere.bounds
        numbers = (
            (90.0 - bounds.top_deg) / 180.0,
            (90.0 + bounds.bottom_deg) / 180.0,
            (180.0 - bounds.left_deg) / 360.0,
            (180.0 + bounds.right_deg) / 360.0,
        )
    same = all(abs(a - b) < 1e-4 for a, b in zip((*found.pose_deg, *found.numbers), (*pose, *numbers), strict=True))
    return same and found.stereo_mode == _STEREO_MODES[sphere.layout]


def _sphere_text(found: SphericalVideo) -> str:
    if found.projection is None:
        return "none"
    return f"{found.projection.decode('ascii', 'replace')}, stereo mode {found.stereo_mode}"


def _probed_checks(streams: list[dict[str, Any]], order: Order) -> Iterator[Check]:
    sounds = [stream for stream in streams if stream.get("codec_type") == "audio"]
    pictures = [stream for stream in streams if stream.get("codec_type") == "video"]
    channels = [sound.get("channels") for sound in sounds]
    right = len(pictures) == 1 and channels == [order.channels]
    yield Check("ffprobe", right, f"{len(pictures)} track of pictures, sound with {channels} channels")


def _ffprobe(path: Path) -> list[dict[str, Any]] | None:
    """Return the streams that ffprobe finds; None if it is not on this machine or gives no answer."""
    program = shutil.which("ffprobe")
    if program is None:
        return None
    command = [program, "-v", "error", "-protocol_whitelist", "file", "-of", "json", "-show_streams", f"file:{path}"]
    try:
        told = subprocess.run(command, capture_output=True, timeout=_FFPROBE_S, check=True).stdout
        streams = json.loads(told).get("streams", [])
    except (subprocess.SubprocessError, OSError, ValueError):
        return None
    return [stream for stream in streams if isinstance(stream, dict)]
