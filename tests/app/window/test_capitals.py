"""Capitals are used in one way: menus and tools are in Title Case, everything else begins with the only capital."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[3]
CONTROLS: Final = {
    "QPushButton",
    "QCheckBox",
    "QRadioButton",
    "Answer",
    "setWindowTitle",
    "addButton",
    "_button",
    "Panel",
    "panel_dialog",
    "tell",
}
MENUS: Final = {"add", "Command", "QAction"}
SMALL: Final = {"a", "an", "the", "of", "or", "on", "in", "to", "at", "for", "as", "with", "from", "and", "here"}
NAMES: Final = {"SwanSphere", "Reaper", "Ambisonics", "Enter", "Esc", "Space", "Shift", "Ctrl"}
"""Words that are always written like that; what has a capital or a digit inside is one, too."""


def texts(names: set[str], *, as_menu: bool) -> Iterator[tuple[str, str]]:
    """Yield (file, text) of the constant texts that calls of these names get."""
    for file in [*(ROOT / "app").rglob("*.py"), *(ROOT / "widgets").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called not in names or (as_menu and called == "add" and len(node.args) < 4):
                continue
            constants = [part.value for part in node.args if isinstance(part, ast.Constant)]
            said = [value for value in constants if isinstance(value, str)]
            text = said[1 if called == "Command" and len(said) > 1 else 0] if said else ""
            if " " in text:
                yield file.relative_to(ROOT).as_posix(), text.replace("&", "")


def words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_][\w'/-]*", text) if word not in NAMES and word[1:].islower()]


def test_buttons_and_titles_have_one_capital() -> None:
    found = list(texts(CONTROLS, as_menu=False))
    assert len(found) > 40
    wrong = [
        (file, text)
        for file, text in found
        for sentence in re.split(r"(?<=[.?:])\s", text)
        if any(word[0].isupper() for word in words(sentence)[1:])
    ]
    assert wrong == []


def test_entries_of_menus_are_in_title_case() -> None:
    found = list(texts(MENUS, as_menu=True))
    assert len(found) > 40
    wrong = [(file, text) for file, text in found if any(w[0].islower() and w not in SMALL for w in words(text))]
    assert wrong == []


@pytest.mark.parametrize("text", ["Remove Row", "Add the Folder …"])
def test_the_rule_finds_what_it_is_for(text: str) -> None:
    assert any(word[0].isupper() for word in words(text)[1:])
