import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from engine.contract.telemetry import EngineNotice
from widgets.film import notice_bar
from widgets.film.notice_bar import NoticeBar
from widgets.parts.theme import COLOURS

STAYS = EngineNotice("The sound stays on 'pulse'.", topic="device")
SLOW = EngineNotice("The film is read too slowly.", topic="film", lasts=True)


@pytest.fixture
def window(qtbot):
    made = QWidget()
    made.resize(640, 480)
    made.film = QLabel("film", made)
    made.film.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.film.setGeometry(10, 20, 600, 300)
    made.bar = NoticeBar(made.film, made)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
    return made


@pytest.mark.slow
def test_it_lies_over_the_lower_edge_of_the_film_and_moves_nothing(window):
    before = window.film.geometry()
    assert not window.bar.isVisible()
    window.bar.show_notice(STAYS)
    assert window.bar.isVisible()
    assert window.film.geometry() == before
    assert window.bar.geometry().bottom() == before.bottom()
    assert before.contains(window.bar.geometry())
    window.film.setGeometry(0, 0, 300, 200)
    assert window.film.geometry().contains(window.bar.geometry())
    assert window.bar.text.height() >= window.bar.text.heightForWidth(window.bar.text.width())
    assert window.bar.accessibleName() == "Notice"
    assert "pulse" in window.bar.accessibleDescription()


def test_it_paints_its_own_ground(window, qapp):
    window.bar.show_notice(SLOW)
    picture = window.bar.grab().toImage()
    assert picture.pixelColor(5, 5).name() == COLOURS.raised
    assert picture.pixelColor(0, 0).name() == COLOURS.warning


def test_the_newest_is_first_and_a_topic_says_one_thing_at_a_time(window):
    window.bar.show_notice(STAYS)
    window.bar.show_notice(SLOW)
    assert window.bar.messages == [SLOW.message, STAYS.message]
    window.bar.show_notice(EngineNotice("The sound goes to 'Speakers' now.", topic="device"))
    assert window.bar.messages == ["The sound goes to 'Speakers' now.", SLOW.message]
    window.bar.show_notice(EngineNotice("", topic="film"))
    assert window.bar.messages == ["The sound goes to 'Speakers' now."]


def test_the_same_words_are_shown_once_and_no_more_than_three(window):
    for k in range(5):
        for _ in range(2):
            window.bar.show_notice(EngineNotice(f"Remark {k}."))
    assert window.bar.messages == ["Remark 4.", "Remark 3.", "Remark 2."]


def test_what_was_read_goes_and_what_holds_stays(window, qtbot, monkeypatch):
    monkeypatch.setattr(notice_bar, "READ_S", 0.1)
    window.bar.show_notice(STAYS)
    window.bar.show_notice(SLOW)
    qtbot.waitUntil(lambda: window.bar.messages == [SLOW.message], timeout=2000)
    assert window.bar.isVisible()
    assert not window.bar._timer.isActive()
    window.bar.show_notice(EngineNotice("", topic="film"))
    assert not window.bar.isVisible()


def test_the_mouse_the_key_and_esc_close_it(window, qtbot):
    for close in (
        lambda: qtbot.mouseClick(window.bar.close_button, Qt.MouseButton.LeftButton),
        lambda: qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier),
        lambda: (window.bar.close_button.setFocus(), qtbot.keyClick(window.bar.close_button, Qt.Key.Key_Escape)),
    ):
        window.bar.show_notice(SLOW)
        assert window.bar.isVisible()
        close()
        assert not window.bar.isVisible()
        assert window.bar.messages == []
