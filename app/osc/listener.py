"""Receives datagrams of other programs on this machine, and nothing from outside it.

Threads: lives in the GUI thread. The system wakes it for a datagram; then it rests for 8 ms, so that a flood costs no
more than a quick tracker.
"""

import errno
import socket
from collections import deque
from typing import Final

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Signal

from app.osc.messages import MOST_BYTES
from engine.contract.errors import InvalidInputError

HOST: Final = "127.0.0.1"
_REST_MS: Final = 8
_MOST_READ: Final = 256
"""So that a flood ends a turn of the event loop; what is left is read after the rest."""


class OscListener(QObject):
    """`received` carries datagrams, oldest first: of those that wait, at most the `newest`."""

    received = Signal(list)

    def __init__(self, parent: QObject | None = None, *, newest: int) -> None:
        super().__init__(parent)
        self._newest = newest
        self._socket: socket.socket | None = None
        self._notifier: QSocketNotifier | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setTimerType(Qt.TimerType.PreciseTimer)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._wake)

    @property
    def port(self) -> int | None:
        """The port that it listens on, or None."""
        return None if self._socket is None else int(self._socket.getsockname()[1])

    def start(self, port: int) -> None:
        """Listen on a port of 127.0.0.1 (0: any free one). Raises InvalidInputError if that is impossible."""
        self.stop()
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            opened.bind((HOST, port))
        except OSError as error:
            opened.close()
            raise InvalidInputError(_why(error, port)) from None
        self._socket = opened
        self._notifier = QSocketNotifier(opened.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def stop(self) -> None:
        """Stop listening. May be called twice."""
        self._rest.stop()
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _wake(self) -> None:
        if self._notifier is not None:
            self._notifier.setEnabled(True)

    def _read(self) -> None:
        if self._socket is None or self._notifier is None:
            return
        self._notifier.setEnabled(False)
        self._rest.start()
        newest: deque[bytes] = deque(maxlen=self._newest)
        for _ in range(_MOST_READ):
            try:
                newest.append(self._socket.recv(MOST_BYTES + 1))
            except OSError:  # nothing more is there
                break
        if newest:
            self.received.emit(list(newest))


def _why(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program: close it, or choose another port here and there."
    if error.errno == errno.EACCES:
        return f"This system does not let programs listen on port {port}: choose a port above 1023."
    return f"Port {port} cannot be opened ({error.strerror}): choose another port."
