"""A kill in the middle of a removal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest


class _Killed(BaseException):
    """Stands for a kill: no handler of errors sees it."""


@contextmanager
def killed_while_it_removes(after: int) -> Iterator[None]:
    """Let what is inside remove `after` files, and end it at the next one; it has to come to that."""
    left, unlink = [after], os.unlink

    def killed(path: str, *, dir_fd: int | None = None) -> None:
        if not left[0]:
            raise _Killed
        left[0] -= 1
        unlink(path, dir_fd=dir_fd)

    with patch.object(os, "unlink", killed), pytest.raises(_Killed):
        yield
