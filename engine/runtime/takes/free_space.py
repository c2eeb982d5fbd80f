"""How much room a disk has for a take, and how much of it is left alone."""

import shutil
from pathlib import Path
from typing import Final

_MOST_RESERVE_BYTES: Final = 512 * 2**20
_RESERVE_SHARE: Final = 0.02
_ROOM_TO_GO_ON_BYTES: Final = 8 * 2**20


def has_room(folder: Path, *, to_go_on: bool = False) -> bool:
    """Tell whether a recording may grow in a folder, which may not exist yet. Raises OSError.

    A part of the disk (2 %, at most 512 MB) stays free for everything else. `to_go_on` after the recording had stopped
    takes room for 10 s of sound more.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    reserve = min(_MOST_RESERVE_BYTES, _RESERVE_SHARE * usage.total)
    return usage.free > reserve + (_ROOM_TO_GO_ON_BYTES if to_go_on else 0)
