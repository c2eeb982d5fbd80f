"""Names from a template: any alphabet, 255 bytes at most, never two alike."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.file_format import FileFormat
from app.delivery.names import NameTemplate, beside, fitted_name, named_parts
from app.delivery.parts import Part
from engine.contract.errors import InvalidInputError

DAY = date(2026, 3, 4)
MIX = Part("mix")


def test_the_fields_are_filled() -> None:
    name = NameTemplate().name("walk", Part("2 Dog: bark", 2), FileFormat("amb", ".amb"), DAY)
    assert name == "walk_2 Dog bark_2026-03-04_fuma.amb"


def test_the_format_in_a_name_says_which_channels_are_inside() -> None:
    name = NameTemplate("{format}")
    assert name.name("", MIX, FileFormat("wav", ".wav"), DAY) == "ambix.wav"
    assert name.name("", Part("head-locked", is_stereo=True), FileFormat("wav", ".wav"), DAY) == "stereo.wav"
    assert name.name("", MIX, FileFormat("binaural", ".wav"), DAY) == "binaural.wav"


@pytest.mark.parametrize("text", ["{projekt}", "{}", "", " . ", "///"])
def test_a_template_that_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        NameTemplate(text)


@given(st.text(max_size=400), st.sampled_from([".wav", ".flac", ".mov"]))
def test_any_name_fits_a_disk(text: str, suffix: str) -> None:
    name = fitted_name(text, suffix)
    assert len(f"{name}.rejected".encode()) <= 255
    assert name.endswith(suffix)
    assert len(name) > len(suffix)
    assert not set(name) & set('<>:"/\\|?*\0\n')


def test_long_names_of_any_alphabet_are_written(tmp_path: Path) -> None:
    for text in ("犬" * 200, "ж" * 300, "🎧" * 100, "a" * 400):
        (tmp_path / fitted_name(text, ".wav")).write_bytes(b"")


def test_equal_names_get_a_number(tmp_path: Path) -> None:
    parts = [Part("1 dog", 1), Part("1 Dog", 2), MIX]
    files = named_parts(NameTemplate("{project}"), "x" * 300, parts, FileFormat(), tmp_path, DAY)
    assert len({path.name.casefold() for path in files.values()}) == 3
    assert all(len(path.name.encode()) <= 246 for path in files.values())


def test_parts_lie_beside_the_mix(tmp_path: Path) -> None:
    form = FileFormat("mov", ".mov", "pcm24")
    files = beside(tmp_path / "a.mov", [MIX, Part("1 Dog", 1), Part("2 Music", 2, is_stereo=True)], form)
    assert [path.name for path in files.values()] == ["a.mov", "a 1 Dog.wav", "a 2 Music.wav"]
    assert beside(tmp_path / "a.amb", [MIX], FileFormat("amb", ".amb")) == {MIX: tmp_path / "a.amb"}
