"""The output of the command line: results on stdout, one-line messages on stderr."""

import json
import os
import sys
import time
from typing import Final, Self, TextIO

_SOONEST_S: Final = 2.0
_STDERR: Final = 2


def open_missing_streams() -> None:
    """Let a program that was started without standard streams write to nowhere.

    Otherwise the next file that it opens has the number of such a stream, and messages would be written into it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))


def say(text: str) -> None:
    """Write a result line."""
    sys.stdout.write(_writable(text, sys.stdout) + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Write one line of error, whatever the message contains."""
    sys.stderr.write(_writable("swansphere: " + " ".join(text.split()), sys.stderr) + "\n")
    sys.stderr.flush()


def _writable(text: str, stream: TextIO) -> str:
    """Return a text that a stream can take.

    Characters that its encoding lacks, and bytes of a file name that are no text, are written as JSON writes them.
    """
    encoding, errors = stream.encoding or "utf-8", stream.errors or "strict"

    def written(letter: str) -> str:
        try:
            letter.encode(encoding, errors)
        except UnicodeEncodeError:
            return json.dumps(letter)[1:-1]
        return letter

    try:
        text.encode(encoding, errors)
    except UnicodeEncodeError:
        return "".join(map(written, text))
    return text


def remark(text: str) -> None:
    """Write one line on stderr about something that does not stop the command."""
    complain(f"note: {text}")


def say_unmarked() -> None:
    """Say of files that were made to be worked with that they have no watermark."""
    say("No watermark: these are files to work with. `export` writes them with it.")


def time_left(spent_s: float, fraction: float) -> str:
    """Return the time that is left of a task as m:ss, or "" until it can be estimated."""
    if spent_s < _SOONEST_S or not 0.01 < fraction < 1.0:
        return ""
    minutes, seconds = divmod(round(spent_s * (1.0 - fraction) / fraction), 60)
    return f"{minutes}:{seconds:02d}"


class ProgressLine:
    """A percentage and the time left on stderr that rewrites itself on a terminal and is silent in a pipe.

    A context manager: the line is cleared when the block is left, by an error or a cancel too.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._live = sys.stderr.isatty()
        self._shown = -1
        self._began_s = time.monotonic()

    def update(self, fraction: float) -> None:
        """Show a fraction 0..1."""
        percent = int(100 * min(1.0, max(0.0, fraction)))
        if self._live and percent != self._shown:
            self._shown = percent
            sys.stderr.write(f"\r{self._label} {percent:3d} %{self._left(fraction)}\x1b[K")
            sys.stderr.flush()

    def _left(self, fraction: float) -> str:
        """Return the time that is left, once it can be estimated."""
        left = time_left(time.monotonic() - self._began_s, fraction)
        return f", {left} left" if left else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        if self._live and self._shown >= 0:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
