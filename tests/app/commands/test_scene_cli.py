"""`scene`: one sentence becomes a project file; bad input is one line."""

from pathlib import Path

import pytest

from app.cli import main
from app.files.resources import RESOURCES
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.lane import LaneKind
from engine.files.content import content_hash
from engine.project.project_file import read_project
from tests.chat_endpoint import serving

DEMO_SCENE = RESOURCES / "demo" / "demo.mp4"
SENTENCE = "a dog barks on the left while rain falls behind me"


def test_a_sentence_becomes_a_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "walk.swan"
    assert main(["scene", SENTENCE, "--seconds", "12.5", "--seed", "4", "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        'Dog barks: "a dog barks" at 90,0: point, dog',
        'Rain falls: "rain falls" at 180,0: bed, rain',
        f"Wrote {out} (2 lanes, 12.5 s)",
    ]
    scene = read_project(out).scene
    assert (scene.film, scene.length_samples) == (None, 600_000)
    assert [lane.kind for lane in scene.lanes] == [LaneKind.POINT, LaneKind.BED]
    blocks = [block for block in scene.blocks() if isinstance(block, GeneratedBlock)]
    assert [(block.recipe.words, block.recipe.seed, block.length_samples) for block in blocks] == [
        ("a dog barks", 4, 600_000),
        ("rain falls", 5, 600_000),
    ]


def test_a_film_gives_the_length_and_is_found_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, other = tmp_path / "walk.swan", tmp_path / "short.swan"
    assert main(["scene", SENTENCE, "--film", str(DEMO_SCENE), "--out", str(out)]) == 0
    scene = read_project(out).scene
    assert scene.film is not None
    assert Path(scene.film.file.path) == DEMO_SCENE
    assert scene.film.file.content == content_hash(DEMO_SCENE)
    assert scene.length_samples == scene.film.length_samples > 48_000
    assert {block.end_sample for block in scene.blocks()} == {scene.length_samples}
    assert main(["scene", SENTENCE, "--film", str(DEMO_SCENE), "--seconds", "2", "--out", str(other)]) == 0
    again = read_project(other).scene
    assert {block.end_sample for block in again.blocks()} == {96_000}
    assert again.length_samples == scene.length_samples
    capsys.readouterr()


def test_a_project_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "work.swan"
    out.write_text("the work of a week")
    assert main(["scene", SENTENCE, "--out", str(out)]) == 2
    assert "a project is not overwritten" in capsys.readouterr().err
    assert out.read_text() == "the work of a week"


def test_a_movement_lasts_no_longer_than_the_scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = "a car passes from right to left"
    assert main(["scene", sentence, "--seconds", "6", "--out", str(tmp_path / "a.swan")]) == 0
    assert '"a car passes" from -90,0 to 0,0 to 90,0 in 6 s: point, car engine' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["scene", SENTENCE, "--out", "a.wav"], "let it end in .swan"),
        (["scene", SENTENCE, "--out", "no-folder/a.swan"], "does not exist"),
        (["scene", " ", "--out", "a.swan"], "The sentence is empty"),
        (["scene", "?! ...", "--out", "a.swan"], "names no sound"),
        (["scene", SENTENCE, "--projection", "flat", "--out", "a.swan"], "no film is given"),
        (["scene", SENTENCE, "--film", "gone.mp4", "--out", "a.swan"], "gone.mp4"),
        (["scene", SENTENCE, "--seconds", "0.001", "--out", "a.swan"], "length"),
        (["scene", SENTENCE], "--out"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_endpoint_reads_the_sentence_if_the_user_chose_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SWANSPHERE_API_KEY", raising=False)
    with serving() as endpoint:
        answer = '{"sounds": [{"words": "a wolf howling", "place": "behind"}]}'
        endpoint.will_say((200, {"choices": [{"message": {"content": answer}}]}), (200, {"choices": []}))
        for name, lanes in (("one", ["Wolf howling"]), ("two", ["Dog barks", "Rain falls"])):
            out = tmp_path / f"{name}.swan"
            assert main(["scene", SENTENCE, "--reader", endpoint.url, "--model", "m", "--out", str(out)]) == 0
            assert [lane.name for lane in read_project(out).scene.lanes] == lanes
        assert endpoint.seen[0][2]["messages"][1]["content"] == SENTENCE
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert errors[0].endswith("The reading by rules is kept.")


@pytest.mark.parametrize("wrong", [["--reader", "rulez"], ["--reader", "http://127.0.0.1:1/v1"]])
def test_no_address_and_no_model_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: list[str]
) -> None:
    out = tmp_path / "walk.swan"
    assert main(["scene", SENTENCE, *wrong, "--out", str(out)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not out.exists()
