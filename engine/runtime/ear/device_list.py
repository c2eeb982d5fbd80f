"""Lists the system's output devices in a separate process: drivers may take seconds, or hang."""

import contextlib
import multiprocessing
import os
from multiprocessing.connection import Connection
from typing import Final

from engine.contract.errors import DeviceError
from engine.runtime.ear.sounddevice_output import device_names

_PATIENCE_S: Final = 5.0


def list_output_devices(patience_s: float = _PATIENCE_S) -> list[str]:
    """Return the current names of the output devices. Raises DeviceError if the system does not answer."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child_main, args=(theirs,), name="device list", daemon=True)
    child.start()
    theirs.close()
    try:
        if not ours.poll(patience_s):
            raise DeviceError(f"The system did not list its sound devices within {patience_s:.0f} s: try again.")
        answer = ours.recv()
    except (EOFError, OSError):
        raise DeviceError("The system's sound devices cannot be listed: try again.") from None
    finally:
        child.join(0.5)
        if child.is_alive():
            child.kill()
            child.join()
        child.close()
        ours.close()
    if isinstance(answer, DeviceError):
        raise answer
    return list(answer)


def _child_main(answer: Connection) -> None:
    with open(os.devnull, "wb") as nothing:  # drivers write messages about missing devices
        os.dup2(nothing.fileno(), 2)
    with contextlib.suppress(OSError):
        try:
            answer.send(device_names())
        except DeviceError as error:
            answer.send(error)
