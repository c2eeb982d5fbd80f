"""The window's command line: a project by its name alone or as --project, and what is refused before a window opens."""

from pathlib import Path

import pytest

import app.commands.window as window_command
from app.cli import main


@pytest.fixture
def opened(monkeypatch) -> list[object]:
    """Return what the command is about to open; no window is made."""
    found: list[object] = []

    def run(arguments) -> int:
        found.append(arguments.project)
        return 0

    monkeypatch.setattr(window_command, "run", run)
    return found


@pytest.mark.parametrize("argv", [["{p}"], ["--project", "{p}"], ["--renderer", "cpu", "{p}"]])
def test_a_project_is_opened_by_its_name_and_by_its_option(opened, tmp_path, argv):
    project = tmp_path / "P.swan"
    assert main([word.format(p=project) for word in argv]) == 0
    assert opened == [project]


def test_the_ending_may_be_in_capitals(opened, tmp_path):
    assert main([str(tmp_path / "P.SWAN")]) == 0
    assert opened == [Path(tmp_path / "P.SWAN")]


def one_line(capsys) -> str:
    error = capsys.readouterr().err.strip()
    assert error.count("\n") == 0, error
    assert "Traceback" not in error
    return error


def test_a_project_that_is_missing_is_one_line(tmp_path, capsys):
    assert main(["--project", str(tmp_path / "none.swan")]) == 2
    assert "none.swan" in one_line(capsys)


def test_a_folder_is_no_project(tmp_path, capsys):
    (tmp_path / "folder.swan").mkdir()
    assert main([str(tmp_path / "folder.swan")]) == 2
    assert "folder.swan" in one_line(capsys)


def test_a_project_and_a_film_are_one_too_many(tmp_path, capsys):
    for name in ("a.swan", "a.mp4"):
        (tmp_path / name).touch()
    assert main(["--project", str(tmp_path / "a.swan"), "--film", str(tmp_path / "a.mp4")]) == 2
    assert "not both" in one_line(capsys)


def test_a_damaged_project_is_one_line_before_a_window_opens(tmp_path, capsys):
    (tmp_path / "a.swan").write_text("{ not json")
    assert main([str(tmp_path / "a.swan")]) == 2
    assert "a.swan" in one_line(capsys)
