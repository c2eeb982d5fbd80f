"""Notices during playback: a bar over the lower edge of the film, which moves nothing."""

import time
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from engine.contract.telemetry import EngineNotice
from widgets.parts.describe import describe
from widgets.parts.icons import close_icon
from widgets.parts.theme import COLOURS

READ_S: Final = 12.0
"""How long a temporary notice stays."""
_MOST_SHOWN: Final = 3
_TICK_MS: Final = 250


@dataclass
class _Entry:
    notice: EngineNotice
    until_s: float


class NoticeBar(QWidget):
    """Shows the newest notices over the lower edge of `film`, one per line, and hides when all are gone.

    It is a sibling of the film and opaque, so that neither repaints the other.
    """

    def __init__(self, film: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Notice")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._film = film
        self._entries: list[_Entry] = []
        self._is_at_top = False
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.close_button = QToolButton()
        self.close_button.setIcon(close_icon())
        self.close_button.setIconSize(QSize(14, 14))
        describe(self.close_button, "Close the notice", "Hide this notice; Esc also hides it", "Alt+N")
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 6, 6)
        row.setSpacing(10)
        row.addWidget(self.text, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._drop_what_is_over)
        self.close_button.clicked.connect(self.clear)
        film.installEventFilter(self)
        self.hide()

    @property
    def messages(self) -> list[str]:
        """The notices on display, newest first."""
        return [entry.notice.message for entry in reversed(self._entries)]

    def show_notice(self, notice: EngineNotice) -> None:
        """Show a notice, or remove those of its topic if it has no message."""
        self._entries = [entry for entry in self._entries if not _is_replaced(entry.notice, notice)]
        if notice.message:
            self._entries.append(_Entry(notice, time.monotonic() + READ_S))
            del self._entries[:-_MOST_SHOWN]
        self._show()

    def set_at_top(self, is_at_top: bool) -> None:
        """Lie over the upper edge of the film instead of the lower one."""
        self._is_at_top = is_at_top
        self._place()

    def clear(self) -> None:
        """Remove every notice."""
        self._entries.clear()
        self._show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the frame."""
        painter = QPainter(self)
        painter.setPen(QColor(COLOURS.warning))
        painter.setBrush(QColor(COLOURS.raised))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the bar at its place when what is under it moves."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def _drop_what_is_over(self) -> None:
        now_s = time.monotonic()
        self._entries = [entry for entry in self._entries if entry.notice.lasts or entry.until_s > now_s]
        self._show()

    def _show(self) -> None:
        text = "\n".join(self.messages)
        if any(not entry.notice.lasts for entry in self._entries):
            self._timer.start()
        else:
            self._timer.stop()
        if text == self.text.text():
            return
        self.text.setText(text)
        self.setAccessibleDescription(text)
        if not text:
            self.hide()
            return
        self._place()
        self.show()
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _place(self) -> None:
        film, around = self._film.geometry(), self._row.contentsMargins()
        inner = film.width() - around.left() - around.right()
        text_width = inner - self._row.spacing() - self.close_button.sizeHint().width()
        margins = around.top() + around.bottom()
        wanted = max(self.text.heightForWidth(text_width), self.close_button.sizeHint().height()) + margins + 2
        height = min(wanted, film.height())
        top = film.top() if self._is_at_top else film.bottom() + 1 - height
        self.setGeometry(film.left(), top, film.width(), height)


def _is_replaced(before: EngineNotice, new: EngineNotice) -> bool:
    return before.topic == new.topic if new.topic else before.message == new.message
