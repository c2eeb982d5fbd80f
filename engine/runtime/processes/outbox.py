"""Messages to a child, sent from a separate thread: the sender never waits, whatever the child does."""

import contextlib
import threading
from collections.abc import Callable


class Outbox:
    """Keeps the newest message of each kind (its type) until the child takes it, in the order of the last `put`.

    Threads: any may `put`; a separate one sends. A child that reads nothing only blocks that thread, and keeps at
    most one message per kind in memory. The owner ends the child, which also ends a blocked send.
    """

    def __init__(self, send: Callable[[object], None], name: str) -> None:
        self._send = send
        self._changed = threading.Condition()
        self._waiting: dict[type, object] = {}
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, message: object) -> None:
        """Send a message as soon as the child takes it, replacing a waiting one of its kind."""
        with self._changed:
            self._waiting.pop(type(message), None)
            self._waiting[type(message)] = message
            self._changed.notify()

    def close(self, within_s: float) -> None:
        """End the thread after the waiting messages have been sent or can no longer be sent."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(within_s)

    def _run(self) -> None:
        # A child that has ended does not receive the rest: the listener detects that.
        with contextlib.suppress(OSError, ValueError):
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._closing)
                    if not self._waiting:
                        return
                    message = self._waiting.pop(next(iter(self._waiting)))
                self._send(message)
