"""Compares a written file with what it should hold; every value comes from readers that did not write it.

Samples are those that FFmpeg decodes, directions those of the field as this program's own reader takes the file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from engine.ambisonics.bs1770 import Loudness
from engine.ambisonics.intensity import SILENCE_POWER, direction_and_diffuseness
from engine.contract.conventions import FOA_CHANNELS
from engine.contract.directions import angle_between
from engine.contract.errors import MediaError
from engine.export.checking.comparing import AAC_LOSS_DB, SampleComparison
from engine.export.checking.decoded import decoded_blocks
from engine.export.checking.notes import Check, note_checks
from engine.export.delivery.marking import Marking
from engine.export.delivery.measuring import Measured, channel_meter
from engine.export.delivery.order import Order
from engine.export.delivery.sound import DeliveredSound
from engine.export.delivery.steps import Steps
from engine.export.reading.ambix_reader import AmbixReader
from engine.export.reading.resample import in_blocks
from engine.export.watermark.detection import Found, MarkSearch

_MOST_DEG: Final = {"aac": 5.0}
"""AAC turns noise that rises 6 dB per octave by up to 3.2 degrees."""
_USUAL_MOST_DEG: Final = 0.5
_WEAKEST_SHARE: Final = 1e-4
"""Seconds this far below the loudest (40 dB) have no direction worth comparing."""
_MOST_DIFFUSE: Final = 0.9


def checked(
    staged: Path,
    order: Order,
    sound: DeliveredSound,
    found: Measured,
    gain_db: float,
    steps: Steps,
    marking: Marking,
) -> tuple[Check, ...]:
    """Return all checks of a file that waits at `staged` for its name.

    A file that cannot be read is a failed check too. Raises CancelledError.
    """
    try:
        checks = [*_sound_checks(staged, order, sound, found, gain_db, steps, marking)]
        if not order.is_binaural:
            checks.append(_direction_check(staged, order, sound, steps))
        return (*checks, *note_checks(staged, order))
    except MediaError as error:
        return (
            Check(
                "readable", False, str(error).replace(str(staged), order.out.name).replace(staged.name, order.out.name)
            ),
        )


def _sound_checks(
    staged: Path,
    order: Order,
    sound: DeliveredSound,
    found: Measured,
    gain_db: float,
    steps: Steps,
    marking: Marking,
) -> Iterator[Check]:
    comparison = SampleComparison(order.channels, order.written_as)
    meter = channel_meter(order)
    gain = np.float32(10.0 ** (gain_db / 20.0))
    wanted = ((block * gain).astype(np.float32) for block in sound.blocks())
    held = np.zeros((order.channels, 0), np.float32)
    frames = 0
    there, before = MarkSearch(order.rate_hz), MarkSearch(order.rate_hz)
    with decoded_blocks(staged) as decoded:
        if decoded.channels != order.channels or decoded.rate_hz != order.rate_hz:
            yield Check("format", False, f"{decoded.channels} channels at {decoded.rate_hz} Hz")
            return
        yield Check("format", True, f"{decoded.channels} channels at {decoded.rate_hz} Hz, {decoded.codec}")
        for block in decoded:
            frames += block.shape[1]
            meter.add(block)
            while held.shape[1] < block.shape[1] and (more := next(wanted, None)) is not None:
                held = np.concatenate([held, more], axis=1)
            comparison.add(block, held[:, : block.shape[1]])
            there.add(block)
            before.add(held[:, : block.shape[1]])
            held = held[:, block.shape[1] :]
            steps.advance(block.shape[1])
    extra = frames - found.frames
    most = 2 * 1_024 if order.written_as == "aac" else 0
    yield Check("length", 0 <= extra <= most, f"{frames} samples of {found.frames}")
    yield comparison.check()
    yield _loudness_check(meter.loudness(), found.channels.raised(gain_db), order)
    yield _watermark_check(there.found(), before.found(), marking)


def _loudness_check(there: Loudness, wanted: Loudness, order: Order) -> Check:
    quieter_db, louder_db = (AAC_LOSS_DB, 0.5) if order.written_as == "aac" else (0.1, 0.1)
    if wanted.integrated_lufs is None or wanted.integrated_lufs < -60.0:  # dither and coding are heard in near silence
        return Check("loudness", True, there.sentence())
    is_near = there.integrated_lufs is not None and (
        -quieter_db <= there.integrated_lufs - wanted.integrated_lufs <= louder_db
    )
    return Check("loudness", is_near, there.sentence())


def _watermark_check(there: Found, before: Found, marking: Marking) -> Check:
    if not marking.is_marked and not marking.has_mark:
        return Check("watermark", True, marking.why_not)
    if there.found or before.found:
        already = ", already in the take" if marking.has_mark else ""
        return Check("watermark", there.found, f"{there.sentence()}{already}")
    return Check("watermark", True, "added, but the sound is too short or too quiet for it to be found")


def _direction_check(staged: Path, order: Order, sound: DeliveredSound, steps: Steps) -> Check:
    """Compare the direction of every second, read from the file as any user's file is, with that of the take."""
    found = []
    with AmbixReader(staged) as reader:
        convention = "fuma" if order.is_fuma else "ambix"
        if (reader.convention, reader.convention_source) != (convention, "file"):
            return Check("direction", False, f"the file is taken for {reader.convention} ({reader.convention_source})")
        seconds = in_blocks(sound.unmarked_field(order.rate_hz), FOA_CHANNELS, order.rate_hz)
        for there, wanted in zip(reader.blocks(order.rate_hz), seconds, strict=False):  # lengths are checked apart
            steps.advance(wanted.shape[1])
            if there.shape[1] >= order.rate_hz // 10:
                energy = float(np.mean(np.square(wanted[0], dtype=np.float64)))
                a, _ = direction_and_diffuseness(there, rate_hz=order.rate_hz)
                b, spread = direction_and_diffuseness(wanted, rate_hz=order.rate_hz)
                found.append((energy, spread, float(np.rad2deg(angle_between(a, b))), bool(a.any() and b.any())))
    return _judged(found, order)


def _judged(found: list[tuple[float, float, float, bool]], order: Order) -> Check:
    loudest = max((energy for energy, _, _, _ in found), default=0.0)
    angles = [
        angle
        for energy, spread, angle, has_direction in found
        if has_direction and spread < _MOST_DIFFUSE and energy >= max(_WEAKEST_SHARE * loudest, SILENCE_POWER)
    ]
    if not angles:
        return Check("direction", True, "no second of the take has a clear direction")
    most = _MOST_DEG.get(order.written_as, _USUAL_MOST_DEG)
    moved = float(np.median(angles))
    return Check("direction", moved <= most, f"moved by {moved:.2f} degrees (median of {len(angles)} s)")
