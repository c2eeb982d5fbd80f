"""The sound of any file, block by block: sound files by libsndfile, films and what that cannot read by FFmpeg."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import MediaError
from engine.media.container import MediaFile, decoded_sound
from engine.media.sounds import samples_of, sounds_of

BLOCK_SAMPLES: Final = 48_000
MOST_CHANNELS: Final = 16
"""Third-order ambisonics; beyond it a block would be larger than its sound deserves."""
_LOWEST_RATE_HZ: Final = 8_000
_HIGHEST_RATE_HZ: Final = 384_000
_FILM_CHANNELS: Final = (4, 6)
"""First order, or first order with head-locked stereo behind it."""

Block = NDArray[np.float32]


@dataclass(frozen=True)
class AudioFacts:
    """What a file says of its sound; `has_pictures` tells a film (cover art does not count).

    `stream` is FFmpeg's index of the track, None where libsndfile reads the file.
    """

    path: Path
    channels: int
    rate_hz: int
    stated_s: float
    stream: int | None
    has_pictures: bool = False


def audio_facts(path: Path) -> AudioFacts:
    """Return what a file says of its sound; of a film's tracks the first with four or six channels, else the first.

    Raises MediaError where the file is empty, cannot be read, has no sound, or no usable channels or rate.
    """
    if path.stat().st_size == 0:
        raise MediaError("is empty (0 bytes): replace it.")
    try:
        with soundfile.SoundFile(path) as file:
            facts = AudioFacts(path, file.channels, file.samplerate, file.frames / max(file.samplerate, 1), None)
    except (soundfile.SoundFileError, OSError, ValueError):
        facts = _film_facts(path)
    if not 1 <= facts.channels <= MOST_CHANNELS:
        raise MediaError(f"has {facts.channels} channels: give mono, stereo or first-order sound (4).")
    if not _LOWEST_RATE_HZ <= facts.rate_hz <= _HIGHEST_RATE_HZ:
        raise MediaError(f"is at {facts.rate_hz} Hz: give 48000 Hz.")
    return facts


def blocks(facts: AudioFacts, size: int = BLOCK_SAMPLES) -> Iterator[Block]:
    """Yield the sound (C, n), n at most `size`, to the end of the file. Raises MediaError where it is damaged."""
    for block in _file_blocks(facts, size) if facts.stream is None else _film_blocks(facts.path, facts.stream):
        if not np.all(np.isfinite(block)):
            raise MediaError("is damaged (values that are not numbers): export it anew.")
        for start in range(0, block.shape[1], size):
            yield block[:, start : start + size]


def at_48_khz(sound: Iterator[Block], rate_hz: int, channels: int) -> Iterator[Block]:
    """Yield blocks (C, n) converted to 48 kHz; every channel alone, so that no loudspeaker layout is guessed."""
    if rate_hz == SAMPLE_RATE_HZ:
        yield from sound
        return
    converter = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, channels, dtype="float32", quality="VHQ")
    for block in sound:
        yield np.ascontiguousarray(converter.resample_chunk(np.ascontiguousarray(block.T)).T)
    yield np.ascontiguousarray(converter.resample_chunk(np.zeros((0, channels), np.float32), last=True).T)


def _file_blocks(facts: AudioFacts, size: int) -> Iterator[Block]:
    try:
        with soundfile.SoundFile(facts.path) as file:
            while True:
                block = file.read(size, dtype="float32", always_2d=True)
                if len(block) == 0:
                    return
                yield np.ascontiguousarray(block.T)
    except (soundfile.SoundFileError, OSError) as error:
        raise MediaError("is damaged (it cannot be read to its end): export it anew.") from error


def _film_facts(path: Path) -> AudioFacts:
    try:
        media = MediaFile(path)
    except MediaError as error:
        raise MediaError("cannot be read as a sound or a film: convert it to WAV, or to MP4 or MOV.") from error
    with media:
        tracks = sounds_of(media)
        if not tracks:
            raise MediaError("has no sound: put its ambisonic WAV beside it under the same name.")
        track = next((t for t in tracks if t.channels in _FILM_CHANNELS), tracks[0])
        return AudioFacts(path, track.channels, track.rate_hz, track.duration_s, track.index, bool(media.pictures))


def _film_blocks(path: Path, stream: int) -> Iterator[Block]:
    with MediaFile(path) as media:
        for packet in media.packets(media.stream(stream)):
            for frame in decoded_sound(packet):
                yield samples_of(frame)
