"""The progress line: a percentage, and the time left once it can be estimated."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from app import cli
from app.command_line import console
from app.command_line.console import ProgressLine
from engine.project.project_file import read_project


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


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="closes streams by a shell")
def test_a_program_without_standard_streams_works_and_writes_no_message_into_a_file(tmp_path: Path) -> None:
    program, out = Path(cli.__file__).parent.parent / "main.py", tmp_path / "a.swan"
    for command, status in ((f"scene rain --out '{out}'", 0), ("inspect /nowhere", 2)):
        ran = subprocess.run(["sh", "-c", f"'{sys.executable}' '{program}' {command} <&- >&- 2>&-"], check=False)
        assert ran.returncode == status
    assert len(read_project(out).scene.lanes) == 1
