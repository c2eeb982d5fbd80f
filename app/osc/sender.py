"""Sends messages to a program on this machine, and to nothing outside it."""

import contextlib
import socket

from app.osc.listener import HOST
from app.osc.messages import datagram
from engine.contract.errors import InvalidInputError


class OscSender:
    """Off until `start`. A program that does not listen is no error: it may be started later."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self.port: int | None = None
        """The port that it sends to, or None."""

    def start(self, port: int) -> None:
        """Send to a port of 127.0.0.1 from now on. Raises InvalidInputError if the system has no socket for it."""
        self.stop()
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            opened.bind((HOST, 0))  # else the first message would bind it to every address of the machine
        except OSError as error:
            opened.close()
            raise InvalidInputError(f"Messages cannot be sent on this computer ({error.strerror}).") from None
        self._socket, self.port = opened, port

    def stop(self) -> None:
        """Send nothing any more. May be called twice."""
        if self._socket is not None:
            self._socket.close()
        self._socket = self.port = None

    def send(self, address: str, *values: float) -> None:
        """Send a message if it is on."""
        if self._socket is not None and self.port is not None:
            with contextlib.suppress(OSError):
                self._socket.sendto(datagram(address, *values), (HOST, self.port))
