import os
from pathlib import Path

import pytest

from engine.contract.errors import ExportError
from engine.files import apart
from engine.files.apart import files_of, keep_apart, keep_names_apart


@pytest.fixture
def film(tmp_path) -> Path:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    return film


def links_to(film: Path) -> list[Path]:
    soft, hard, folder = film.with_name("soft.wav"), film.with_name("hard.wav"), film.with_name("folder")
    soft.symlink_to(film)
    os.link(film, hard)
    folder.symlink_to(film.parent)
    return [film, soft, hard, folder / film.name, film.parent / "." / "folder" / ".." / film.parent.name / film.name]


def test_an_input_is_refused_by_whatever_name(film):
    for place in links_to(film):
        with pytest.raises(ExportError, match="film") as raised:
            keep_apart([None, film.with_name("other.wav"), place], {"film": film})
        assert str(place) in str(raised.value)


def test_the_film_may_be_the_link_and_the_output_the_file(film):
    for place in links_to(film):
        with pytest.raises(ExportError, match="film"):
            keep_apart([film], {"film": [place]})


def test_a_link_that_leads_to_an_input_to_come_is_that_input(tmp_path):
    (tmp_path / "link.wav").symlink_to(tmp_path / "later.wav")
    with pytest.raises(ExportError, match="same file"):
        keep_apart([tmp_path / "link.wav"], {"sound file": tmp_path / "later.wav"})


def test_a_folder_that_is_replaced_may_not_hold_an_input(film):
    inner = film.with_name("work") / "deep"
    inner.mkdir(parents=True)
    (inner / "sounds.tsv").write_text("")
    link = film.with_name("link")
    link.symlink_to(inner)
    for place in (inner, inner.parent, link):
        with pytest.raises(ExportError, match=r"contains the table .*sounds\.tsv"):
            keep_apart([place], {"table": [inner / "sounds.tsv"]})
    keep_apart([inner], {"film": film, "folder": film.parent})


def test_what_is_apart_is_let_be(film):
    keep_apart([film.with_name("film.wav"), film.parent / "missing" / "film.mp4"], {"film": film, "nothing": None})


def test_two_outputs_of_one_file_are_refused(film):
    for place in links_to(film)[1:]:
        with pytest.raises(ExportError, match="same name"):
            keep_names_apart([film, None, place])
    keep_names_apart([film, film.with_name("FILM.mp4")])


def test_letters_do_not_matter_on_a_disk_that_does_not_care(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "_ignores_case", lambda folder: True)
    with pytest.raises(ExportError, match="same name"):
        keep_names_apart([tmp_path / "Take.wav", tmp_path / "TAKE.WAV"])


def test_a_folder_tells_whether_letters_matter(tmp_path):
    folder = tmp_path / "Disk"
    folder.mkdir()
    assert not apart._ignores_case(folder)
    (tmp_path / "dISK").symlink_to(folder)  # what such a disk looks like from outside
    assert apart._ignores_case(folder)


def test_files_of_a_folder(film):
    assert files_of(film.parent, "*.mp4", "*.wav") == [film]
    assert files_of(film.parent / "missing", "*") == files_of(None, "*") == []
