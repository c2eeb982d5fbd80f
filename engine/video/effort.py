"""How much a decoder decodes, and with which priority: a slow film must never interrupt the sound."""

import contextlib
import os
import sys
import threading
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.media.container import VideoStream

_NICENESS: Final = 10


class Effort(Enum):
    """Which frames of a film are decoded, by FFmpeg's name of the rule. Fewer cost less."""

    EVERY = "DEFAULT"
    REFERENCES = "NONREF"
    KEYS = "NONKEY"


def open_in_background(stream: "VideoStream") -> None:
    """Open the decoder so that its threads yield to everything else that runs.

    Threads inherit their niceness from the thread that starts them, so a short-lived thread starts them. Only FFmpeg's
    threads are made nice: a nice Python thread would hold the interpreter while it waits for the processor. If
    the system has no niceness per thread, or the decoder does not open, nothing happens here.
    """
    if not sys.platform.startswith("linux"):
        return

    def open_nicely() -> None:
        with contextlib.suppress(Exception):  # decoding the first frame reports the error
            thread = threading.get_native_id()
            nicer = os.getpriority(os.PRIO_PROCESS, thread) + _NICENESS  # more than 19 is taken as 19
            os.setpriority(os.PRIO_PROCESS, thread, nicer)
            stream.codec_context.open(strict=False)

    helper = threading.Thread(target=open_nicely, name="open-decoder", daemon=True)
    helper.start()
    helper.join()
