"""The generation process of a session: what is sent to it reaches the next one, too, if it stops while a scene plays.

Threads: belongs to the session's thread.
"""

import time
from multiprocessing.context import SpawnProcess
from typing import Any, Final

from engine.contract.telemetry import EngineNotice
from engine.runtime.generation.worker import GenerationSetup, generation_main
from engine.runtime.processes.child_watch import ChildWatch
from engine.runtime.processes.children import Child, Children
from engine.runtime.processes.messages import Failure, NewSettings, Rest, SourceReady, TakeRequest
from engine.runtime.processes.restarts import Restarts, reason_without_advice
from engine.runtime.shared.state import SharedState

_END_S: Final = 1.2
_END_OF_STOPPED_S: Final = 0.2
_HUNG_S: Final = 3.0
_HUNG_PATCHES: Final = 6.0
"""If a patch takes longer than half a second on this machine, playback waits for more of them."""
_TOPIC: Final = "generation"


class LiveGeneration:
    """Starts the process on construction. Raises OSError if that is impossible.

    While the live stream plays, its end is a failure that the user has to know of. While a scene plays, which does not
    need it, it is started again, later each time.
    """

    def __init__(self, setup: GenerationSetup, state: SharedState) -> None:
        self._setup, self._state = setup, state
        self._settings: NewSettings | None = None
        self._request: TakeRequest | Rest | None = None
        self._restarts = Restarts()
        self._again_s: float | None = None
        self._failure: Failure | None = None
        self._children: Children | None = None
        self._child: Child | None = None
        self._start()

    @property
    def process(self) -> SpawnProcess | None:
        """The process, None while there is none."""
        return None if self._child is None else self._child.process

    @property
    def is_down(self) -> bool:
        """Whether the process stopped and the next one has not been started."""
        return self._child is None

    @property
    def heard_before(self) -> tuple[int, int]:
        """The epoch and the film sample that the listener had reached at the last request."""
        return (0, 0) if self._request is None else self._request.heard_before

    def send(self, message: NewSettings | TakeRequest | Rest) -> None:
        """Send a message, replacing an untaken one of its kind; never waits."""
        if isinstance(message, NewSettings):
            self._settings = message
        else:
            self._request = message
        if self._child is not None:
            self._child.send(message)

    def read(self, *, rests: bool, patch_ms: float | None) -> list[Any]:
        """Return what the process said; call this many times per second.

        `rests` means that a scene plays. `patch_ms` is the time of a patch, None while the model loads, which may take
        any time.
        """
        if self._children is None or self._child is None:
            return self._while_down(rests)
        told: list[Any] = []
        for message in [*self._children.drain(), *self._hung(self._child, patch_ms)]:
            if rests and isinstance(message, Failure) and message.fatal:
                return [*told, self._stopped(message)]
            if isinstance(message, SourceReady) and self._failure is not None:
                self._failure = None
                told.append(EngineNotice("", topic=_TOPIC))
            told.append(message)
        return told

    def ask_to_end(self) -> None:
        """Ask the process to end, without waiting."""
        if self._children is not None:
            self._children.ask_to_end()

    def close(self) -> None:
        """End the process. May be called twice."""
        self._end(_END_S)

    def _start(self) -> None:
        self._restarts.begin()
        self._watch = ChildWatch()
        self._children = Children()
        try:
            self._child = self._children.start("generation", generation_main, self._setup)
        except BaseException:
            self._children = None
            raise
        self._children.listen()
        for message in (self._settings, self._request):
            if message is not None:
                self._child.send(message)

    def _end(self, within_s: float) -> None:
        children, self._children, self._child = self._children, None, None
        if children is not None:
            children.end(within_s)

    def _hung(self, child: Child, patch_ms: float | None) -> list[Failure]:
        limit_s = None if patch_ms is None else max(_HUNG_S, _HUNG_PATCHES * patch_ms / 1000.0)
        return [child.end_hung()] if self._watch.check_hung(self._state.generation_beats, limit_s) else []

    def _stopped(self, failure: Failure) -> EngineNotice:
        """Note that the process is not there, and when the next one starts."""
        self._end(_END_OF_STOPPED_S)
        self._failure = failure
        wait_s = self._restarts.wait_s()
        self._again_s = None if wait_s is None else time.monotonic() + wait_s
        reason = reason_without_advice(failure.message)
        if wait_s is None:
            told = f"{reason} The scene plays on; for the live stream, restart the engine."
        else:
            told = f"{reason} The scene plays on, and the process is started again."
        return EngineNotice(told, f"{failure.message}\n{failure.detail}", topic=_TOPIC, lasts=True)

    def _while_down(self, rests: bool) -> list[Any]:
        """Start the process if its time has come, or at once for the live stream; report why it cannot be."""
        if self._again_s is None:
            failure = self._failure
            if rests or failure is None:
                return []
            self._failure = None
            return [EngineNotice("", topic=_TOPIC), failure]
        if rests and time.monotonic() < self._again_s:
            return []
        try:
            self._start()
        except OSError as error:
            return [self._stopped(Failure(f"The generation process cannot be started: {error}.", fatal=True))]
        return []
