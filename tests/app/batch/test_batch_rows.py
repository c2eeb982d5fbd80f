"""Lists become command lines; what is wrong with a row is one sentence, and the others stay."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.batch.rows import read_rows, row_parser
from engine.contract.errors import InvalidInputError
from tests.app.batch.lists import write_list


def problem(tmp_path: Path, **fields: str) -> str:
    (row,) = read_rows(write_list(tmp_path / "l.csv", [fields]))
    return row.problem


def test_every_task_has_its_own_words(tmp_path: Path) -> None:
    rows = read_rows(
        write_list(
            tmp_path / "l.csv",
            [
                {"task": "generate", "input": "a.mp4", "out": "a.wav", "direction": "-90,0", "seed": "1"},
                {"task": "render", "input": "a.swan", "out": "a", "stems": "yes", "seed": ""},
                {"task": "export", "input": "a b.wav", "out": "a.amb", "no_watermark": "1"},
                {"task": "annotate", "input": "a.wav", "out": "notes"},
                {"task": "evaluate", "input": "takes", "out": "r.json", "reference": "truth"},
            ],
        )
    )
    assert [row.problem for row in rows] == [""] * 5
    generate, render, export, annotate, evaluate = (row_parser().parse_args(row.words) for row in rows)
    assert (generate.film, generate.direction.azimuth_deg, generate.seed) == (tmp_path / "a.mp4", -90.0, 1)
    assert (render.project, render.out, render.stems) == (tmp_path / "a.swan", tmp_path / "a", True)
    assert (export.take, export.no_watermark) == (tmp_path / "a b.wav", True)
    assert annotate.files == [tmp_path / "a.wav"]
    assert (evaluate.generated, evaluate.reference) == (tmp_path / "takes", tmp_path / "truth")
    assert rows[3].outputs == (str(tmp_path / "notes" / "a.json"),)


def test_json_lines_are_the_same_rows(tmp_path: Path) -> None:
    table = write_list(tmp_path / "l.csv", [{"task": "export", "input": "a.wav", "out": "b.amb", "rate": "44100"}])
    lines = tmp_path / "l.jsonl"
    lines.write_text('{"task": "export", "input": "a.wav", "out": "b.amb", "rate": 44100}\n\n', "utf-8")
    assert read_rows(lines) == read_rows(table)


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    assert problem(tmp_path, task="play", input="a", out="b").startswith("'play' is not a task")
    assert "no out" in problem(tmp_path, task="render", input="a", out="")
    assert "no input" in problem(tmp_path, task="render", input="", out="b")
    assert "no option 'colour'" in problem(tmp_path, task="render", input="a", out="b", colour="red")
    assert "is yes or no" in problem(tmp_path, task="render", input="a", out="b", stems="some")


def test_two_rows_never_write_the_same_file(tmp_path: Path) -> None:
    first, second = read_rows(
        write_list(tmp_path / "l.csv", [{"task": "export", "input": f"{n}.wav", "out": "a.amb"} for n in "ab"])
    )
    assert (first.problem, second.problem) == ("", "Row 1 writes the same file: use another name.")


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", "input,out\na,b\n"), ("a.doc", "x"), ("a.csv", "task,input,out\n")]
)
def test_a_list_that_is_none_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidInputError, match=name):
        read_rows(tmp_path / name)


@given(st.binary(max_size=200), st.sampled_from(["csv", "tsv", "jsonl"]))
def test_any_bytes_are_rows_or_one_error(tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str) -> None:
    file = tmp_path_factory.mktemp("l") / f"l.{suffix}"
    file.write_bytes(b"task,input,out\n" * (suffix == "csv") + content)
    try:
        rows = read_rows(file)
    except InvalidInputError:
        return
    assert all(row.problem or row.words for row in rows)
