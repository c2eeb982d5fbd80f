"""How loud an order is, and the one gain for all of its channels."""

from dataclasses import dataclass
from typing import Final

from engine.ambisonics.bs1770 import Loudness, LoudnessMeter
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.export.delivery.order import DEFAULT_CEILING_DBTP, Order
from engine.export.delivery.sound import DeliveredSound
from engine.export.delivery.steps import Steps

_FULL_SCALE_DBTP: Final = 0.0
_W_OF_FUMA: Final = 2.0**0.5


@dataclass(frozen=True)
class Measured:
    """How many samples an order has, and how loud it is before its gain.

    `w` is the first channel of the field, `ears` the binaural sum; `channels` are those of the file: for a field, the
    loudness of its first channel and the true peak of all, for binaural sound of both ears.
    """

    frames: int
    w: Loudness
    ears: Loudness
    channels: Loudness


@dataclass(frozen=True)
class Gain:
    """The gain in dB for all channels, and sentences about it."""

    db: float
    notices: tuple[str, ...] = ()


def measured(order: Order, sound: DeliveredSound, steps: Steps) -> Measured:
    """Measure an order: once its channels, once the binaural sum."""
    frames = 0
    channels, w, ears = channel_meter(order), LoudnessMeter(1, order.rate_hz), LoudnessMeter(2, SAMPLE_RATE_HZ)
    for block in sound.blocks():
        channels.add(block)
        if not order.is_binaural:
            w.add(block[:1] * _W_OF_FUMA if order.is_fuma else block[:1])
        frames += block.shape[1]
        steps.advance(block.shape[1])
    if order.is_binaural:
        for block in sound.field(order.rate_hz):
            w.add(block[:1])
    for block in sound.ears():
        ears.add(block)
        steps.advance(round(block.shape[1] * order.rate_hz / SAMPLE_RATE_HZ))
    return Measured(frames, w.loudness(), ears.loudness(), channels.loudness())


def channel_meter(order: Order) -> LoudnessMeter:
    """Return a meter for the channels of a file, written or to be written."""
    return LoudnessMeter(order.channels, order.rate_hz, weighed=2 if order.is_binaural else 1)


def gain_of(order: Order, found: Measured) -> Gain:
    """Return the gain: to the loudness that was asked for, and no higher than the ceiling allows.

    Without either, a file that would clip is lowered to -1 dBTP: whole numbers and AAC end at full scale.
    """
    gain_db, notices = order.gain_db, []
    if order.normalise_lufs is not None:
        if found.ears.integrated_lufs is None:
            notices.append("The sound is too quiet or too short to be normalised: its level is unchanged.")
        else:
            gain_db = order.normalise_lufs - found.ears.integrated_lufs
    ceiling = DEFAULT_CEILING_DBTP if order.ceiling_dbtp is None else order.ceiling_dbtp
    is_asked = order.ceiling_dbtp is not None or order.normalise_lufs is not None
    peak = found.channels.true_peak_dbtp + gain_db
    most = ceiling if is_asked else _FULL_SCALE_DBTP
    if peak > most and (is_asked or order.written_as != "float"):
        lowered = peak - ceiling
        gain_db -= lowered
        notices.append(f"Lowered by {lowered:.1f} dB: the true peak may not exceed {ceiling:g} dBTP.")
    return Gain(gain_db, tuple(notices))
