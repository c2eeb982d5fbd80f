"""The playback end, block by block.

The live stream, turned upright, or a scene's mix -> fades -> gains of the channels -> rotation by the view
-> binaural -> stereo.

Threads: `Playback.render` runs in the device's callback (or the null output's thread) and nowhere else. It takes no
contended lock, opens nothing, logs nothing and waits for nothing; it reports through numbers in shared
memory. Lasting arrays are allocated before the first block. A block of 512 samples takes about 80 KiB of short-lived
memory for numpy's intermediate results and keeps none of it. It costs 0.3 ms of 10.7 ms, besides the mix of a scene.
"""

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.binaural import MAX_TAPS, BinauralFilters, BinauralRenderer, FilterBank
from engine.ambisonics.rotation import BlockRotator
from engine.contract.conventions import FOA_CHANNELS, AcnChannel
from engine.runtime.ear.audio_output import BLOCK_SAMPLES
from engine.runtime.ear.channel_gains import ChannelGains
from engine.runtime.ear.deck import FADE_SAMPLES, Deck
from engine.runtime.ear.heard_tap import HeardTap
from engine.runtime.ear.ring_deck import RingDeck
from engine.runtime.ear.scene_deck import SceneDeck
from engine.runtime.shared.epochs import take_of
from engine.runtime.shared.played import Clock
from engine.runtime.shared.spsc_ring import RingReader
from engine.runtime.shared.state import Phase, SharedState

_QUIET_AFTER: Final = 2 * MAX_TAPS


class Playback:
    """Plays the wanted take, of the live stream or of a scene.

    The fade of 10 ms serves pause, seek, the change between live stream and scene, the loop's seam and the film's end.
    """

    def __init__(self, ring: RingReader, state: SharedState, filters: BinauralFilters) -> None:
        self.held = False
        """Set by the output supervisor while it changes the device: fade to silence and stay there."""
        self.heard = HeardTap()
        """What is heard before the volume, for the meters."""
        self.scene = SceneDeck(state)
        """The scene, for the main thread to change."""
        self._state = state
        self._renderer = BinauralRenderer(filters)
        self._wanted_head: FilterBank | None = None  # written by `listen_with`, read by `render`
        self._taken_head: FilterBank | None = None
        self._live = RingDeck(ring, state)
        self._upright = BlockRotator(state.upright)
        self._deck: Deck = self._live
        self._faded_in = 0  # samples of the fade done: 0 is silence, FADE_SAMPLES is full level
        self._quiet_samples = _QUIET_AFTER
        self._volume = state.volume
        self._channels = ChannelGains(BLOCK_SAMPLES)
        self._renderer.prepare(BLOCK_SAMPLES)
        self._make_room(BLOCK_SAMPLES)

    def listen_with(self, filters: BinauralFilters) -> None:
        """Change to another head with a cross-fade of 43 ms, from the next block on.

        Any one thread but that of `render` calls this; the spectra are made here.
        """
        bank = FilterBank(filters)
        bank.prepare(BLOCK_SAMPLES)
        self._wanted_head = bank

    def render(self, out: NDArray[np.float32], latency_s: float) -> None:
        """Fill `out` (n, 2) with the sound to be heard `latency_s` from now."""
        n = out.shape[0]
        heard_at_s = time.perf_counter() + latency_s
        wanted = self._state.wanted_epoch
        if take_of(wanted) != take_of(self._deck.epoch) and self._faded_in == 0:
            self._begin(wanted, heard_at_s)
        deck = self._deck
        self._live.drop_older(deck.epoch)
        play = self._state.play and not self.held
        sounding = deck.decide(n, play and take_of(wanted) == take_of(deck.epoch), self._faded_in == 0)
        if n > self._foa.shape[1]:
            self._make_room(n)  # no device asks for more than it was opened with
            self._channels.make_room(n)
        foa, stereo = self._foa[:, :n], self._stereo[:, :n]
        foa[:], stereo[:] = 0.0, 0.0
        envelope = self._fade(n, sounding)
        played, is_over = deck.pull(foa, stereo, n if sounding else min(n, envelope.owed), heard_at_s)
        if is_over:
            self._faded_in = 0
        if played:
            self._state.note_audible(deck.epoch)
        if envelope.gains is not None:
            foa *= envelope.gains
            stereo *= envelope.gains
        if played and deck is self._live:
            # It has the directions of the film's own picture; the mix of a scene is upright.
            foa = self._upright.process(foa, self._state.upright)
        self._hear(foa, stereo, out, played)
        waiting = deck.phase is Phase.REBUFFERING and play
        self._state.phase = deck.phase
        self._state.count(played, n - played if waiting else 0)

    def _make_room(self, samples: int) -> None:
        self._foa = np.zeros((FOA_CHANNELS, samples), np.float32)
        self._stereo = np.zeros((2, samples), np.float32)
        self._steps = np.arange(1, samples + 1, dtype=np.float32)

    def _begin(self, epoch: int, heard_at_s: float) -> None:
        start = self._state.wanted_start
        self._deck = self.scene if self._state.wants_scene else self._live
        self._deck.begin(epoch, start)
        self._upright.jump_to(self._state.upright)
        self._state.phase = Phase.WAITING  # before the clock: the new take must not look ended, like the previous one
        self._state.publish_clock(Clock(epoch, start, start, start, heard_at_s))

    def _take_head(self) -> None:
        wanted = self._taken_head = self._wanted_head
        if wanted is not None:
            self._renderer.swap_bank(wanted)

    def _fade(self, n: int, sounding: bool) -> "_Envelope":
        before = self._faded_in
        if sounding:
            self._faded_in = min(FADE_SAMPLES, before + n)
            if before == FADE_SAMPLES:
                return _Envelope(None, n)
            return _Envelope(np.minimum((before + self._steps[:n]) / FADE_SAMPLES, 1.0), n)
        self._faded_in = max(0, before - n)
        return _Envelope(np.maximum((before - self._steps[:n]) / FADE_SAMPLES, 0.0), before)

    def _hear(
        self, foa: NDArray[np.float32], stereo: NDArray[np.float32], out: NDArray[np.float32], played: int
    ) -> None:
        n = out.shape[0]
        volume, self._volume = self._volume, self._state.volume
        if played == 0 and self._quiet_samples >= _QUIET_AFTER:
            out[:] = 0.0
            self.heard.rest(n)
            return
        if self._wanted_head is not self._taken_head and not self._renderer.is_swapping:
            self._take_head()
        view = self._state.view
        if self._quiet_samples >= _QUIET_AFTER:
            self._renderer.reset(view)
        self._quiet_samples = 0 if played else self._quiet_samples + n
        ears = self._renderer.process(self._channels.apply(foa, self._state.channel_gains), view)
        ears += stereo
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
