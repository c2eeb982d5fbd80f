"""Only ordinary files are opened: a named pipe waits for ever, a device or a socket is not a recording."""

import os
import stat
from pathlib import Path
from typing import Final

from engine.contract.errors import MediaError, reason_of

_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def check_regular(path: Path, what: str) -> None:
    """Raise MediaError, without waiting, unless `path` is an ordinary, readable file; `what` names it: "film"."""
    try:
        mode = os.stat(path).st_mode
        kind = next((name for is_kind, name in _KINDS if is_kind(mode)), None)
        if kind is not None:
            raise MediaError(f"{path} is {kind}, not a {what}: choose a file.")
        with open(path, "rb"):
            pass
    except FileNotFoundError:
        raise MediaError(f"There is no {what} at {path}.") from None
    except OSError as error:
        raise MediaError(
            f"{path} cannot be opened: {reason_of(error)}. Check its permissions, or choose another file."
        ) from error
    except ValueError:
        raise MediaError(f"{str(path)!r} is not a valid name for a {what}.") from None
