"""Loudness and peaks in numbers: at the ears and of W. A click resets them."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from engine.contract.telemetry import HeardLoudness, LoudnessValues
from widgets.parts.describe import describe
from widgets.parts.focus_ring import paint_focus_ring
from widgets.parts.theme import COLOURS

_WIDTH: Final = 124
_ROW: Final = 18
_NAMES: Final = ("LUFS", "M 0.4 s", "S 3 s", "I all", "Peak", "True peak")
_NAME_WIDTH: Final = 54
_PAUSE_MS: Final = 190
_CLIPS_DB: Final = 0.0
_NOTHING: Final = "–"  # noqa: RUF001 (a dash stands for no number)


class LoudnessReadout(QAbstractButton):
    """Five numbers each for the ears and W: momentary, short and integrated loudness, peak and true peak.

    Opaque, and painted only if a number that it shows has changed.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        describe(
            self,
            "Loudness at the ears and of W",
            "Momentary (0.4 s), short-term (3 s) and integrated loudness in LUFS, and peaks in dB, before the volume; "
            "a click resets them",
            "Alt+Y",
        )
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.columns: tuple[tuple[str, ...], tuple[str, ...]] = (_texts(LoudnessValues()), _texts(LoudnessValues()))
        self._clips = (False, False)
        self._newest = HeardLoudness(LoudnessValues(), LoudnessValues())
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._show_newest)

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(_WIDTH, _ROW * len(_NAMES))

    def show_loudness(self, heard: HeardLoudness) -> None:
        """Show the newest values, five times per second at most, as fast as they can be read."""
        self._newest = heard
        if not self._pause.isActive():
            self._pause.start()
            self._show_newest()

    def _show_newest(self) -> None:
        heard = self._newest
        columns = (_texts(heard.ears), _texts(heard.w))
        if columns == self.columns:
            return
        self.columns = columns
        self._clips = (_clips(heard.ears), _clips(heard.w))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the names and the numbers."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(COLOURS.panel))
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        ears, w = self.columns
        for row, texts in enumerate(zip(_NAMES, ("Ears", *ears), ("W", *w), strict=True)):
            self._paint_row(painter, row, texts)
        if self.hasFocus():
            paint_focus_ring(painter, self.rect())
        painter.end()

    def _paint_row(self, painter: QPainter, row: int, texts: tuple[str, ...]) -> None:
        column = (self.width() - _NAME_WIDTH) / 2
        for place, text in enumerate(texts):
            is_head = row == 0 or place == 0
            clips = row == len(_NAMES) - 1 and place > 0 and self._clips[place - 1]
            painter.setPen(QColor(COLOURS.muted if is_head else COLOURS.bad if clips else COLOURS.text))
            left, width = (4.0, _NAME_WIDTH) if place == 0 else (_NAME_WIDTH + (place - 1) * column, column - 3)
            side = Qt.AlignmentFlag.AlignLeft if place == 0 else Qt.AlignmentFlag.AlignRight
            painter.drawText(QRectF(left, row * _ROW, width, _ROW), side | Qt.AlignmentFlag.AlignVCenter, text)


def _texts(values: LoudnessValues) -> tuple[str, ...]:
    numbers = (
        values.momentary_lufs,
        values.short_lufs,
        values.integrated_lufs,
        values.peak_db,
        values.true_peak_db,
    )
    return tuple(_NOTHING if number is None or number < -99.0 else f"{number:.1f}" for number in numbers)


def _clips(values: LoudnessValues) -> bool:
    return values.true_peak_db is not None and values.true_peak_db > _CLIPS_DB
