"""The list of known sounds: searched, with figures that were measured, and none that were not."""

import pytest
from PySide6.QtCore import Qt

from engine.contract.known_sounds import KnownAs, KnownSound
from widgets.words.sound_browser import SoundBrowser
from widgets.words.wording import known_as_text, recognised_tip

SOUNDS = (
    KnownSound("a puppy barking", "dog", 40, (3, 4), (9, 10)),
    KnownSound("heavy rain", "rain", 55, (1, 4), (8, 10)),
    KnownSound("a loom", "", 1),
)


@pytest.fixture
def browser(qtbot) -> SoundBrowser:
    made = SoundBrowser()
    qtbot.addWidget(made)
    made.show_sounds(SOUNDS)
    made.show()
    return made


def texts(browser: SoundBrowser) -> list[tuple[str, str]]:
    model = browser.model
    return [
        (str(model.data(model.index(row, 0))), str(model.data(model.index(row, 1)))) for row in range(model.rowCount())
    ]


def test_figures_are_shown_only_if_they_were_measured(browser: SoundBrowser) -> None:
    assert texts(browser) == [("a puppy barking", "3 of 4"), ("heavy rain", "1 of 4"), ("a loom", "not measured")]
    assert browser.about.text() == (
        "Kind: dog. 40 recordings in training. An independent tagger recognises 3 of 4 generated takes of this kind, "
        "and 9 of 10 real recordings."
    )
    assert "was not measured" in recognised_tip(SOUNDS[2])
    assert recognised_tip(SOUNDS[2]).startswith("1 recording in training.")


@pytest.mark.parametrize(("text", "names"), [("dog", ["a puppy barking"]), ("RAIN hea", ["heavy rain"]), ("xyz", [])])
def test_a_search_looks_at_names_and_kinds(browser: SoundBrowser, text: str, names: list[str]) -> None:
    browser.search.setText(text)
    assert [name for name, _ in texts(browser)] == names
    assert browser.use_button.isEnabled() is bool(names)
    assert browser.hear_button.isEnabled() is bool(names)


def test_space_plays_enter_and_double_click_use_and_a_busy_button_stops(browser: SoundBrowser, qtbot) -> None:
    with qtbot.waitSignal(browser.heard) as heard:
        qtbot.keyClick(browser.list, Qt.Key.Key_Space)
    assert heard.args == ["a puppy barking"]
    with qtbot.waitSignal(browser.used) as used:
        qtbot.keyClick(browser.list, Qt.Key.Key_Return)
    assert used.args == ["a puppy barking"]
    with qtbot.waitSignal(browser.used):
        browser.list.doubleClicked.emit(browser.model.index(0, 0))
    browser.show_state(0.5, "Generating …", is_busy=True)
    with qtbot.waitSignal(browser.stopped):
        browser.hear_button.click()


def test_several_sounds_and_unknown_ones_are_told_apart() -> None:
    dog, far = KnownAs("a dog", ("dog barking",), 0.834, True), KnownAs("a theremin", ("whistle", "bell"), 0.3, False)
    assert known_as_text(()) == ""
    assert known_as_text((dog,)) == "Read as dog barking, 0.83"
    assert known_as_text((dog, far)) == (
        'Read as dog barking, 0.83; "a theremin": Nothing like this was taught: nearest is whistle or bell, 0.30'
    )
