"""How much room a disk has for a take, and how much of it is reserved."""

import shutil
from pathlib import Path
from typing import Final

_MOST_RESERVE_BYTES: Final = 512 * 2**20
_RESERVE_SHARE: Final = 0.02
ROOM_TO_GO_ON_BYTES: Final = 8 * 2**20
"""Room at which a stopped recording resumes: 10 s of sound."""


def room_bytes(folder: Path) -> int:
    """Return by how much recordings may grow in a folder, which may not exist yet; 0 or less if not at all.

    A part of the disk (2 %, at most 512 MB) stays free for everything else. Raises OSError.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return int(usage.free - min(_MOST_RESERVE_BYTES, _RESERVE_SHARE * usage.total))
