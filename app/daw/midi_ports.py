"""MIDI ports through mido and python-rtmidi, an optional package: those of every MIDI system that runs.

On Linux that is ALSA, and JACK, whose ports have "(JACK)" behind their names.

Threads: `opened_input` calls back in a thread of the MIDI system.
"""

import logging
import sys
from collections.abc import Callable
from typing import Any, Final, Protocol

from engine.contract.errors import DeviceError

logger = logging.getLogger(__name__)

VIRTUAL: Final = "SwanSphere"
"""A port of this program that others connect to; Windows has none."""
HAS_VIRTUAL: Final = sys.platform != "win32"
_BACKEND: Final = "mido.backends.rtmidi"
_JACK: Final = "UNIX_JACK"
_MARK: Final = " (JACK)"


class Port(Protocol):
    """An open port."""

    def close(self) -> None:
        """Close it."""


class OutputPort(Port, Protocol):
    """An open port that sends."""

    def send(self, message: Any) -> None:
        """Send a message of mido."""


def port_names(*, inputs: bool) -> list[str]:
    """Return the names of the ports, the program's virtual ones first; if no system runs, one of those."""
    own, others = [], []
    for system in _systems():
        found = _names(system, inputs=inputs)
        if found is None:
            continue
        mark = _MARK if system == _JACK else ""
        own.append(VIRTUAL + mark)
        others += [name + mark for name in dict.fromkeys(found) if VIRTUAL not in name]
    return ((own or [VIRTUAL]) if HAS_VIRTUAL else []) + others


def opened_input(name: str, take: Callable[[bytes], None]) -> Port:
    """Open a port; `take` gets the bytes of each message. Raises DeviceError."""
    port: Port = _opened(name, "open_input", callback=lambda message: take(bytes(message.bytes())))
    return port


def opened_output(name: str) -> OutputPort:
    """Open a port to send to. Raises DeviceError."""
    port: OutputPort = _opened(name, "open_output")
    return port


def _systems() -> list[str]:
    """Return the MIDI systems that python-rtmidi was built for; none without it."""
    try:
        import mido  # here and below: the window opens without it

        return list(mido.Backend(_BACKEND, load=True).module.get_api_names())
    except ImportError:
        return []


def _names(system: str, *, inputs: bool) -> list[str] | None:
    """Return the names of a system's ports, or None if it does not run."""
    import mido

    backend = mido.Backend(f"{_BACKEND}/{system}")
    try:
        return list(backend.get_input_names() if inputs else backend.get_output_names())
    except Exception:  # errors of rtmidi share no type
        return None


def _opened(name: str, how: str, **options: Any) -> Any:
    systems = _systems()
    if not systems:
        raise DeviceError("MIDI needs the package python-rtmidi: install it, then turn this on again.")
    if not name:
        raise DeviceError("There is no MIDI port: connect a device, then open this dialog again.")
    import mido

    if name.endswith(_MARK) and _JACK in systems:
        name, systems = name.removesuffix(_MARK), [_JACK]
    if HAS_VIRTUAL and name == VIRTUAL:
        options["client_name"] = VIRTUAL  # a port whose client is named is virtual
    for system in systems:
        try:
            return getattr(mido.Backend(f"{_BACKEND}/{system}"), how)(name, **options)
        except Exception:  # errors of rtmidi share no type with those of Python
            logger.info("no MIDI port %s in %s", name, system, exc_info=True)
    raise DeviceError(f"The MIDI port {name} cannot be opened: connect it, or choose another.")
