"""Questions and texts: whole at any length, and Enter never destroys anything."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QWidget

from app.window.dialogs import ask, question_box, short_name, tell
from widgets.parts.theme import apply_theme

LONG = "This is a long sentence that has to be broken into several lines before it fits into a dialog. " * 6


@pytest.fixture
def window(qtbot, qapp) -> QWidget:
    apply_theme(qapp)
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made


def is_whole(label: QLabel) -> bool:
    return label.height() >= label.heightForWidth(label.width()) and label.width() <= label.window().width()


@pytest.mark.slow
@pytest.mark.parametrize("text", ["Short.", LONG, "With\n\nparagraphs.\n" + LONG])
@pytest.mark.parametrize(
    "make", [lambda w, t: question_box(w, "Replace it?", t, "Replace"), lambda w, t: tell(w, t, t)]
)
def test_no_word_is_cut_off(window, qtbot, text, make):
    dialog = make(window, text)
    dialog.open()
    qtbot.waitUntil(dialog.isVisible)
    labels = [label for label in dialog.findChildren(QLabel) if label.text()]
    assert labels
    assert all(is_whole(label) for label in labels)
    assert all(dialog.rect().contains(label.geometry()) for label in labels)
    dialog.close()


@pytest.mark.slow
@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_enter_and_esc_both_mean_no(window, qtbot, key):
    dialog = question_box(window, "Replace it?", "There is one.", "Replace")
    with qtbot.waitActive(dialog):
        dialog.open()
    qtbot.keyClick(dialog, key)
    assert not dialog.isVisible()
    assert dialog.result() == QDialog.DialogCode.Rejected


@pytest.mark.slow
def test_only_the_button_itself_says_yes(window, qtbot, monkeypatch):
    def press(dialog):
        dialog.show()
        next(button for button in dialog.findChildren(QPushButton) if button.text() == "Replace").click()
        return dialog.result()

    monkeypatch.setattr(QDialog, "exec", press)
    assert ask(window, "Replace it?", "There is one.", "Replace")


def test_a_long_name_keeps_its_beginning_and_its_end():
    assert short_name("beach-foa.wav") == "beach-foa.wav"
    short = short_name("a" * 120 + "-foa.wav")
    assert len(short) < 60
    assert short.startswith("aaa")
    assert short.endswith("-foa.wav")
