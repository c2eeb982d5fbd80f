from pathlib import Path

import pytest

from app.cli import build_parser, main
from app.command_line.film_argument import command_names, with_film_named


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    for name in ("beach.mp4", "generate", "no_suffix", "-dash.mp4"):
        (tmp_path / name).write_bytes(b"not a film")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def parsed(*argv: str):
    parser = build_parser()
    return parser.parse_args(with_film_named(argv, parser, command_names(parser)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("argv", "film"),
    [
        (["beach.mp4"], "beach.mp4"),
        (["./generate"], "generate"),
        (["no_suffix"], "no_suffix"),
        (["--renderer", "cpu", "beach.mp4"], "beach.mp4"),
        (["beach.mp4", "--renderer=cpu", "--layout", "mono"], "beach.mp4"),
        (["--", "-dash.mp4"], "-dash.mp4"),
        (["--film", "beach.mp4"], "beach.mp4"),
        (["missing.mp4"], "missing.mp4"),
    ],
)
def test_a_film_alone_opens_the_window(folder, argv, film):
    arguments = parsed(*argv)
    assert arguments.module == "app.commands.window"
    assert arguments.film == Path(film)


def test_a_command_stays_a_command_though_a_file_has_its_name(folder):
    arguments = parsed("generate", "--prompt", "rain", "--out", "o.wav")
    assert arguments.module == "app.commands.generate"
    assert parsed("--device", "cuda", "doctor").module == "app.commands.doctor"
    assert parsed().film is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["genrate", "--prompt", "rain"], "did you mean 'generate'?"),
        (["qqq"], "the commands are annotate"),
        (["beach.mp4", "no_suffix"], "Only one film"),
        (["my", "film.mp4"], "'my' is neither a command nor a film"),
        (["beach.mp4", "--film", "no_suffix"], "Only one film"),
        (["missing.mp4"], "There is no film missing.mp4"),
        (["--film", "missing.mp4"], "There is no film missing.mp4"),
        (["."], "is a folder, not a film"),
    ],
)
def test_what_cannot_be_meant_is_one_clear_line(folder, capsys, argv, word):
    assert main(argv) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert word in told


@pytest.mark.parametrize("given", [["--video", "missing.mp4"], ["--video=missing.mp4"]])
@pytest.mark.parametrize(
    "command",
    [["generate", "--out", "o.wav"], ["annotate", "x.wav", "--out", "labels", "--captioner", "http://localhost"]],
)
def test_the_old_name_still_works_and_says_the_new_one(folder, capsys, command, given):
    arguments = build_parser().parse_args([*command, *given])
    assert arguments.film == Path("missing.mp4")
    told = capsys.readouterr().err
    assert told == "swansphere: note: --video is now called --film; the old name still works.\n"
    arguments = build_parser().parse_args([*command, *[word.replace("--video", "--film") for word in given]])
    assert arguments.film == Path("missing.mp4")
    assert capsys.readouterr().err == ""


def test_the_old_name_changes_no_exit_status(folder, capsys):
    for name in ("--video", "--film"):
        assert main(["generate", name, "missing.mp4", "--out", "o.wav"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert "now called --film" in told[0]
    assert told[1] == told[2]


def test_the_help_shows_it(capsys):
    assert main(["--help"]) == 0
    assert "[FILM | PROJECT.swan]" in capsys.readouterr().out
