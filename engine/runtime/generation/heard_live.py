"""What was heard of the live stream: while a scene plays, nothing more."""

from engine.runtime.processes.messages import Rest, TakeRequest
from engine.runtime.shared.state import SharedState


class HeardLive:
    """The listener's position in the live stream, for the recorder.

    Threads: `follow` belongs to the listener, `now` to the recorder; each value is replaced as a whole.
    """

    def __init__(self) -> None:
        self._scenes = (0, 0)  # the epochs from which on a scene played, and before which it ended; 0 for not yet
        self._last = (0, 0)

    def follow(self, message: TakeRequest | Rest) -> None:
        """Note whether live stream or scene is wanted from an epoch on."""
        begin, end = self._scenes
        if isinstance(message, TakeRequest):
            self._scenes = begin, end or message.epoch
        elif begin == 0 or end:
            self._scenes = message.epoch, 0

    def now(self, state: SharedState) -> tuple[int, int]:
        """Return the epoch and the film sample that the listener has reached in the live stream."""
        clock, (begin, end) = state.clock, self._scenes
        is_scene = begin and clock.epoch >= begin and (not end or clock.epoch < end)
        if not is_scene:
            self._last = clock.epoch, clock.until_sample
        return self._last
