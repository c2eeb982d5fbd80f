"""Level meters of W, X, Y and Z with a slow fall and a held peak."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.contract.conventions import DISPLAY_ORDER
from engine.contract.telemetry import FoaLevels
from widgets.text import SILENCE_DB, level_db
from widgets.theme import COLOURS

LOWEST_DB = -60.0
_FALL_DB_S = 24.0
_HOLD_S = 1.2
_FRAME_MS = 33
_TICKS_DB = (-60, -48, -36, -24, -12, 0)
_SCALE_WIDTH = 34.0
_BAR_WIDTH = 18.0
_TEXT_HEIGHT = 20.0
_CENTRE = Qt.AlignmentFlag.AlignCenter


class ChannelMeters(QWidget):
    """Four upright bars, -60 to 0 dB of RMS. Rises at once, falls at 24 dB/s, holds the peak for 1.2 s."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Levels of W, X, Y and Z")
        self.setToolTip("Level of each channel of the field; the line holds the recent peak")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(130)
        self.levels_db = [SILENCE_DB] * len(DISPLAY_ORDER)
        self.peaks_db = [SILENCE_DB] * len(DISPLAY_ORDER)
        self._peak_age_s = [0.0] * len(DISPLAY_ORDER)
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._tick)

    def sizeHint(self) -> QSize:
        return QSize(240, 150)

    def show_levels(self, levels: FoaLevels) -> None:
        """Take the levels of what is heard now."""
        for place, channel in enumerate(DISPLAY_ORDER):
            level = level_db(float(levels.rms[channel]))
            self.levels_db[place] = max(self.levels_db[place], level)
            if level >= self.peaks_db[place]:
                self.peaks_db[place] = level
                self._peak_age_s[place] = 0.0
        if not self._timer.isActive():
            self._timer.start()

    def advance(self, seconds: float) -> None:
        """Let the bars fall for a time; stops drawing when all are down."""
        for place in range(len(DISPLAY_ORDER)):
            self.levels_db[place] = max(SILENCE_DB, self.levels_db[place] - _FALL_DB_S * seconds)
            self._peak_age_s[place] += seconds
            if self._peak_age_s[place] > _HOLD_S:
                self.peaks_db[place] = max(SILENCE_DB, self.peaks_db[place] - _FALL_DB_S * seconds)
        if max(self.peaks_db) <= LOWEST_DB:
            self._timer.stop()
        self.update()

    def _tick(self) -> None:
        self.advance(_FRAME_MS / 1000.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        column = (self.width() - _SCALE_WIDTH) / len(DISPLAY_ORDER)
        top, height = _TEXT_HEIGHT, self.height() - 2 * _TEXT_HEIGHT
        self._paint_scale(painter, top, height)
        for place, channel in enumerate(DISPLAY_ORDER):
            left = _SCALE_WIDTH + place * column
            bar = QRectF(left + (column - _BAR_WIDTH) / 2, top, _BAR_WIDTH, height)
            self._paint_bar(painter, bar, QColor(COLOURS.channels[channel]), place)
            painter.setPen(QColor(COLOURS.channels[channel]))
            painter.drawText(QRectF(left, 0, column, top), _CENTRE, channel.name)
            shown = self.peaks_db[place]
            painter.setPen(QColor(COLOURS.muted))
            text = f"{shown:.0f} dB" if shown > LOWEST_DB else "-∞ dB"
            painter.drawText(QRectF(left, top + height, column, top), _CENTRE, text)
        painter.end()

    def _paint_bar(self, painter: QPainter, bar: QRectF, colour: QColor, place: int) -> None:
        painter.fillRect(bar, QColor(COLOURS.raised))
        filled = bar.height() * _share(self.levels_db[place])
        painter.fillRect(QRectF(bar.left(), bar.bottom() - filled, bar.width(), filled), colour)
        peak = _share(self.peaks_db[place])
        if peak > 0.0:
            painter.fillRect(
                QRectF(bar.left(), bar.bottom() - bar.height() * peak, bar.width(), 2), QColor(COLOURS.text)
            )

    def _paint_scale(self, painter: QPainter, top: float, height: float) -> None:
        line = QColor(COLOURS.border)
        for tick in _TICKS_DB:
            y = top + height * (1.0 - _share(tick))
            painter.fillRect(QRectF(_SCALE_WIDTH, y, self.width() - _SCALE_WIDTH, 1), line)
            painter.setPen(QColor(COLOURS.muted))
            painter.drawText(
                QRectF(0, y - 8, _SCALE_WIDTH - 8, 16),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                str(tick),
            )


def _share(level_db_value: float) -> float:
    return min(1.0, max(0.0, 1.0 - level_db_value / LOWEST_DB))
