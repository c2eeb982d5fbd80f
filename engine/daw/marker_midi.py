"""Markers as meta events of a Standard MIDI File.

A file is written at 120 beats per minute with 960 ticks per beat, so that the times also hold in a workstation that
does not take the tempo from the file: most begin with 120. A tick is 0.52 ms.
"""

import io
import itertools
from collections.abc import Sequence
from typing import Final

import mido

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.scene.checks import MOST_SAMPLES
from engine.daw.marker_list import NamedTime, ReadMarkers, in_order, plain_name

MAGIC: Final = b"MThd"
_TICKS_PER_BEAT: Final = 960
_BEAT_US: Final = 500_000
_TICKS_PER_S: Final = _TICKS_PER_BEAT * 1_000_000 // _BEAT_US
_MARKERS: Final = ("marker", "cue_marker")
_MOST_BYTES: Final = 512 * 1024
"""Larger files of many short events would take minutes and a gigabyte of memory as objects."""
_SMPTE_RATES: Final = {24: 24.0, 25: 25.0, 29: 30_000 / 1001, 30: 30.0}
_DAMAGED: Final = "it is damaged, or is not a MIDI file: export it again."


def write_midi(markers: Sequence[NamedTime]) -> bytes:
    """Return a MIDI file with one track of marker events."""
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=_BEAT_US, time=0)])
    before = 0
    for marker in markers:
        tick = round(marker.at_sample * _TICKS_PER_S / SAMPLE_RATE_HZ)
        track.append(mido.MetaMessage("marker", text=marker.name, time=tick - before))
        before = tick
    content = io.BytesIO()
    file = mido.MidiFile(type=0, ticks_per_beat=_TICKS_PER_BEAT, charset="utf-8", tracks=[track])
    file.save(file=content)
    return content.getvalue()


def read_midi(data: bytes) -> ReadMarkers:
    """Return the marker and cue events of all tracks, at the times of the file's tempo. Raises InvalidInputError."""
    if len(data) > _MOST_BYTES:
        raise InvalidInputError(f"it is larger than {_MOST_BYTES >> 10} KB: export the markers without the notes.")
    try:
        file = mido.MidiFile(file=io.BytesIO(data), charset="latin-1")
    except (EOFError, OSError, ValueError, LookupError, TypeError, AttributeError, mido.KeySignatureError):
        raise InvalidInputError(_DAMAGED) from None
    if file.type == 2:
        raise InvalidInputError("its tracks are independent of each other (type 2): export it as type 0 or 1.")
    events = sorted(
        ((tick, message) for track in file.tracks for tick, message in _with_ticks(track)), key=lambda each: each[0]
    )
    seconds_per_tick = _seconds_per_tick(file.ticks_per_beat, _BEAT_US)
    seconds, before = 0.0, 0
    markers = []
    for tick, message in events:
        seconds, before = seconds + (tick - before) * seconds_per_tick, tick
        if message.type == "set_tempo":
            seconds_per_tick = _seconds_per_tick(file.ticks_per_beat, message.tempo)
        elif message.type in _MARKERS:
            sample = round(seconds * SAMPLE_RATE_HZ)
            if sample > MOST_SAMPLES:
                raise InvalidInputError("a marker is later than 24 hours.")
            markers.append(NamedTime(sample, plain_name(_text(message.text))))
    return in_order(markers)


def _with_ticks(track: Sequence[mido.Message]) -> list[tuple[int, mido.Message]]:
    return list(zip(itertools.accumulate(message.time for message in track), track, strict=True))


def _seconds_per_tick(division: int, beat_us: int) -> float:
    """Return the length of a tick: of a beat, or of an SMPTE frame if the file's division is negative."""
    if division > 0:
        return beat_us / 1_000_000 / division
    frames, ticks = -(division >> 8), division & 0xFF
    if frames not in _SMPTE_RATES or ticks == 0:
        raise InvalidInputError(_DAMAGED)
    return 1.0 / (_SMPTE_RATES[frames] * ticks)


def _text(raw: str) -> str:
    """Return the text of an event: UTF-8 as most programs write it, else Latin-1."""
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return raw
