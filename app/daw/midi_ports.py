"""MIDI ports through mido and python-rtmidi, an optional package.

Threads: `opened_input` calls back in a thread of the MIDI system.
"""

import sys
from collections.abc import Callable
from typing import Any, Final, Protocol

from engine.contract.errors import DeviceError

VIRTUAL: Final = "SwanSphere"
"""A port of this program that others connect to; Windows has none."""
HAS_VIRTUAL: Final = sys.platform != "win32"
_BACKEND: Final = "mido.backends.rtmidi"


class Port(Protocol):
    """An open port."""

    def close(self) -> None:
        """Close it."""


class OutputPort(Port, Protocol):
    """An open port that sends."""

    def send(self, message: Any) -> None:
        """Send a message of mido."""


def port_names(*, inputs: bool) -> list[str]:
    """Return the names of the ports, the program's virtual one first; if the system has no MIDI, only that one."""
    own = [VIRTUAL] if HAS_VIRTUAL else []
    try:
        import mido  # here and below: the window opens without it

        backend = mido.Backend(_BACKEND)
        found = backend.get_input_names() if inputs else backend.get_output_names()
    except Exception:  # errors of rtmidi share no type, and ImportError without the package
        return own
    return own + [name for name in dict.fromkeys(found) if VIRTUAL not in name]


def opened_input(name: str, take: Callable[[bytes], None]) -> Port:
    """Open a port; `take` gets the bytes of each message. Raises DeviceError."""
    port: Port = _opened(name, "open_input", callback=lambda message: take(bytes(message.bytes())))
    return port


def opened_output(name: str) -> OutputPort:
    """Open a port to send to. Raises DeviceError."""
    port: OutputPort = _opened(name, "open_output")
    return port


def _opened(name: str, how: str, **options: Any) -> Any:
    try:
        import mido

        backend = mido.Backend(_BACKEND, load=True)
    except ImportError:
        raise DeviceError("MIDI needs the package python-rtmidi: install it, then turn this on again.") from None
    if not name:
        raise DeviceError("There is no MIDI port: connect a device, then open this dialog again.")
    try:
        return getattr(backend, how)(name, virtual=HAS_VIRTUAL and name == VIRTUAL, **options)
    except Exception as error:  # errors of rtmidi share no type with those of Python
        raise DeviceError(f"The MIDI port {name} cannot be opened: connect it, or choose another.") from error
