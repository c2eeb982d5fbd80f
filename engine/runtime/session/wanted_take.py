"""The take that playback is to sound, and how far it is heard.

Threads: belongs to the session's thread.
"""

import time

from engine.runtime.shared.epochs import after_seek, first_epoch, take_of
from engine.runtime.shared.state import SharedState


class WantedTake:
    """A take by its `epoch` and its `start_sample` in the film; a new one begins with every film and every seek."""

    def __init__(self) -> None:
        self.epoch = first_epoch()
        self.start_sample = 0
        self._reached = (first_epoch(), 0)

    def begin(self, state: SharedState, start_sample: int, *, of_scene: bool = False) -> None:
        """Want another take from a film sample on, of the scene or of the live stream."""
        self.epoch = after_seek(self.epoch)
        self.start_sample = start_sample
        state.want_take(self.epoch, start_sample, of_scene=of_scene)

    def follow(self, state: SharedState) -> tuple[int, int]:
        """Return the epoch and the film sample that is heard now; inside an epoch it never decreases."""
        clock = state.clock
        if take_of(clock.epoch) != take_of(self.epoch):
            return self.epoch, self.start_sample
        self._reached = max(self._reached, (clock.epoch, clock.sample_at(time.perf_counter())))
        return self._reached
