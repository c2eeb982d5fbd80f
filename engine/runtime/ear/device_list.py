"""Lists the system's output devices in a separate process: drivers may take seconds, or hang."""

import contextlib
import os
from multiprocessing.connection import Connection
from typing import Final

from engine.contract.errors import DeviceError
from engine.runtime.ear.sounddevice_output import device_names
from engine.runtime.processes.asked_child import asked_child, told_as

_PATIENCE_S: Final = 5.0


def list_output_devices(patience_s: float = _PATIENCE_S) -> list[str]:
    """Return the current names of the output devices. Raises DeviceError if the system does not answer."""
    late = DeviceError(f"The system did not list its sound devices within {patience_s:.0f} s: try again.")
    died = DeviceError("The system's sound devices cannot be listed: try again.")
    try:
        with told_as(cancelled=died, late=late, died=died), asked_child("device list", _child_main) as listing:
            answer = listing.answer(patience_s)
    except OSError:  # the process could not be started
        raise died from None
    return list(answer)


def _child_main(answer: Connection) -> None:
    with open(os.devnull, "wb") as nothing:  # drivers write messages about missing devices
        os.dup2(nothing.fileno(), 2)
    with contextlib.suppress(OSError):
        try:
            answer.send(device_names())
        except DeviceError as error:
            answer.send(error)
