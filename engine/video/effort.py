"""How much a decoder does, and how urgently: what cannot be decoded in time must cost the sound nothing."""

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
    """Which pictures of a film are decoded, by FFmpeg's name of the rule. Fewer cost less."""

    EVERY = "DEFAULT"
    REFERENCES = "NONREF"
    KEYS = "NONKEY"


def open_in_background(stream: "VideoStream") -> None:
    """Open the decoder so that its threads give way to everything else that runs.

    Threads inherit how nice they are from the one that starts them, so a short-lived one starts them. Only FFmpeg's
    threads are made nice: a nice thread of Python's would hold the interpreter while it waits for the processor. Where
    the system knows no niceness per thread, or the decoder does not open, nothing happens here.
    """
    if not sys.platform.startswith("linux"):
        return

    def open_nicely() -> None:
        with contextlib.suppress(Exception):  # what is wrong is told when the first picture is decoded
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
            stream.codec_context.open(strict=False)

    helper = threading.Thread(target=open_nicely, name="open-decoder", daemon=True)
    helper.start()
    helper.join()
