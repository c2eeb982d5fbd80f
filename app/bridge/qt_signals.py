"""Lets Python's signal handlers run while Qt waits for events."""

import contextlib
import signal
import socket
from collections.abc import Iterator

from PySide6.QtCore import QSocketNotifier

_MOST_AT_ONCE = 64


@contextlib.contextmanager
def signals_wake_qt() -> Iterator[None]:
    """While the block runs, a signal wakes the event loop: Python calls handlers only between its own instructions."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read)

    def drain() -> None:
        with contextlib.suppress(BlockingIOError):
            ours.recv(_MOST_AT_ONCE)

    notifier.activated.connect(drain)
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        notifier.setEnabled(False)
        ours.close()
        theirs.close()
