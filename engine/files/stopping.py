"""How a process ends when the system asks it to: in order, so that no partial file is left.

SIGTERM comes from `kill`, a service manager or a shutdown, SIGHUP from a terminal that is closed. By default both end
Python at once, without running `finally` and `with`.
"""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final, NoReturn

_SHELLS_OFFSET: Final = 128
_NAMES: Final = ("SIGTERM", "SIGHUP")  # Windows has only the first
_WAITING: Final = (*_NAMES, "SIGINT")


class Stopped(SystemExit):
    """The process was asked to end; `status` is its exit status, as a shell reports it (143 or 129).

    It is a SystemExit, so that no error handler catches it.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def stop(status: int) -> NoReturn:
    """Raise Stopped."""
    raise Stopped(status)


@contextlib.contextmanager
def stopping_in_order(call: Callable[[int], None] = stop) -> Iterator[None]:
    """While the block runs, the first SIGTERM or SIGHUP calls `call` with the exit status; later ones are ignored.

    The default raises Stopped in the main thread. A signal that the process was started to ignore (nohup) stays
    ignored. Outside the main thread nothing changes.
    """

    def handle(number: int, _frame: FrameType | None) -> None:
        for other in before:
            signal.signal(other, signal.SIG_IGN)
        call(_SHELLS_OFFSET + number)

    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in _NAMES if hasattr(signal, name)):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """While the block runs, SIGTERM, SIGHUP and Ctrl+C wait; the first that came is handled at its end.

    For short steps that belong together: a folder that is made and noted, files that are removed together. Only the
    main thread handles signals, so in another thread nothing changes.
    """
    arrived: list[int] = []
    before: dict[signal.Signals, Any] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in _WAITING if hasattr(signal, name)):
                if callable(signal.getsignal(number)):
                    before[number] = signal.getsignal(number)
                    signal.signal(number, lambda came, _frame: arrived.append(came))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if arrived:
            signal.raise_signal(arrived[0])
