"""Identifies a film or a recording, even after it was moved or renamed."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Final

_BLOCK_BYTES: Final = 64 * 1024
_BLOCKS: Final = 16


def content_hash(path: Path) -> str:
    """Return "sampled-sha256:..." of a file's size and of 16 blocks from its head to its tail; "" if unreadable.

    Reads at most 1 MiB, so that it takes no longer for a film of 100 GB. Only regular files are opened.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return ""
        digest = hashlib.sha256(str(status.st_size).encode())
        with open(path, "rb") as file:
            last = max(0, status.st_size - _BLOCK_BYTES)
            for index in range(_BLOCKS):
                file.seek(last * index // (_BLOCKS - 1))
                digest.update(file.read(_BLOCK_BYTES))
    except (OSError, ValueError):
        return ""
    return f"sampled-sha256:{digest.hexdigest()}"
