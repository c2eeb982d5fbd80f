"""A film with new sound: its pictures copied without a change, one sound track, and the boxes that name the sphere."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

import av
import numpy as np
from av.audio.stream import AudioStream as OutputSound
from av.container import OutputContainer
from numpy.typing import NDArray

from engine.contract.errors import ExportError, MediaError
from engine.export.film.box_writing import rewrite_movie, with_entries_changed
from engine.export.film.edit_end import ending_at
from engine.export.film.sphere_boxes import Sphere, picture_entry, sound_entry
from engine.export.quantising import Quantiser
from engine.files.staging import refused
from engine.media.container import FFMPEG_ERRORS, MediaFile, Packet, VideoStream, picture_stream

Coding = Literal["pcm16", "pcm24", "float", "aac"]
"""How the sound of a film is coded."""

_CODECS: Final[dict[Coding, str]] = {
    "pcm16": "pcm_s16le",
    "pcm24": "pcm_s24le",
    "float": "pcm_f32le",
    "aac": "aac",
}
_AAC_BITS_PER_CHANNEL: Final = 160_000
"""At 128 kb/s the weakest channel of a quiet recording lost 1.15 dB, at 160 kb/s it loses 0.04 dB."""
_LAYOUTS: Final = {2: "stereo", 4: "4.0", 6: "6.0"}
"""Of AAC. None has a low-frequency channel, which would be filtered."""
_AAC_OPTIONS: Final = {"aac_pns": "0", "aac_is": "0"}
"""Noise that replaces sound and channels that share one spectrum would move the directions."""
_SAME_S: Final = 1e-4
_MOST_WAITING: Final = 64
"""No film reorders its pictures over more than this."""
_RATES_HZ: Final = (44_100, 48_000, 96_000)


@dataclass(frozen=True)
class FilmPart:
    """The pictures to copy: those of `path` from `from_s` to `to_s` (None: the end), seconds after its time 0.

    Decoding can only begin at a key frame, and may need pictures that are shown later: such pictures are copied too,
    and an edit list hides them. Pictures and sound stay together if `from_s` is when a picture is shown
    (`picture_time_s`). `timecode` is that of time 0, at `timecode_rate` pictures per second.
    """

    path: Path
    sphere: Sphere
    from_s: float = 0.0
    to_s: float | None = None
    timecode: str | None = None
    timecode_rate: Fraction = Fraction(25)


@dataclass(frozen=True)
class FilmTrack:
    """The sound track to write: 4 channels (AmbiX), 6 (AmbiX and head-locked stereo) or 2 (stereo).

    `description` is a note in the file.
    """

    channels: int
    coding: Coding
    rate_hz: int = 48_000
    dither: bool = True
    description: str = ""

    @property
    def head_locked(self) -> bool | None:
        """Whether there is head-locked sound; None for stereo, which is no sound field."""
        return None if self.channels == 2 else self.channels == 6


def picture_time_s(path: Path, at_s: float) -> float:
    """Return when the picture that is shown at a time begins, in seconds after the film's time 0.

    Raises MediaError if the film cannot be read, or has no picture then.
    """
    with MediaFile(path) as film:
        pictures = picture_stream(film)
        if not pictures.time_base:
            raise _without_times(path)
        zero_s, base = film.clock_zero_s, pictures.time_base
        _seek_before(film, pictures, zero_s + Fraction(at_s).limit_denominator(1_000_000))
        begun = None
        for packet in film.packets(pictures):
            if packet.pts is not None:
                shown_s = float(packet.pts * base - zero_s)
                if shown_s <= at_s + _SAME_S:
                    begun = shown_s if begun is None else max(begun, shown_s)
            if packet.dts is not None and float(packet.dts * base - zero_s) > at_s:
                break
    if begun is None:
        raise MediaError(f"{path.name} has no picture at {at_s:g} s: choose a range inside the film.")
    return begun


def write_film(out: Path, part: FilmPart, track: FilmTrack, sound: Iterator[NDArray[np.float32]]) -> None:
    """Write a .mov or .mp4 with the pictures of a film and blocks of sound (C, n) that begin with them.

    In an .mp4 `moov` comes first. Raises ExportError if the film's pictures do not fit into this kind of file, or the
    place cannot be written; MediaError if the film cannot be read.
    """
    part.sphere.check()
    try:
        with MediaFile(part.path) as film:
            _mux(out, film, part, track, sound)
        scratch = out.with_name("first" + out.suffix) if out.suffix.lower() == ".mp4" else None
        rewrite_movie(out, lambda movie: _described(movie, part, track), scratch=scratch)
    except OSError as error:
        raise refused(out, error) from error
    except FFMPEG_ERRORS as error:
        raise ExportError(
            f"The film with the pictures of {part.path.name} could not be written: FFmpeg refuses them. Convert the "
            "film, or choose the other kind, .mov or .mp4."
        ) from error


def _described(movie: bytes, part: FilmPart, track: FilmTrack) -> bytes:
    """Return the content of a `moov` that names the sphere and the sound field, and ends with the part."""
    entries = {
        b"vide": lambda _kind, content: picture_entry(content, part.sphere),
        b"soun": lambda _kind, content: sound_entry(content, track.head_locked),
    }
    movie = with_entries_changed(movie, entries)
    return movie if part.to_s is None else ending_at(movie, part.to_s - part.from_s)


def _mux(out: Path, film: MediaFile, part: FilmPart, track: FilmTrack, sound: Iterator[NDArray[np.float32]]) -> None:
    pictures = picture_stream(film)
    name = part.path.name
    if film.is_still:
        raise ExportError(f"{name} is a still picture, and no film to copy: export the sound without pictures.")
    if len(film.pictures) > 1:
        raise ExportError(f"The pictures of {name} cannot be copied: choose a film with one stream of pictures.")
    with av.open(f"file:{out}", "w", format=out.suffix.lower()[1:]) as container:
        try:
            copy = container.add_stream_from_template(pictures, opaque=True)  # without an encoder
            if pictures.codec_context.name == "hevc":
                copy.codec_context.codec_tag = "hvc1"  # players of QuickTime do not know "hev1"
            if part.timecode is not None:
                copy.metadata["timecode"] = part.timecode
                copy.codec_context.framerate = part.timecode_rate  # FFmpeg counts the timecode by it
            if track.description:
                container.metadata["comment"] = track.description
            track_out = _Track(container, track)
            container.start_encoding()
        except FFMPEG_ERRORS as error:
            raise ExportError(
                f"The pictures of {name} ({pictures.codec_context.codec.canonical_name}) do not fit into a file with "
                f"the suffix {out.suffix}: choose the other kind, .mov or .mp4."
            ) from error
        copied = 0
        for packet, at_s in part_packets(film, part):
            _fill(container, track_out, sound, at_s)
            packet.stream = copy
            try:
                container.mux_one(packet)
            except OSError:
                raise
            except FFMPEG_ERRORS as error:
                raise MediaError(f"{name} is damaged: its pictures cannot be copied. Export it again.") from error
            copied += 1
        if not copied:
            raise MediaError(f"{name} has no pictures in this range: choose a range inside the film.")
        _fill(container, track_out, sound, float("inf"))
        container.mux(track_out.rest())


def part_packets(film: MediaFile, part: FilmPart) -> "Iterator[tuple[Packet[Any], float]]":
    """Yield the packets of a part, from its key frame on, with times that begin with the part; and that time in s.

    Raises MediaError if the film states no times, or cannot be read from there.
    """
    pictures = picture_stream(film)
    base = pictures.time_base
    if not base:
        raise _without_times(part.path)
    zero = film.clock_zero_s + Fraction(part.from_s).limit_denominator(1_000_000)
    shift = round(zero / base)
    if part.from_s > 0.0 and not _seek_before(film, pictures, zero):
        raise MediaError(f"{part.path.name} cannot be read from {part.from_s:g} s on: export the whole of it.")
    last = float("inf") if part.to_s is None else part.to_s - part.from_s
    usual = max(1, round(1 / (pictures.average_rate * base))) if pictures.average_rate else 1
    for packet in _with_decoding_times(film.packets(pictures), usual):
        if packet.dts is None or packet.pts is None:
            raise _without_times(part.path)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        at_s = float(packet.dts * base)
        if at_s >= last:  # later pictures in this order are needed to decode earlier ones
            return
        yield packet, at_s


def _seek_before(film: MediaFile, pictures: VideoStream, at_s: Fraction) -> bool:
    """Seek to a key frame at or before a time on the clock of the pictures; return whether there is one.

    In some containers a seek ends behind the time: then it is repeated further in front.
    """
    base = pictures.time_base
    assert base
    for target_s in (at_s, at_s - 2, at_s - 10, film.clock_zero_s - 10):
        if not film.seek(pictures, target_s):
            continue
        with closing(film.packets(pictures)) as packets:
            first = next((packet for packet in packets if packet.is_keyframe and packet.pts is not None), None)
        if first is not None and first.pts is not None and first.pts * base <= at_s + Fraction(_SAME_S):
            return film.seek(pictures, target_s)
    return False


def _with_decoding_times(packets: "Iterator[Packet[Any]]", usual: int) -> "Iterator[Packet[Any]]":
    """Yield packets from the first key frame on; those without a time of decoding before the first that has one get it.

    Matroska stores no such times, and FFmpeg knows them only after the first pictures. `usual` is the time of a picture
    in ticks.
    """
    waiting: list[Packet[Any]] = []
    has_begun = False
    for packet in packets:
        has_begun = has_begun or packet.is_keyframe
        if not has_begun or not packet.size:
            continue
        if packet.dts is None and len(waiting) < _MOST_WAITING:
            waiting.append(packet)
            continue
        if packet.dts is not None:
            for number, earlier in enumerate(waiting):
                earlier.dts = packet.dts - usual * (len(waiting) - number)
        yield from waiting
        waiting = []
        yield packet
    yield from waiting


def _fill(container: OutputContainer, track: "_Track", sound: Iterator[NDArray[np.float32]], until_s: float) -> None:
    """Write sound up to a time, so that both streams stay close together in the file."""
    while track.at_s < until_s:
        block = next(sound, None)
        if block is None:
            return
        container.mux(track.packets(block))


def _without_times(path: Path) -> MediaError:
    return MediaError(f"{path.name} does not state when its pictures are shown: export it again.")


class _Track:
    """The encoder of the sound track."""

    def __init__(self, container: OutputContainer, track: FilmTrack) -> None:
        if track.rate_hz not in _RATES_HZ:
            raise ExportError(f"A film has sound at 44100, 48000 or 96000 Hz, not at {track.rate_hz} Hz.")
        is_aac = track.coding == "aac"
        # Of PCM: without loudspeakers. AAC knows nothing but layouts, and SA3D takes precedence.
        self._layout = _LAYOUTS[track.channels] if is_aac or track.channels != 4 else "ambisonic 1"
        stream = container.add_stream(
            _CODECS[track.coding], rate=track.rate_hz, layout=self._layout, options=_AAC_OPTIONS if is_aac else {}
        )
        assert isinstance(stream, OutputSound)
        if is_aac:
            stream.bit_rate = _AAC_BITS_PER_CHANNEL * track.channels
        self._stream, self._track = stream, track
        self._quantiser = Quantiser("pcm16" if track.coding == "pcm16" else "pcm24", dither=track.dither)
        self._frames = 0

    @property
    def at_s(self) -> float:
        """How much sound there is, in seconds."""
        return self._frames / self._track.rate_hz

    def packets(self, block: NDArray[np.float32]) -> "list[Packet[Any]]":
        """Encode a block (C, n)."""
        frame = av.AudioFrame.from_ndarray(self._values(block), self._stream.format.name, self._layout)
        frame.sample_rate, frame.pts = self._track.rate_hz, self._frames
        frame.time_base = Fraction(1, self._track.rate_hz)
        self._frames += block.shape[1]
        return self._stream.encode(frame)

    def rest(self) -> "list[Packet[Any]]":
        """Return what the encoder still holds."""
        return self._stream.encode(None)

    def _values(self, block: NDArray[np.float32]) -> NDArray[Any]:
        if self._track.coding == "aac":
            return np.ascontiguousarray(block, np.float32)
        interleaved = np.ascontiguousarray(block.T).reshape(1, -1)
        if self._track.coding == "float":
            return interleaved.astype(np.float32)
        values = self._quantiser.whole_numbers(np.ascontiguousarray(block.T)).reshape(1, -1)
        if self._track.coding == "pcm16":
            return values.astype(np.int16)
        return np.left_shift(values, 8)
