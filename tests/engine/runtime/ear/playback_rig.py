"""A ring, a state and a playback in one process, fed by hand with a tone."""

import numpy as np

from engine.ambisonics.binaural import BinauralFilters
from engine.ambisonics.encoding import encode_point
from engine.contract.audio import FoaBlock
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.runtime.ear.playback import Playback
from engine.runtime.shared.epochs import after_seek, first_epoch
from engine.runtime.shared.spsc_ring import SLOT_SAMPLES, RingOwner, RingReader, RingWriter
from engine.runtime.shared.state import SharedState

TONE_HZ = 1000.0
AMPLITUDE = 0.25
FAR_AWAY = 10_000_000


def plain_ears() -> BinauralFilters:
    """Two cardioids at the ears, one tap long: what comes out is as exact as what went in."""
    taps = np.zeros((2, 4, 1), np.float32)
    taps[:, 0] = 0.5
    taps[0, 1], taps[1, 1] = 0.5, -0.5
    return BinauralFilters(taps)


class Rig:
    def __init__(self, slots: int = 64, film_end: int = FAR_AWAY, filters: BinauralFilters | None = None) -> None:
        self.owner = RingOwner(slots)
        self.writer = RingWriter(self.owner.name, slots)
        self.reader = RingReader(self.owner.name, slots)
        self.state = SharedState()
        self.playback = Playback(self.reader, self.state, filters or plain_ears())
        self.film_end = film_end
        self.epoch = first_epoch()
        self.at = 0
        self.heard: list[np.ndarray] = []

    def close(self) -> None:
        for part in (self.writer, self.reader, self.owner, self.state):
            part.close()

    def seek(self, sample: int) -> None:
        self.epoch = after_seek(self.epoch)
        self.state.want_take(self.epoch, sample)
        self.at = sample

    def feed(self, slots: int, direction: Direction = Direction(0.0)) -> int:  # noqa: B008
        """Write slots of the tone; its phase is that of the film's time."""
        written = 0
        for _ in range(slots):
            n = min(SLOT_SAMPLES, self.film_end - self.at)
            if n <= 0:
                break
            time = (self.at + np.arange(n)) / SAMPLE_RATE_HZ
            tone = (AMPLITUDE * np.cos(2 * np.pi * TONE_HZ * time)).astype(np.float32)
            block = FoaBlock(self.epoch, self.at, encode_point(tone, direction).astype(np.float32))
            if not self.writer.try_write(block, self.film_end):
                break
            self.at += n
            written += n
        return written

    def listen(self, blocks: int, size: int = 512) -> np.ndarray:
        """Render blocks; returns (2, N) and keeps it in `heard`."""
        heard = []
        for _ in range(blocks):
            out = np.full((size, 2), np.nan, np.float32)
            self.playback.render(out, 0.0)
            heard.append(out.T)
        together = np.concatenate(heard, axis=1)
        self.heard.append(together)
        return together

    @property
    def everything(self) -> np.ndarray:
        return np.concatenate(self.heard, axis=1)


def roughness(sound: np.ndarray, tone_hz: float = TONE_HZ) -> float:
    """Return the largest sample (of (2, N)) that a steady tone cannot explain: next to 0 for slow fades, the height of
    the jump for a click."""
    notch = 2.0 * np.cos(2.0 * np.pi * tone_hz / SAMPLE_RATE_HZ)
    x = sound.astype(np.float64)
    return float(np.max(np.abs(x[:, 2:] - notch * x[:, 1:-1] + x[:, :-2])))


CLICK = 0.012
"""Roughness of a fade of 10 ms stays below this; cutting the tone off anywhere near a peak is 20 times above."""
