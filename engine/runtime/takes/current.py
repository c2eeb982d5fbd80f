"""The take that is currently being recorded."""

import time
from typing import Final

from engine.contract.errors import ExportError
from engine.runtime.processes.messages import TakeKept
from engine.runtime.takes.contents import read_contents
from engine.runtime.takes.folder import TakeFolder
from engine.runtime.takes.timeline import TakeVersion

_PATIENCE_S: Final = 3.0
_LOOK_AGAIN_S: Final = 0.05


def version_now(kept: TakeKept, heard: tuple[int, int]) -> TakeVersion:
    """Return the current state of a take whose listener has reached an epoch and film sample. Raises ExportError.

    Waits up to 3 s for a disk that is behind playback.
    """
    moment = (kept.sitting, *heard)
    until_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            contents = read_contents(TakeFolder(kept.folder))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ExportError(f"The take in {kept.folder} cannot be read: {reason}.") from error
        contents.table.note_heard(moment)
        if contents.table.has(moment) or time.monotonic() > until_s:
            return contents.version(kept.film_end)
        time.sleep(_LOOK_AGAIN_S)
