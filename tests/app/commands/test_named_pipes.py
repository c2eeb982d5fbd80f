"""A named pipe in place of a file is refused at once, in one sentence: opening it would wait for ever."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import main
from engine.contract.errors import InvalidInputError
from engine.contract.scene.scene import Scene
from engine.evaluation.measures.truth import read_trajectory
from engine.evaluation.suite.captions import read_captions
from engine.evaluation.suite.pairs import read_report
from engine.project.project_file import write_project

pytestmark = pytest.mark.slow
PATIENCE_S = 30.0
COMMANDS = {
    "a list": ["batch", "{pipe}.csv"],
    "a list of JSON lines": ["batch", "{pipe}.jsonl"],
    "labels": ["annotate", "{sound}", "--labels", "{pipe}.json", "--out", "{out}"],
    "a recording to annotate": ["annotate", "{pipe}.wav", "--out", "{out}"],
    "weights": ["import-vae", "{pipe}.safetensors", "--out", "{out}"],
    "a manifest": ["scenes", "check", "{folder}", "--manifest", "{pipe}.csv"],
    "a take": ["export", "{pipe}.wav", "--out", "{out}.wav"],
    "a film to export": ["export", "{sound}", "--film", "{pipe}.mp4", "--out", "{out}.mov"],
    "a project to export": ["export", "{pipe}.swan", "--out", "{out}.wav"],
    "a recording to continue": ["generate", "--prompt", "rain", "--seconds", "1", "--continue", "{pipe}.wav",
                                "--out", "{out}.wav"],
    "a primer": ["generate", "--prompt", "rain", "--seconds", "1", "--prime", "{pipe}.wav", "--out", "{out}.wav"],
    "a film": ["generate", "--film", "{pipe}.mp4", "--seconds", "1", "--out", "{out}.wav"],
    "directions": ["generate", "--prompt", "rain", "--seconds", "1", "--path", "{pipe}.csv", "--out", "{out}.wav"],
    "a project": ["render", "{pipe}.swan", "--out", "{out}"],
    "markers": ["markers", "{project}", "--import", "{pipe}.csv"],
    "a finished file": ["verify", "{pipe}.wav"],
    "a sound for time code": ["ltc", "{pipe}.wav", "--out", "{out}.wav"],
    "a sound to inspect": ["inspect", "{pipe}.wav"],
    "a sound for the codec": ["codec", "{pipe}.wav", "{out}.wav"],
}  # fmt: skip


class WaitsForEver(Exception):
    """The command did not end."""


@pytest.fixture
def impatient() -> Iterator[None]:
    """Interrupt what waits for a pipe."""

    def end(_number: int, _frame: object) -> None:
        raise WaitsForEver

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    signal.signal(signal.SIGALRM, before)


NO_PIPES = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


@NO_PIPES
@pytest.mark.parametrize("what", COMMANDS)
def test_a_named_pipe_is_refused_at_once(
    what: str, tmp_path: Path, impatient: None, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "sound.wav", np.zeros((4_800, 4)), 48_000, "FLOAT")
    write_project(tmp_path / "walk.swan", Scene())
    places = {
        "pipe": tmp_path / "pipe", "sound": tmp_path / "sound.wav", "project": tmp_path / "walk.swan",
        "folder": tmp_path, "out": tmp_path / "out",
    }  # fmt: skip
    words = [word.format(**places) for word in COMMANDS[what]]
    (pipe,) = [word for word in words if Path(word).stem == "pipe"]
    os.mkfifo(pipe)
    assert main(words) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("swansphere: ")]
    assert len(said) == 1
    assert Path(pipe).name in said[0]


@NO_PIPES
def test_a_named_pipe_among_the_files_of_an_evaluation_is_refused(tmp_path: Path, impatient: None) -> None:
    os.mkfifo(tmp_path / "take-1.json")
    for read in (read_captions, read_trajectory):
        with pytest.raises(InvalidInputError, match=r"take-1\.json"):
            read(tmp_path / "take-1.json")
    assert read_report(tmp_path / "take-1.json") == {}
