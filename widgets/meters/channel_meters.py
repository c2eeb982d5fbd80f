"""Level meters of W, X, Y and Z with a slow fall and a held peak."""

import time

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.contract.conventions import DISPLAY_ORDER
from engine.contract.telemetry import FoaLevels
from widgets.parts.text import SILENCE_DB, level_db
from widgets.parts.theme import COLOURS

LOWEST_DB = -60.0
_FALL_DB_S = 24.0
_HOLD_S = 1.2
_FALL_MS = 80
_TICKS_DB = (-60, -48, -36, -24, -12, 0)
SCALE_WIDTH = 32.0
_BAR_WIDTH = 18.0
_TEXT_HEIGHT = 20.0
_CENTRE = Qt.AlignmentFlag.AlignCenter


class ChannelMeters(QWidget):
    """Four upright bars, -60 to 0 dB of RMS. Rises at once, falls at 24 dB/s, holds the peak for 1.2 s.

    Opaque, with its scale in a separate picture, so that a moving bar never repaints what lies under it.
    Painted when levels arrive. While none arrive, a timer lets the bars fall.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Levels of W, X, Y and Z")
        self.setToolTip("Level of each channel of the field in dB; the line and the number hold the recent peak")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(116)
        self.levels_db = [SILENCE_DB] * len(DISPLAY_ORDER)
        self.peaks_db = [SILENCE_DB] * len(DISPLAY_ORDER)
        self._peak_age_s = [0.0] * len(DISPLAY_ORDER)
        self._drawn: list[tuple[int, int, str]] = []
        self._moved_at_s = time.monotonic()
        self._scale, self._theme = QPixmap(), ""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._timer = QTimer(self)
        self._timer.setInterval(_FALL_MS)
        self._timer.timeout.connect(self._fall)

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(150, 130)

    def show_levels(self, levels: FoaLevels) -> None:
        """Take the levels of the sound that is heard now."""
        if self._timer.isActive():
            self._let_fall(self._seconds_since_moved())
        else:
            self._moved_at_s = time.monotonic()
        for place, channel in enumerate(DISPLAY_ORDER):
            level = level_db(float(levels.rms[channel]))
            self.levels_db[place] = max(self.levels_db[place], level)
            if level >= self.peaks_db[place]:
                self.peaks_db[place] = level
                self._peak_age_s[place] = 0.0
        self._timer.start()  # restart: it has nothing to do while levels come
        self._repaint_if_moved()

    def advance(self, seconds: float) -> None:
        """Let the bars fall for a time; stops drawing when all are down."""
        self._let_fall(seconds)
        if max(self.peaks_db) <= LOWEST_DB:
            self._timer.stop()
        self._repaint_if_moved()

    def _let_fall(self, seconds: float) -> None:
        for place in range(len(DISPLAY_ORDER)):
            self.levels_db[place] = max(SILENCE_DB, self.levels_db[place] - _FALL_DB_S * seconds)
            self._peak_age_s[place] += seconds
            if self._peak_age_s[place] > _HOLD_S:
                self.peaks_db[place] = max(SILENCE_DB, self.peaks_db[place] - _FALL_DB_S * seconds)

    def _seconds_since_moved(self) -> float:
        now_s = time.monotonic()
        seconds, self._moved_at_s = now_s - self._moved_at_s, now_s
        return seconds

    def _fall(self) -> None:
        self.advance(self._seconds_since_moved())

    def _repaint_if_moved(self) -> None:
        """Paint all of it or nothing: Qt draws a picture far faster through one rectangle than through several."""
        height = self._bar(0).height()
        look = [
            (round(height * _share(level)), round(height * _share(peak)), self._peak_text(peak))
            for level, peak in zip(self.levels_db, self.peaks_db, strict=True)
        ]
        if look != self._drawn:
            self._drawn = look
            self.update()

    @staticmethod
    def _peak_text(peak_db: float) -> str:
        return f"{peak_db:.0f}" if peak_db > LOWEST_DB else "-∞"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the scale and the levels."""
        painter = QPainter(self)
        if self._scale.deviceIndependentSize() != self.size() or (
            (self._scale.devicePixelRatio(), self._theme) != (self.devicePixelRatioF(), COLOURS.name)
        ):
            self._scale, self._theme = self._drawn_scale(), COLOURS.name
        painter.drawPixmap(0, 0, self._scale)
        painter.setFont(_small(painter.font()))
        for place, channel in enumerate(DISPLAY_ORDER):
            self._paint_bar(painter, self._bar(place), QColor(COLOURS.channels[channel]), place)
            painter.setPen(QColor(COLOURS.muted))
            text = self._peak_text(self.peaks_db[place])
            painter.drawText(self._cell(place, self.height() - _TEXT_HEIGHT), _CENTRE, text)
        painter.end()

    def _cell(self, place: int, top: float) -> QRectF:
        column = (self.width() - SCALE_WIDTH) / len(DISPLAY_ORDER)
        return QRectF(SCALE_WIDTH + place * column, top, column, _TEXT_HEIGHT)

    def _bar(self, place: int) -> QRectF:
        cell = self._cell(place, _TEXT_HEIGHT)
        height = self.height() - 2 * _TEXT_HEIGHT
        return QRectF(cell.center().x() - _BAR_WIDTH / 2, _TEXT_HEIGHT, _BAR_WIDTH, height)

    def _paint_bar(self, painter: QPainter, bar: QRectF, colour: QColor, place: int) -> None:
        filled = bar.height() * _share(self.levels_db[place])
        painter.fillRect(QRectF(bar.left(), bar.bottom() - filled, bar.width(), filled), colour)
        peak = _share(self.peaks_db[place])
        if peak > 0.0:
            painter.fillRect(
                QRectF(bar.left(), bar.bottom() - bar.height() * peak, bar.width(), 2), QColor(COLOURS.text)
            )

    def _drawn_scale(self) -> QPixmap:
        """Return everything that does not move: the background, the lines with their numbers, the names, empty bars."""
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(QColor(COLOURS.panel))
        painter = QPainter(pixmap)
        painter.setFont(_small(self.font()))
        height = self.height() - 2 * _TEXT_HEIGHT
        for tick in _TICKS_DB:
            y = _TEXT_HEIGHT + height * (1.0 - _share(tick))
            painter.fillRect(QRectF(SCALE_WIDTH, y, self.width() - SCALE_WIDTH, 1), QColor(COLOURS.border))
            painter.setPen(QColor(COLOURS.muted))
            painter.drawText(
                QRectF(0, y - 8, SCALE_WIDTH - 6, 16),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                str(tick),
            )
        for place, channel in enumerate(DISPLAY_ORDER):
            painter.fillRect(self._bar(place), QColor(COLOURS.raised))
            painter.setPen(QColor(COLOURS.channels[channel]))
            painter.drawText(self._cell(place, 0.0), _CENTRE, channel.name)
        painter.end()
        return pixmap


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPixelSize(11)
    return small


def _share(level_db_value: float) -> float:
    return min(1.0, max(0.0, 1.0 - level_db_value / LOWEST_DB))
