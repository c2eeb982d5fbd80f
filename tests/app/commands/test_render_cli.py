"""`render`: a project becomes files; bad input is one line and leaves nothing behind."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import main
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.directions import Direction, angle_between
from engine.contract.scene.blocks import FileReference, RecordingBlock
from engine.contract.scene.lane import Lane
from engine.contract.scene.place import LanePath
from engine.contract.scene.scene import Scene
from engine.export.reading.ambix_reader import read_ambix
from engine.project.project_file import read_project, write_project

SECOND = 48_000


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of two recordings, the second one muted: no model is needed."""
    sound = 0.1 * np.random.default_rng(0).standard_normal(2 * SECOND)
    soundfile.write(tmp_path / "drip.wav", sound, SECOND, "FLOAT")
    file = FileReference(str(tmp_path / "drip.wav"))
    lanes = tuple(
        Lane(
            lane_id=number,
            name=name,
            mute=number == 2,
            path=LanePath.fixed(Direction(90.0)),
            blocks=(
                RecordingBlock(block_id=10 + number, file=file, file_samples=2 * SECOND, length_samples=2 * SECOND),
            ),
        )
        for number, name in ((1, "Tap: drip"), (2, "Silent"))
    )
    write_project(tmp_path / "walk.swan", Scene(lanes=lanes, length_samples=2 * SECOND, next_id=99))
    return tmp_path / "walk.swan"


def test_a_project_becomes_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = project.parent / "new" / "out"
    assert main(["render", str(project), "--out", str(out), "--stems", "--range", "0:00.5-1.5", "--binaural"]) == 0
    told = capsys.readouterr()
    assert {file.name for file in out.iterdir()} == {"mix.wav", "1 Tap drip.wav", "binaural.wav"}
    assert re.search(r"\(1 s, 0 takes were made\)$", told.out.strip())
    assert told.err == ""
    mix = read_ambix(out / "mix.wav")[0]
    assert mix.shape == (4, SECOND)
    direction, _ = direction_and_diffuseness(mix)
    assert np.rad2deg(angle_between(direction, Direction(90.0).unit_vector())) < 0.5
    np.testing.assert_allclose(read_ambix(out / "1 Tap drip.wav")[0], mix, atol=1e-6)


def test_generated_sound_is_said_to_have_no_watermark(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = read_project(project).scene
    lane = replace(scene.lanes[0], blocks=(replace(scene.lanes[0].blocks[0], made_by="AMBIT"),))
    write_project(project, replace(scene, lanes=(lane,)))
    assert main(["render", str(project), "--out", str(project.parent / "made")]) == 0
    assert capsys.readouterr().out.endswith(
        "No watermark: these are files to work with. `export` writes them with it.\n"
    )


def test_a_changed_recording_is_noticed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = project.read_text().replace('"content": ""', '"content": "sampled-sha256:' + 64 * "0" + '"')
    project.write_text(text)
    assert main(["render", str(project), "--out", str(project.parent / "out")]) == 0
    told = capsys.readouterr().err
    assert told.startswith("swansphere: note: The recording ")
    assert "has changed" in told


@pytest.mark.parametrize(
    "options",
    [
        ["missing.swan", "--out", "out"],
        ["drip.wav", "--out", "out"],
        ["walk.swan"],
        ["walk.swan", "--out", "drip.wav"],
        ["walk.swan", "--out", "out", "--range", "1"],
        ["walk.swan", "--out", "out", "--range", "2-1"],
        ["walk.swan", "--out", "out", "--range", "a-b"],
        ["walk.swan", "--out", "out", "--range", "5-6"],
        ["walk.swan", "--out", "out", "--hrtf", "head.sofa"],
        ["walk.swan", "--out", "out", "--binaural", "--hrtf", "head.sofa"],
        ["walk.swan", "--out", "out", "--subtype", "mp3"],
    ],
)
def test_bad_input_is_one_line(
    project: Path, options: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.parent)
    assert main(["render", *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not Path("out").exists()


def test_a_lost_recording_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project.parent / "drip.wav").unlink()
    assert main(["render", str(project), "--out", str(project.parent / "out")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "drip.wav" in told
    assert not (project.parent / "out").exists()


@pytest.mark.slow
def test_the_model_makes_what_has_no_take(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = tmp_path / "walk.swan"
    sentence = "a dog barks on the left while rain falls"
    assert main(["scene", sentence, "--seconds", "2", "--seed", "4", "--out", str(project)]) == 0
    for folder in ("one", "two"):
        assert main(["render", str(project), "--out", str(tmp_path / folder), "--stems"]) == 0
    assert "2 takes were made" in capsys.readouterr().out
    names = {file.name for file in (tmp_path / "one").iterdir()}
    assert names == {"mix.wav", "1 Dog barks.wav", "2 Rain falls.wav"}
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    direction, _ = direction_and_diffuseness(read_ambix(tmp_path / "one" / "1 Dog barks.wav")[0])
    assert np.rad2deg(angle_between(direction, Direction(90.0).unit_vector())) < 15.0
