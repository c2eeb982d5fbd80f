"""Delivers stereo that is no field, such as head-locked music beside a mix: written, read again, then named."""

from collections.abc import Iterator
from typing import Final

from engine.ambisonics.bs1770 import LoudnessMeter
from engine.contract.errors import ExportError, MediaError
from engine.export.checking.checks import checked
from engine.export.delivery.deliver import Delivery, named_if_right
from engine.export.delivery.marking import Marking, take_is_generated
from engine.export.delivery.measuring import Measured, gain_of
from engine.export.delivery.order import Order
from engine.export.delivery.sound import BLOCK_FRAMES, DeliveredSound
from engine.export.delivery.steps import Cancelled, Progress, Steps, never, no_progress
from engine.export.reading.opening import open_source
from engine.export.reading.resample import in_blocks, resampled, resampled_length
from engine.export.reading.source import Block, check_samples
from engine.export.stereo import StereoWriter
from engine.files.staging import Staging

_CHANNELS: Final = 2
_UNMARKED: Final = Marking(False, "none: stereo beside a mix is never marked")


class StereoSound(DeliveredSound):
    """The samples of a stereo file at the rate of an order. Raises MediaError if it has another number of channels."""

    def __init__(self, order: Order) -> None:
        self._take, self._rate_hz = order.take, order.rate_hz
        self.notices = ()
        source = open_source(order.take)
        source.close()
        if source.channels != _CHANNELS:
            raise MediaError(f"{order.take.name} has {source.channels} channels: stereo has two.")
        self._file_rate_hz, self._frames = source.rate_hz, source.frames

    @property
    def estimated_frames(self) -> int:
        """About how many samples there will be."""
        return max(1, resampled_length(self._frames, self._file_rate_hz, self._rate_hz))

    def blocks(self) -> Iterator[Block]:
        """Yield left and right (2, n)."""
        source = open_source(self._take)
        try:

            def read() -> Iterator[Block]:
                while (block := source.read(BLOCK_FRAMES)).shape[1]:
                    check_samples(block, self._take)
                    yield block

            yield from in_blocks(resampled(read(), _CHANNELS, source.rate_hz, self._rate_hz), _CHANNELS, BLOCK_FRAMES)
        finally:
            source.close()


def deliver_stereo(order: Order, progress: Progress = no_progress, cancelled: Cancelled = never) -> Delivery:
    """Write the stereo file `order.take` as `order` says, whole and checked, or not at all; see `deliver`.

    The kind of the order is binaural: both are two channels for two ears. Raises ExportError, MediaError,
    CancelledError.
    """
    if not order.is_binaural or order.is_film:
        raise ExportError(f"{order.out.name} cannot hold stereo: choose a sound file.")
    sound = StereoSound(order)
    steps = Steps(sound.estimated_frames, progress, cancelled)
    meter, frames = LoudnessMeter(_CHANNELS, order.rate_hz), 0
    for block in sound.blocks():
        meter.add(block)
        frames += block.shape[1]
        steps.advance(block.shape[1])
    loudness = meter.loudness()
    found = Measured(frames, loudness, loudness, loudness)
    gain = gain_of(order, found)
    with Staging() as staging:
        writer = StereoWriter(
            order.out,
            order.subtype,
            rate_hz=order.rate_hz,
            dither=order.written_as != "float",
            time_reference_samples=order.time_reference_samples,
            gain=gain.db,
            staging=staging,
            is_generated=take_is_generated(order.take),
        )
        with writer:
            for block in sound.blocks():
                writer.write(block)
                steps.advance(block.shape[1])
        checks = checked(writer.file.staged, order, sound, found, gain.db, steps, _UNMARKED)
        named_if_right(writer.file.staged, order.out, checks, staging)
    progress(1.0)
    raised = loudness.raised(gain.db)
    notices = (*gain.notices, *filter(None, [order.about_early_start]))
    return Delivery(order.out, frames, order.rate_hz, gain.db, raised, raised, raised, checks, notices)
