"""The progress line: a percentage, and the time left once it can be estimated."""

import io
import sys

import pytest

from app.command_line import console
from app.command_line.console import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_time_left_follows_from_the_time_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with ProgressLine("Exporting") as line:
        line.update(0.1)
        assert "left" not in terminal.getvalue()
        now[0] += 30.0
        line.update(0.25)
        assert "Exporting  25 %, 1:30 left" in terminal.getvalue()
        line.update(1.0)
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_pipe_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", pipe := io.StringIO())
    with ProgressLine("Exporting") as line:
        line.update(0.5)
    assert pipe.getvalue() == ""
