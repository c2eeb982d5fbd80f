"""How this process gives memory back: not between two pictures of a film.

glibc returns freed memory to the system as soon as a few megabytes are free. A picture of a film is that large, so
every picture would be paid for twice: once to free it, and once in page faults when the next one is written.
"""

import ctypes
import sys
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_KEPT_BYTES: Final = 64 << 20
_LARGEST_FROM_HEAP_BYTES: Final = 32 << 20


def keep_freed_memory() -> None:
    """Keep up to 64 MB of freed memory for the next pictures. Does nothing without glibc."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _LARGEST_FROM_HEAP_BYTES)
