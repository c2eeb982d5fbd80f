"""Tabs take as many rows as they need: every tab is whole, in its order, and reached by the keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from widgets.parts.tab_rows import TabRows
from widgets.parts.theme import apply_theme

WORDS = ("Takes", "Direction", "Levels", "Places", "Sounds", "Library")


@pytest.fixture
def page(qtbot, qapp) -> QWidget:
    apply_theme(qapp)
    page = QWidget()
    qtbot.addWidget(page)
    made = TabRows("Panels")
    for index, word in enumerate(WORDS):
        made.insert(index, word, f"Show {word}")
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(made)
    layout.addWidget(QWidget(), 1)
    page.show()
    return page


@pytest.fixture
def tabs(page: QWidget) -> TabRows:
    found = page.findChild(TabRows)
    assert found is not None
    return found


@pytest.mark.parametrize(("width", "rows"), [(900, 1), (318, 2), (220, 3), (100, 6)])
def test_every_tab_is_whole_in_as_few_rows_as_fit(tabs: TabRows, qtbot, width: int, rows: int) -> None:
    tabs.window().resize(width, 400)
    qtbot.waitUntil(lambda: tabs.width() == width and tabs.height() == tabs.heightForWidth(width), timeout=2000)
    assert len({tab.y() for tab in tabs.tabs}) == rows
    assert [tab.text() for tab in sorted(tabs.tabs, key=lambda tab: (tab.y(), tab.x()))] == list(WORDS)
    for tab in tabs.tabs:
        assert tabs.rect().contains(tab.geometry())
        assert tab.width() >= tab.sizeHint().width()
        assert not any(tab.geometry().intersects(other.geometry()) for other in tabs.tabs if other is not tab)


def test_one_tab_is_chosen_by_click_by_code_and_by_arrow_keys(tabs: TabRows, qtbot) -> None:
    told: list[int] = []
    tabs.chosen.connect(told.append)
    assert tabs.index == 0
    tabs.tabs[3].click()
    tabs.choose(1)
    with qtbot.waitActive(tabs.window()):
        tabs.window().activateWindow()
    tabs.tabs[1].setFocus()
    qtbot.keyClick(tabs.tabs[1], Qt.Key.Key_Right)
    assert told == [3, 1, 2]
    assert tabs.index == 2
    assert [tab.isChecked() for tab in tabs.tabs].count(True) == 1


def test_a_tab_put_first_leaves_the_chosen_one(tabs: TabRows) -> None:
    tabs.insert(0, "Suggestions", "Show suggestions")
    assert tabs.tabs[tabs.index].text() == "Takes"
    assert tabs.tabs[0].accessibleName() == "Suggestions"
    assert tabs.tabs[0].accessibleDescription() == "Show suggestions"
