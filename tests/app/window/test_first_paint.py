"""What waits for the window begins once, after it was painted, or a second later if it never is."""

import time

from PySide6.QtWidgets import QWidget

from app.window.first_paint import AfterFirstPaint


class Painted(QWidget):
    """Notes when it is painted, slowly."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self.told = told

    def paintEvent(self, _event) -> None:
        time.sleep(0.02)
        self.told.append("painted")


def test_it_begins_once_after_the_first_paint(qtbot) -> None:
    told: list[str] = []
    window = Painted(told)
    qtbot.addWidget(window)
    AfterFirstPaint(window, lambda: told.append("begun"))
    window.show()
    qtbot.waitUntil(lambda: "begun" in told, timeout=3000)
    window.repaint()
    qtbot.wait(1100)
    assert told.index("painted") < told.index("begun")
    assert told.count("begun") == 1


def test_a_window_that_is_not_painted_begins_nevertheless(qtbot) -> None:
    told: list[str] = []
    window = QWidget()
    qtbot.addWidget(window)
    AfterFirstPaint(window, lambda: told.append("begun"))
    qtbot.wait(100)
    assert not told
    qtbot.waitUntil(lambda: told == ["begun"], timeout=3000)
