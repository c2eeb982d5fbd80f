"""Epochs: one number that grows with every seek (a new take) and with every iteration of a loop inside a take.

Consumers discard blocks from earlier takes; the next iteration of the same take follows without a gap. Epochs have
64 bits: a take has room for 2^36 iterations (87 years of a film of one picture at 25 fps), a session for 2^27 takes
(4 years of one seek per second).
"""

from typing import Final

_LAPS_PER_TAKE: Final = 1 << 36


def first_epoch() -> int:
    """Return the epoch before any film."""
    return 0


def after_seek(epoch: int) -> int:
    """Return the epoch of the take that follows a seek or a new film."""
    return (epoch // _LAPS_PER_TAKE + 1) * _LAPS_PER_TAKE


def next_iteration(epoch: int) -> int:
    """Return the epoch of the loop's next iteration."""
    return epoch + 1


def take_of(epoch: int) -> int:
    """Return the number of the take that an epoch belongs to."""
    return epoch // _LAPS_PER_TAKE


def is_first_iteration(epoch: int) -> bool:
    """Return whether the loop has not wrapped yet in this take."""
    return epoch % _LAPS_PER_TAKE == 0
