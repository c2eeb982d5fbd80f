"""The live stream: AmbiX blocks from the ring that the generation process fills.

The last 10 ms in the ring are kept back for a fade: if no more follows, they are played out under it, and no sound is
lost.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.runtime.ear.deck import FADE_SAMPLES
from engine.runtime.shared.epochs import first_epoch, is_first_iteration, take_of
from engine.runtime.shared.played import Clock
from engine.runtime.shared.spsc_ring import RingPiece, RingReader
from engine.runtime.shared.state import Phase, SharedState

START_SAMPLES: Final = 2 * PATCH_SAMPLES
"""A take starts to sound when this much is ready (0.32 s)."""
RESTART_SAMPLES: Final = 3 * PATCH_SAMPLES
"""After an underrun, playback waits for a little more (0.48 s), so that it does not stutter."""


class RingDeck:
    """Implements `Deck` for the ring."""

    def __init__(self, ring: RingReader, state: SharedState) -> None:
        self._ring, self._state = ring, state
        self.epoch = first_epoch()
        self.phase = Phase.WAITING
        self._lap_start = 0

    def begin(self, epoch: int, start: int) -> None:
        """Play another take; see `Deck`."""
        self.epoch, self._lap_start, self.phase = epoch, start, Phase.WAITING

    def drop_older(self, epoch: int) -> None:
        """Free what the ring holds of earlier takes than that of `epoch`."""
        self._ring.drop_older_takes(epoch)

    def decide(self, n: int, play: bool, is_silent: bool) -> bool:
        """Return whether a block sounds; see `Deck`."""
        if self.phase is Phase.ENDED or not play:
            return False
        ready = self._ring.ready_samples(self.epoch)
        if self.phase is Phase.PLAYING:
            if ready >= n + FADE_SAMPLES or self._nothing_more_comes():
                return True
            if not is_silent:
                self.phase = Phase.REBUFFERING
                self._state.count_underrun()
            else:
                self.phase = Phase.WAITING
            return False
        enough = START_SAMPLES if self.phase is Phase.WAITING else RESTART_SAMPLES
        if ready >= max(enough, n + FADE_SAMPLES) or (ready > 0 and self._nothing_more_comes()):
            self.phase = Phase.PLAYING
            return True
        return False

    def pull(
        self, field: NDArray[np.float32], stereo: NDArray[np.float32], count: int, heard_at_s: float
    ) -> tuple[int, bool]:
        """Move samples from the ring into `field`; see `Deck`."""
        done, is_over = 0, False
        while done < count:
            piece = self._ring.front(count - done)
            if piece is None or take_of(piece.epoch) != take_of(self.epoch):
                self._run_dry()
                is_over = True
                break
            n = piece.samples.shape[1]
            self._take_up(piece)
            part = field[:, done : done + n]
            part[:] = piece.samples
            soften_seams(part, piece.start, self._lap_start, piece.lap_end, is_first=is_first_iteration(piece.epoch))
            until = piece.start + n
            starts_at_s = heard_at_s + done / SAMPLE_RATE_HZ
            self._state.publish_clock(Clock(piece.epoch, piece.start, until, self._lap_start, starts_at_s))
            self._ring.advance(n)
            done += n
            if until >= piece.lap_end and not self._state.goes_on_after(piece.lap_end):
                self.phase, is_over = Phase.ENDED, True
                break
        return done, is_over

    def _nothing_more_comes(self) -> bool:
        end = self._ring.lap_end_within(self.epoch)
        return end is not None and not self._state.goes_on_after(end)

    def _take_up(self, piece: RingPiece) -> None:
        if piece.epoch != self.epoch:
            self.epoch, self._lap_start = piece.epoch, piece.start

    def _run_dry(self) -> None:
        """Note what the reserve should make impossible: nothing is left in the middle of a block."""
        if self.phase is Phase.PLAYING:
            self.phase = Phase.REBUFFERING
            self._state.count_underrun()


def soften_seams(sound: NDArray[np.float32], start: int, lap_start: int, lap_end: int, *, is_first: bool) -> None:
    """Fade out (C, n) from a film sample on in the last 10 ms of a lap, and fade in the first 10 ms of a later one."""
    n = sound.shape[1]
    left = lap_end - start
    if left - n < FADE_SAMPLES:
        sound *= np.clip((left - np.arange(1, n + 1, dtype=np.float32)) / FADE_SAMPLES, 0.0, 1.0)
    if start - lap_start < FADE_SAMPLES and not is_first:
        sound *= np.minimum((start - lap_start + np.arange(1, n + 1, dtype=np.float32)) / FADE_SAMPLES, 1.0)
