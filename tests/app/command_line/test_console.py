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


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("utf-8", "a\udcff.wav", b"a\\udcff.wav\n"),  # a byte of a file name that is no text
        ("cp1252", "狗 é.wav", b"\\u72d7 \xe9.wav\n"),
        ("ascii", '"\U0001f415"', b'"\\ud83d\\udc15"\n'),
    ],
)
def test_a_terminal_gets_what_it_can_show_and_the_rest_as_in_json(
    monkeypatch: pytest.MonkeyPatch, encoding: str, text: str, written: bytes
) -> None:
    said = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(said, encoding, "strict", newline="\n"))
    console.say(text)
    assert said.getvalue() == written
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(said, encoding, "strict", newline="\n"))
    console.complain(text)
    assert said.getvalue() == written + b"swansphere: " + written
