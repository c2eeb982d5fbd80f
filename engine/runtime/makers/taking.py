"""Takes the sound that another generator wrote: checked as any untrusted file, then copied at 48 kHz."""

import math
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.contract.errors import CancelledError, MediaError
from engine.contract.scene.blocks import SHORTEST_SAMPLES, Convention
from engine.export.layouts import FRONT_LEFT_FRONT_RIGHT, NO_LOUDSPEAKERS, described, field_layout
from engine.export.reading.opening import open_source
from engine.export.reading.recording import RecordingReader
from engine.export.reading.riff import is_wave
from engine.export.sound_writer import SoundLayout
from engine.export.wav_writer import WavWriter

RATES_HZ: Final = range(8_000, 192_001)
_LONGER: Final = 2.0
_LONGER_S: Final = 10.0
_BYTES_OF_SAMPLE: Final = 8
_HEADER_BYTES: Final = 2**20
_SILENT: Final = 1e-4
"""A peak of -80 dBFS."""
_TOO_LOUD: Final = 10.0
"""A peak of +20 dBFS."""
_CONVENTIONS: Final = {1: Convention.MONO, 2: Convention.STEREO, FOA_CHANNELS: Convention.AMBIX}


@dataclass(frozen=True)
class TakenSound:
    """A checked sound: its file, its samples at 48 kHz, and its channels."""

    file: Path
    samples: int
    convention: Convention


def longest_s(seconds: float) -> float:
    """Return how long a sound may be if `seconds` were asked for; models often write whole windows."""
    return _LONGER * seconds + _LONGER_S


def most_bytes(seconds: float) -> int:
    """Return how large its file may be."""
    return math.ceil(longest_s(seconds) * RATES_HZ[-1]) * FOA_CHANNELS * _BYTES_OF_SAMPLE + _HEADER_BYTES


def take_sound(
    written: Path, target: Path, maker: str, seconds: float, cancelled: Callable[[], bool] = lambda: False
) -> TakenSound:
    """Check the file that a generator wrote, and write its sound to `target`, whole or not at all.

    `maker` is the generator's name, `seconds` the length that was asked for. Raises MediaError with a sentence if it is
    missing or not usable, ExportError if the target cannot be written, or CancelledError.
    """
    try:
        channels = _checked(written, maker, seconds)
        return _copied(written, target, maker, channels, seconds, cancelled)
    except MediaError as error:
        raise MediaError(str(error).replace(str(written), f"The sound that {maker} wrote")) from error


def _checked(written: Path, maker: str, seconds: float) -> int:
    """Return the number of channels, from the header alone."""
    try:
        status = os.lstat(written)
    except OSError:
        raise MediaError(f"{maker} ended without a sound: it wrote nothing where it was asked to.") from None
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        raise MediaError(f"{maker} wrote a link or something else that is not a plain file: nothing was taken.")
    if status.st_size > most_bytes(seconds):
        raise MediaError(f"{maker} wrote a file of {status.st_size / 2**20:.0f} MiB: far too large for {seconds:g} s.")
    if not is_wave(written):
        raise MediaError(f"{maker} wrote a file that is not a WAV: let it write WAV.")
    source = open_source(written)
    try:
        if source.channels not in _CONVENTIONS:
            raise MediaError(f"{maker} wrote {source.channels} channels: mono, stereo and 4 (AmbiX) can be used.")
        if source.rate_hz not in RATES_HZ:
            raise MediaError(f"{maker} wrote a rate of {source.rate_hz} Hz: 8000 to 192000 Hz can be used.")
        if source.promised > source.frames:
            raise MediaError(f"{maker} wrote a file that is cut off: its header promises more sound than it holds.")
        if source.frames > longest_s(seconds) * source.rate_hz:
            raise MediaError(
                f"{maker} wrote {source.frames / source.rate_hz:.1f} s of sound: {seconds:g} s were asked for, and at "
                f"most {longest_s(seconds):g} s are taken."
            )
        return source.channels
    finally:
        source.close()


def _copied(
    written: Path, target: Path, maker: str, channels: int, seconds: float, cancelled: Callable[[], bool]
) -> TakenSound:
    peak, samples = 0.0, 0
    with RecordingReader(written) as reader, WavWriter(target, _layout(channels, maker)) as writer:
        for block in reader.blocks():
            if cancelled():
                raise CancelledError(f"{maker} was cancelled; nothing was changed.")
            samples += block.shape[1]
            peak = max(peak, float(np.max(np.abs(block), initial=0.0)))
            if samples > longest_s(seconds) * SAMPLE_RATE_HZ + SAMPLE_RATE_HZ:
                raise MediaError(f"{maker} wrote more sound than its header says: nothing was taken.")
            writer.write(block)
        if samples < SHORTEST_SAMPLES:
            raise MediaError(f"{maker} wrote less than 10 ms of sound: nothing was taken.")
        if peak < _SILENT:
            raise MediaError(f"{maker} made silence (peak below -80 dBFS): try other words or another seed.")
        if peak > _TOO_LOUD:
            raise MediaError(f"{maker} made sound with a peak of {20 * math.log10(peak):+.0f} dBFS: +20 dBFS at most.")
    return TakenSound(target, samples, _CONVENTIONS[channels])


def _layout(channels: int, maker: str) -> SoundLayout:
    if channels == FOA_CHANNELS:
        layout = field_layout("float")
    else:
        mask = FRONT_LEFT_FRONT_RIGHT if channels == 2 else NO_LOUDSPEAKERS
        layout = SoundLayout(channels, mask, description=described("Stereo." if channels == 2 else "Mono.", True))
    return replace(layout, description=f"{layout.description} Made by {maker}.")
