"""Small text files of the user, read as untrusted input."""

import os
import stat
from pathlib import Path

from engine.contract.errors import InvalidInputError


def read_bytes(file: Path, what: str, most_bytes: int) -> bytes:
    """Return a file's content. `what` names it in a sentence: "direction path".

    Raises InvalidInputError if it is missing, no regular file, or larger than `most_bytes`.
    """
    try:
        check_is_file(file, what)
        with open(file, "rb") as opened:
            data = opened.read(most_bytes + 1)
    except OSError as error:
        raise InvalidInputError(f"The {what} {file} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise InvalidInputError(
            f"The name of the {what} cannot be used: it contains a character that is not allowed in file names."
        ) from None
    if len(data) > most_bytes:
        raise InvalidInputError(f"The {what} {file} is larger than {most_bytes >> 20} MB: choose another.")
    return data


def check_is_file(file: Path, what: str) -> None:
    """Raise InvalidInputError, without waiting, if there is something else than a regular file; OSError if nothing."""
    if not stat.S_ISREG(os.stat(file).st_mode):  # a named pipe would wait for ever
        raise InvalidInputError(f"The {what} {file} is not a file: choose another.")


def text_of(data: bytes) -> str:
    """Return the text of a file's content, UTF-8 or UTF-16 with a byte order mark. Raises UnicodeDecodeError."""
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
