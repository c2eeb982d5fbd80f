"""How a film is read: the options of the command line, and what does not go together."""

import argparse
from pathlib import Path

import pytest

from app.cli import build_parser, main
from app.command_line.film_choice import film_choice
from engine.contract.errors import InvalidInputError
from engine.contract.video import NO_CHOICE, FilmChoice, Projection, StereoLayout, VideoInfo

GENERATE = ["generate", "--prompt", "rain", "--out", "o.wav"]


def parsed(*words: str) -> argparse.Namespace:
    return build_parser().parse_args(words)


@pytest.mark.parametrize(
    "command", [[], GENERATE, ["headless"], ["annotate", "a.wav", "--out", "x"]], ids=["window", *"gha"]
)
def test_every_command_that_takes_a_film_can_be_told_how_to_read_it(command: list[str]) -> None:
    assert film_choice(parsed(*command)) == NO_CHOICE
    told = film_choice(parsed(*command, "--layout", "left-right", "--projection", "fisheye", "--fov", "200"))
    assert told == FilmChoice(StereoLayout.LEFT_RIGHT, Projection.FISHEYE, 200.0)


@pytest.mark.parametrize(
    ("projection", "fov_deg"),
    [
        (None, 90.0),
        (Projection.EAC, 90.0),
        (Projection.FLAT, 171.0),
        (Projection.FISHEYE, 4.0),
        (Projection.FLAT, float("nan")),
    ],
)
def test_a_field_of_view_that_cannot_be_is_told(projection: Projection | None, fov_deg: float) -> None:
    with pytest.raises(InvalidInputError, match="field of view"):
        FilmChoice(None, projection, fov_deg)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([*GENERATE, "--layout", "left-right"], "no film is given: specify --film"),
        ([*GENERATE, "--projection", "round"], "invalid choice: 'round'"),
        ([*GENERATE, "--fov", "wide"], "'wide' is not a field of view in degrees"),
        ([*GENERATE, "--fov", "100"], "A field of view applies to fisheye and flat films"),
    ],
)
def test_what_does_not_fit_is_one_line(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(words)
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert told in lines[0]


def test_only_what_the_user_chose_is_kept_for_opening_the_film_again() -> None:
    info = VideoInfo(
        "a.mp4", 4, 2, 25.0, 1.0, "h264", StereoLayout.LEFT_RIGHT, "file", Projection.FLAT, "user", fov_deg=50.0
    )
    assert info.choice == FilmChoice(None, Projection.FLAT, 50.0)
    assert VideoInfo("a.mp4", 4, 2, 25.0, 1.0).choice == NO_CHOICE


def test_the_window_needs_a_film_to_read_in_another_way(
    monkeypatch: pytest.MonkeyPatch, capsys, tmp_path: Path
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert main(["--layout", "mono"]) == 2
    assert "no film is given" in capsys.readouterr().err
