"""The playback end of the ring, block by block.

AmbiX blocks -> fades -> gains of the channels -> rotation by the view -> binaural -> stereo.

Threads: `Playback.render` runs in the device's callback (or the null output's thread) and nowhere else. It takes no
contended lock, opens nothing, logs nothing and waits for nothing; it reports through numbers in shared
memory. Lasting arrays are allocated before the first block. A block of 512 samples takes about 80 KiB of short-lived
memory for numpy's intermediate results and keeps none of it. It costs 0.3 ms of 10.7 ms.
"""

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.binaural import MAX_TAPS, BinauralFilters, BinauralRenderer
from engine.contract.conventions import FOA_CHANNELS, PATCH_SAMPLES, SAMPLE_RATE_HZ, AcnChannel
from engine.runtime.ear.audio_output import BLOCK_SAMPLES
from engine.runtime.ear.channel_gains import ChannelGains
from engine.runtime.ear.heard_tap import HeardTap
from engine.runtime.shared.epochs import first_epoch, is_first_iteration, take_of
from engine.runtime.shared.played import Clock
from engine.runtime.shared.spsc_ring import RingPiece, RingReader
from engine.runtime.shared.state import Phase, SharedState

FADE_SAMPLES: Final = 480
"""10 ms: the length of a fade to silence or back."""
START_SAMPLES: Final = 2 * PATCH_SAMPLES
"""A take starts to sound when this much is ready (0.32 s)."""
RESTART_SAMPLES: Final = 3 * PATCH_SAMPLES
"""After an underrun, playback waits for a little more (0.48 s), so that it does not stutter."""

_QUIET_AFTER: Final = 2 * MAX_TAPS


class Playback:
    """Plays the wanted take from the ring.

    The last 10 ms in the ring are kept back for a fade: if no more follows, they are played out under it, and
    no sound is lost. The same fade serves pause, seek, the loop's seam and the film's end.
    """

    def __init__(self, ring: RingReader, state: SharedState, filters: BinauralFilters) -> None:
        self.held = False
        """Set by the output supervisor while it changes the device: fade to silence and stay there."""
        self.heard = HeardTap()
        """What is heard before the volume, for the meters."""
        self._ring = ring
        self._state = state
        self._renderer = BinauralRenderer(filters)
        self._epoch = first_epoch()
        self._phase = Phase.WAITING
        self._lap_start = 0
        self._faded_in = 0  # samples of the fade done: 0 is silence, FADE_SAMPLES is full level
        self._quiet_samples = _QUIET_AFTER
        self._volume = state.volume
        self._channels = ChannelGains(BLOCK_SAMPLES)
        self._renderer.prepare(BLOCK_SAMPLES)
        self._make_room(BLOCK_SAMPLES)

    def render(self, out: NDArray[np.float32], latency_s: float) -> None:
        """Fill `out` (n, 2) with the sound to be heard `latency_s` from now."""
        n = out.shape[0]
        heard_at_s = time.perf_counter() + latency_s
        wanted = self._state.wanted_epoch
        if take_of(wanted) != take_of(self._epoch) and self._faded_in == 0:
            self._begin(wanted, heard_at_s)
        self._ring.drop_older_takes(self._epoch)
        play = self._state.play and not self.held
        sounding = self._decide(n, play and take_of(wanted) == take_of(self._epoch))
        if n > self._foa.shape[1]:
            self._make_room(n)  # no device asks for more than it was opened with
            self._channels.make_room(n)
        foa = self._foa[:, :n]
        foa[:] = 0.0
        envelope = self._fade(n, sounding)
        played = self._pull(foa, n if sounding else min(n, envelope.owed), heard_at_s)
        if envelope.gains is not None:
            foa *= envelope.gains
        self._hear(foa, out, played)
        waiting = self._phase is Phase.REBUFFERING and play
        self._state.phase = self._phase
        self._state.count(played, n - played if waiting else 0)

    def _make_room(self, samples: int) -> None:
        self._foa = np.zeros((FOA_CHANNELS, samples), np.float32)
        self._steps = np.arange(1, samples + 1, dtype=np.float32)

    def _begin(self, epoch: int, heard_at_s: float) -> None:
        start = self._state.wanted_start
        self._epoch, self._lap_start, self._phase = epoch, start, Phase.WAITING
        self._state.phase = Phase.WAITING  # before the clock: the new take must not look ended, like the previous one
        self._state.publish_clock(Clock(epoch, start, start, start, heard_at_s))

    def _decide(self, n: int, play: bool) -> bool:
        """Return whether this block is heard at full level or rising (True), or falling to silence."""
        if self._phase is Phase.ENDED or not play:
            return False
        ready = self._ring.ready_samples(self._epoch)
        if self._phase is Phase.PLAYING:
            if ready >= n + FADE_SAMPLES or self._nothing_more_comes():
                return True
            if self._faded_in > 0:
                self._phase = Phase.REBUFFERING
                self._state.count_underrun()
            else:
                self._phase = Phase.WAITING
            return False
        enough = START_SAMPLES if self._phase is Phase.WAITING else RESTART_SAMPLES
        if ready >= max(enough, n + FADE_SAMPLES) or (ready > 0 and self._nothing_more_comes()):
            self._phase = Phase.PLAYING
            return True
        return False

    def _nothing_more_comes(self) -> bool:
        return not self._state.loop and self._ring.ends_within(self._epoch)

    def _fade(self, n: int, sounding: bool) -> "_Envelope":
        before = self._faded_in
        if sounding:
            self._faded_in = min(FADE_SAMPLES, before + n)
            if before == FADE_SAMPLES:
                return _Envelope(None, n)
            return _Envelope(np.minimum((before + self._steps[:n]) / FADE_SAMPLES, 1.0), n)
        self._faded_in = max(0, before - n)
        return _Envelope(np.maximum((before - self._steps[:n]) / FADE_SAMPLES, 0.0), before)

    def _pull(self, foa: NDArray[np.float32], count: int, heard_at_s: float) -> int:
        """Move `count` samples from the ring into `foa`; returns how many there were before the film's end."""
        done = 0
        while done < count:
            piece = self._ring.front(count - done)
            if piece is None or take_of(piece.epoch) != take_of(self._epoch):
                self._run_dry()
                break
            n = piece.samples.shape[1]
            self._take_up(piece)
            foa[:, done : done + n] = piece.samples
            self._soften_seams(foa[:, done : done + n], piece)
            until = piece.start + n
            starts_at_s = heard_at_s + done / SAMPLE_RATE_HZ
            self._state.publish_clock(Clock(piece.epoch, piece.start, until, self._lap_start, starts_at_s))
            self._ring.advance(n)
            done += n
            if until >= piece.film_end and not self._state.loop:
                self._phase, self._faded_in = Phase.ENDED, 0
                break
        if done:
            self._state.note_audible(self._epoch)
        return done

    def _take_up(self, piece: RingPiece) -> None:
        if piece.epoch != self._epoch:
            self._epoch, self._lap_start = piece.epoch, 0

    def _run_dry(self) -> None:
        """Cover what the reserve should make impossible: nothing is left in the middle of a block."""
        self._faded_in = 0
        if self._phase is Phase.PLAYING:
            self._phase = Phase.REBUFFERING
            self._state.count_underrun()

    def _soften_seams(self, foa: NDArray[np.float32], piece: RingPiece) -> None:
        """Fade out the last 10 ms of the film, and fade in the first 10 ms of a following iteration."""
        n = foa.shape[1]
        left = piece.film_end - piece.start
        if left - n < FADE_SAMPLES:
            foa *= np.clip((left - self._steps[:n]) / FADE_SAMPLES, 0.0, 1.0)
        if piece.start < FADE_SAMPLES and not is_first_iteration(piece.epoch):
            foa *= np.minimum((piece.start + self._steps[:n]) / FADE_SAMPLES, 1.0)

    def _hear(self, foa: NDArray[np.float32], out: NDArray[np.float32], played: int) -> None:
        n = out.shape[0]
        volume, self._volume = self._volume, self._state.volume
        if played == 0 and self._quiet_samples >= _QUIET_AFTER:
            out[:] = 0.0
            self.heard.rest(n)
            return
        view = self._state.view
        if self._quiet_samples >= _QUIET_AFTER:
            self._renderer.reset(view)
        self._quiet_samples = 0 if played else self._quiet_samples + n
        ears = self._renderer.process(self._channels.apply(foa, self._state.channel_gains), view)
        self.heard.write(ears, foa[AcnChannel.W])
        if volume == self._volume:
            ears *= np.float32(volume)
        else:
            ears *= np.float32(volume) + (np.float32(self._volume - volume) / np.float32(n)) * self._steps[:n]
        np.clip(ears.T, -1.0, 1.0, out=out)


class _Envelope:
    """Gains (n,) of a block, None for full level, and how many samples must come from the ring for it."""

    __slots__ = ("gains", "owed")

    def __init__(self, gains: NDArray[np.float32] | None, owed: int) -> None:
        self.gains = gains
        self.owed = owed
