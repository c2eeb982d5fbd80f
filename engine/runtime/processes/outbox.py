"""Messages to a child, sent from a thread of their own: whoever puts one never waits, whatever the child does."""

import contextlib
import threading
from collections.abc import Callable


class Outbox:
    """Keeps the newest message of each kind (its type) until the child takes it, in the order they were put last.

    Threads: any may `put`; one of its own sends. A child that reads nothing holds up that thread alone, and keeps no
    more than one message of a kind in memory. It is the owner's to end the child, which ends a send that waits.
    """

    def __init__(self, send: Callable[[object], None], name: str) -> None:
        self._send = send
        self._changed = threading.Condition()
        self._waiting: dict[type, object] = {}
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, message: object) -> None:
        """Send a message as soon as the child takes it, in place of one of its kind that still waits."""
        with self._changed:
            self._waiting.pop(type(message), None)
            self._waiting[type(message)] = message
            self._changed.notify()

    def close(self, within_s: float) -> None:
        """End the thread, once what waits has been sent or cannot be sent any more."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(within_s)

    def _run(self) -> None:
        # A child that has ended does not hear what is left: the listener finds that out.
        with contextlib.suppress(OSError, ValueError):
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._closing)
                    if not self._waiting:
                        return
                    message = self._waiting.pop(next(iter(self._waiting)))
                self._send(message)
