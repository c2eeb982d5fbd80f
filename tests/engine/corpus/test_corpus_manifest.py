"""Manifests and folders of a user's corpus: what is read, and one remark for what cannot be used."""

import contextlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.contract.errors import InvalidInputError
from engine.corpus.folder import name_in_words, read_corpus
from engine.corpus.manifest import COLUMNS, read_manifest
from engine.corpus.rows import Remark


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "corpus"
    for name in ("dog/Bark_01.wav", "dog/bark-02.WAV", "films/hall.mp4", "films/hall.wav", "ambience/rain.flac",
                 "0017.wav", ".hidden/x.wav", "notes.txt"):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    (tmp_path / "outside.wav").write_bytes(b"x")
    return root


def manifest(folder: Path, text: str | bytes, name: str = "m.csv") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_folder_tells_labels_classes_pairs_and_ambience(folder: Path) -> None:
    listing = read_corpus(folder)
    rows = {row.name: row for row in listing.rows}
    assert sorted(rows) == ["0017.wav", "ambience/rain.flac", "dog/Bark_01.wav", "dog/bark-02.WAV", "films/hall.wav"]
    assert (rows["dog/Bark_01.wav"].labels, rows["dog/Bark_01.wav"].sound_class) == (("bark",), "dog")
    assert rows["films/hall.wav"].video == folder / "films" / "hall.mp4"
    assert (rows["ambience/rain.flac"].kind, rows["dog/bark-02.WAV"].kind) == ("ambience", None)
    assert (rows["0017.wav"].labels, rows["0017.wav"].sound_class) == ((), "")
    assert listing.other_files == 1
    assert not listing.remarks


def test_a_link_out_of_the_folder_is_not_followed(folder: Path) -> None:
    os.symlink(folder.parent / "outside.wav", folder / "dog" / "linked.wav")
    os.symlink(folder.parent, folder / "up")
    listing = read_corpus(folder)
    assert [remark.name for remark in listing.remarks] == ["dog/linked.wav"]
    assert not any(row.name.startswith("up") or "linked" in row.name for row in listing.rows)


@pytest.mark.parametrize(
    ("name", "words"),
    [("Bark_01", "bark"), ("door--slam (2)", "door slam"), ("0017", ""), ("a1", ""), ("Vögel-3", "vögel"), ("", "")],
)
def test_names_in_words(name: str, words: str) -> None:
    assert name_in_words(name) == words


def test_all_kinds_of_manifest_say_the_same(folder: Path) -> None:
    fields = {"path": "films/hall.wav", "video": "films/hall.mp4", "label": "steps; a door", "class": "footsteps",
              "kind": "Point", "convention": "FuMa", "caption": "Steps, left", "split": "held-out"}  # fmt: skip
    quoted = ",".join(f'"{value}"' for value in fields.values())
    texts = {
        "m.csv": "\ufeff" + ",".join(fields) + "\r\n" + quoted + "\r\n\r\n",
        "m.tsv": "\t".join(fields) + "\n" + "\t".join(fields.values()) + "\n",
        "m.jsonl": "\n" + json.dumps(fields | {"label": ["steps", "a door"], "more": 3, "note": None}) + "\n",
    }
    for name, text in texts.items():
        file = manifest(folder, text, name)
        (row,) = read_corpus(folder, Path(name)).rows
        assert row.path == folder / "films" / "hall.wav"
        assert row.video == folder / "films" / "hall.mp4"
        assert row.labels == ("steps", "a door")
        assert (row.sound_class, row.kind, row.convention, row.split) == ("footsteps", "point", "fuma", "held-out")
        assert row.caption == "Steps, left"
        assert read_corpus(file).rows == (row,)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("../outside.wav,", "leaves the folder"),
        ("/etc/passwd,", "leaves the folder"),
        ("dog/../../outside.wav,", "leaves the folder"),
        ("dog,", "is missing"),
        ("nothing.wav,", "is missing"),
        ("a\0b.wav,", "leaves the folder"),
        (",dog", "has no path"),
        ("dog/Bark_01.wav,dog,somewhere", "has the kind"),
        ("0017.wav,dog", "listed on line 2"),
        ("./0017.wav,dog", "listed on line 2"),
        ("x" * 5000 + ",", "shorten"),
    ],
)
def test_a_bad_line_is_one_remark(folder: Path, line: str, said: str) -> None:
    listing = read_manifest(manifest(folder, f"path,label,kind\n0017.wav,dog\n{line}\n"), folder)
    assert len(listing.rows) == 1
    (remark,) = listing.remarks
    assert (remark.line, remark.bad) == (3, True)
    assert said in str(remark)
    assert str(remark).count("\n") == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.csv", "label,class\nx,y\n"),
        ("m.csv", "path;label\nx;y\n"),
        ("m.csv", b"path,label\n\xff\xfe,x\n"),
        ("m.csv", "path\n" + "x" * 200_000 + "\n"),
        ("m.csv", ""),
        ("m.csv", "path,label\n"),
        ("m.jsonl", "\n\n"),
        ("m.xlsx", "path"),
    ],
)
def test_a_manifest_that_is_none_is_a_sentence(folder: Path, name: str, text: str | bytes) -> None:
    file = manifest(folder, text, name)
    with pytest.raises(InvalidInputError, match=name.replace(".", r"\.")) as caught:
        read_manifest(file, folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line", ["[1]", "{", "[" * 50_000, "3", '{"path": 5}', '{"path": ["a"]}', '{"path": {"a": 1}}']
)
def test_json_lines_of_any_kind_are_remarks(folder: Path, line: str) -> None:
    listing = read_manifest(manifest(folder, line + "\n", "m.jsonl"), folder)
    assert not listing.rows
    assert len(listing.remarks) == 1


def test_a_missing_corpus_is_a_sentence(tmp_path: Path) -> None:
    for corpus, given_manifest in ((tmp_path / "no", None), (tmp_path, None), (tmp_path, Path("no.csv"))):
        with pytest.raises(InvalidInputError):
            read_corpus(corpus, given_manifest)


def test_names_cannot_write_to_the_terminal() -> None:
    shown = str(Remark("a\x1b[2J\nb.wav", "is bad\r\x07", True))
    assert shown.isprintable()
    assert shown.startswith("a\\x1b[2J\\x0ab.wav: ")


cells = st.text(alphabet=st.characters(codec="utf-8"), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.permutations(list(COLUMNS)),
    rows=st.lists(st.lists(cells | st.sampled_from(["0017.wav", "../x", "point", "\0"]), max_size=9), max_size=5),
    name=st.sampled_from(["m.csv", "m.tsv"]),
)
def test_any_table_gives_rows_remarks_or_one_sentence(
    folder: Path, header: list[str], rows: list[list[str]], name: str
) -> None:
    delimiter = "," if name == "m.csv" else "\t"
    text = "\n".join([delimiter.join(header), *(delimiter.join(row) for row in rows)])
    _reads_or_says(folder, manifest(folder, text, name))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), name=st.sampled_from(["m.csv", "m.tsv", "m.jsonl"]))
def test_any_bytes_give_rows_remarks_or_one_sentence(folder: Path, content: bytes, name: str) -> None:
    _reads_or_says(folder, manifest(folder, content, name))


def _reads_or_says(folder: Path, file: Path) -> None:
    with contextlib.suppress(InvalidInputError):
        listing = read_manifest(file, folder)
        assert all(row.path.is_relative_to(folder) and row.path.is_file() for row in listing.rows)
        assert all(str(remark).isprintable() for remark in listing.remarks)
