"""Paints one block: its ground, level, words, changes of words, fades and takes."""

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF

from engine.contract.scene.blocks import Block, GeneratedBlock
from engine.contract.scene.lane import Lane
from widgets.parts.theme import Colours
from widgets.timeline.bed_parts import Part, parts_of
from widgets.timeline.geometry.hits import (
    BLOCK_TOP_PX,
    HANDLE_PX,
    HANDLE_TOP_PX,
    ROW_PX,
    TITLE_PX,
    fade_handle_xs,
    has_handles,
)
from widgets.timeline.geometry.time_scale import TimeScale
from widgets.timeline.levels import LevelPictures, LevelTrack, source_of
from widgets.timeline.looks import block_fill, mixed

BLOCK_PX: Final = ROW_PX - 2 * BLOCK_TOP_PX
MOST_TITLE_PX: Final = 600
_STRIP_PX: Final = 3
_LEAST_TITLE_PX: Final = 26
_BESIDE_MARKS_PX: Final = 70
_BESIDE_PX: Final = 4
_MOST_TITLES: Final = 4096
NOT_MADE: Final = "not made yet"


class BlockPainter:
    """Paints blocks in the colours of a theme. Texts and level pictures are kept."""

    def __init__(self, colours: Colours, font: QFont) -> None:
        self._colours = colours
        self.font = QFont(font)
        self.font.setPixelSize(12)
        self._metrics = QFontMetrics(self.font)
        self._titles: dict[tuple[str, int], str] = {}
        self.levels = LevelPictures()

    def paint(
        self,
        painter: QPainter,
        scale: TimeScale,
        lane: Lane,
        block: Block,
        track: LevelTrack | None,
        top: int,
        clip: QRect,
        *,
        is_heard: bool,
        is_selected: bool,
    ) -> None:
        """Paint a block of a lane whose row begins at `top`, as far as it lies in `clip`."""
        colours = self._colours
        whole = _rect(scale, block, top)
        seen = whole.intersected(clip.adjusted(-_BESIDE_PX, 0, _BESIDE_PX, 0))
        seen.setTop(whole.top())
        seen.setBottom(whole.bottom())
        if seen.width() <= 0:
            return
        painter.fillRect(seen, block_fill(lane.colour, colours, is_heard))
        strip = QRect(seen.left(), seen.top(), seen.width(), _STRIP_PX)
        painter.fillRect(strip, QColor(lane.colour) if is_heard else mixed(lane.colour, colours.panel, 0.5))
        missing = self._paint_sound(painter, scale, lane, block, track, whole, seen, is_heard)
        if whole.width() > _BESIDE_PX:
            if isinstance(block, GeneratedBlock) and len(block.recipe.cues) > 1:
                self._paint_cues(painter, scale, block, whole, seen)
            self._paint_fades(painter, scale, block, whole)
            self._paint_texts(painter, block, whole, clip, is_heard)
            self._paint_missing(painter, missing)
        self._paint_edge(painter, lane, whole, seen, is_selected)
        if is_selected and has_handles(scale, block):
            self._paint_handles(painter, scale, block, whole)

    def paint_film(
        self, painter: QPainter, scale: TimeScale, lane: Lane, length_samples: int, name: str,
        track: LevelTrack | None, top: int, clip: QRect, *, is_heard: bool,
    ) -> None:  # fmt: skip
        """Paint the film's own sound, which reaches from the start to the end of the film."""
        colours = self._colours
        right = round(scale.x_of(length_samples))
        whole = QRect(round(scale.x_of(0)), top + BLOCK_TOP_PX, max(2, right - round(scale.x_of(0))), BLOCK_PX)
        seen = QRect(whole)
        seen.setLeft(max(whole.left(), clip.left() - _BESIDE_PX))
        seen.setRight(min(whole.right(), clip.right() + _BESIDE_PX))
        if seen.width() <= 0:
            return
        painter.fillRect(seen, block_fill(lane.colour, colours, is_heard))
        strip = QRect(seen.left(), seen.top(), seen.width(), _STRIP_PX)
        painter.fillRect(strip, QColor(lane.colour) if is_heard else mixed(lane.colour, colours.panel, 0.5))
        if track is not None:
            colour = mixed(lane.colour, colours.text, 0.72) if is_heard else mixed(lane.colour, colours.panel, 0.45)
            inner, height = whole.top() + TITLE_PX, whole.height() - TITLE_PX - 2
            edge = seen.right() + 1
            self.levels.paint(painter, "film", track, 0, scale, seen.left(), edge, inner, height, colour)
        left = max(whole.left(), 0) + 6
        if whole.right() - left > _LEAST_TITLE_PX:
            painter.setFont(self.font)
            painter.setPen(QColor(colours.text if is_heard else colours.muted))
            room = min(whole.right() - left - 4, MOST_TITLE_PX)
            painter.drawText(left, whole.top() + _STRIP_PX + self._metrics.ascent(), self._elided(name, room))

    def _paint_sound(
        self, painter: QPainter, scale: TimeScale, lane: Lane, block: Block, track: LevelTrack | None,
        whole: QRect, seen: QRect, is_heard: bool,
    ) -> QRect:  # fmt: skip
        """Paint the level, and hatching over the part without sound yet; return the rectangle of that part."""
        colours = self._colours
        colour = mixed(lane.colour, colours.text, 0.72) if is_heard else mixed(lane.colour, colours.panel, 0.45)
        top, height = whole.top() + TITLE_PX, whole.height() - TITLE_PX - 2
        source = source_of(block)
        made_to = seen.left()
        if track is not None:
            name = f"block {block.block_id}" if source is None else source
            first, last = scale.sample_at(seen.left()), scale.sample_at(seen.right() + 1)
            grows = Part(block.start_sample, first, last)
            for part in [grows] if source is None else parts_of(block, first, last):
                left, right = round(scale.x_of(part.start)), round(scale.x_of(part.end))
                self.levels.paint(painter, name, track, part.source_start, scale, left, right, top, height, colour)
            made_to = max(made_to, int(scale.x_of(grows.source_start + track.length_samples)))
        if source is not None or made_to > seen.right():
            return QRect()
        missing = QRect(made_to, top, seen.right() + 1 - made_to, height)
        painter.save()
        painter.setBrushOrigin(whole.left(), 0)  # the hatching stays on the block while it is scrolled
        lines = mixed(lane.colour, colours.text, 0.5) if is_heard else mixed(lane.colour, colours.panel, 0.6)
        painter.fillRect(missing, QBrush(lines, Qt.BrushStyle.BDiagPattern))
        painter.restore()
        return missing

    def _paint_cues(
        self, painter: QPainter, scale: TimeScale, block: GeneratedBlock, whole: QRect, seen: QRect
    ) -> None:
        """Paint a line where the words change, and a slope over the ramp."""
        painter.setPen(QPen(QColor(self._colours.text), 1.0, Qt.PenStyle.DotLine))
        start = block.start_sample - block.before_samples
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for cue in block.recipe.cues[1:]:
            left = scale.x_of(start + cue.after_samples)
            right = left + scale.width_of(cue.ramp_samples)
            if left > whole.left() and left < seen.right() and right > seen.left():
                painter.drawLine(QPointF(left, whole.bottom()), QPointF(right, whole.top() + TITLE_PX))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_fades(self, painter: QPainter, scale: TimeScale, block: Block, whole: QRect) -> None:
        left, right, top, bottom = whole.left(), whole.right() + 1, whole.top() + TITLE_PX, whole.bottom() + 1
        corners = (
            (left, left + scale.width_of(block.fade_in_samples), block.fade_in_samples),
            (right, right - scale.width_of(block.fade_out_samples), block.fade_out_samples),
        )
        shade = QColor(self._colours.window)
        shade.setAlphaF(0.62)
        for edge, end, samples in corners:
            if not samples:
                continue
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            painter.drawPolygon(QPolygonF([QPointF(edge, top), QPointF(end, top), QPointF(edge, bottom)]))
            painter.setPen(QPen(QColor(self._colours.text), 1.0))
            painter.drawLine(QPointF(edge, bottom), QPointF(end, top))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_texts(self, painter: QPainter, block: Block, whole: QRect, clip: QRect, is_heard: bool) -> None:
        """Paint the words at the left of what is seen, so that long blocks keep theirs; then gain and takes."""
        left = max(whole.left(), 0) + 6
        room = whole.right() - left - 4
        if room < _LEAST_TITLE_PX or left > clip.right() + 1:
            return
        painter.setFont(self.font)
        painter.setPen(QColor(self._colours.text if is_heard else self._colours.muted))
        base = whole.top() + _STRIP_PX + self._metrics.ascent()
        for mark in (take_count(block), gain_mark(block)):
            width = self._metrics.horizontalAdvance(mark)
            if mark and room > width + _BESIDE_MARKS_PX:
                painter.drawText(left + room - 1 - width, base, mark)
                room -= width + 8
        painter.drawText(left, base, self._elided(block.title, min(room, MOST_TITLE_PX)))

    def _paint_missing(self, painter: QPainter, missing: QRect) -> None:
        """Say that there is no sound yet, at the left of where there is none."""
        left = max(missing.left(), 0) + 8
        text = QRect(left, missing.center().y() - 8, self._metrics.horizontalAdvance(NOT_MADE) + 8, 17)
        if text.right() + 8 < missing.right():
            painter.setFont(self.font)
            painter.setPen(QColor(self._colours.text))
            painter.fillRect(text, QColor(self._colours.panel))
            painter.drawText(text, Qt.AlignmentFlag.AlignCenter, NOT_MADE)

    def _paint_edge(self, painter: QPainter, lane: Lane, whole: QRect, seen: QRect, is_selected: bool) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if is_selected:
            pen = QPen(QColor(self._colours.text), 2.0)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(QRectF(seen).adjusted(1.0, 1.0, -1.0, -1.0))
            return
        painter.setPen(mixed(lane.colour, self._colours.window, 0.7))
        for x in {whole.left(), whole.right()}:  # two blocks that meet are seen to be two
            painter.drawLine(x, whole.top(), x, whole.bottom())

    def _paint_handles(self, painter: QPainter, scale: TimeScale, block: Block, whole: QRect) -> None:
        painter.setPen(QColor(self._colours.window))
        painter.setBrush(QColor(self._colours.text))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for x in fade_handle_xs(scale, block):
            painter.drawEllipse(QRectF(x + 0.5, whole.top() + HANDLE_TOP_PX + 0.5, HANDLE_PX - 1.0, HANDLE_PX - 1.0))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _elided(self, title: str, width: int) -> str:
        key = (title, width)
        if key not in self._titles:
            if len(self._titles) >= _MOST_TITLES:
                self._titles.clear()
            self._titles[key] = self._metrics.elidedText(title, Qt.TextElideMode.ElideRight, width)
        return self._titles[key]


def take_count(block: Block) -> str:
    """Return which of how many takes is heard: "2/5", "5 takes" if none is; "" for at most one."""
    if not isinstance(block, GeneratedBlock) or len(block.takes) < 2:
        return ""
    ids = [take.take_id for take in block.takes]
    return f"{len(ids)} takes" if block.current is None else f"{ids.index(block.current) + 1}/{len(ids)}"


def gain_mark(block: Block) -> str:
    """Return the gain of a block: "+3.0 dB", "" for 0 dB."""
    text = f"{block.gain_db:+.1f} dB"
    return "" if text[1:] == "0.0 dB" else text


def _rect(scale: TimeScale, block: Block, top: int) -> QRect:
    """Return the rectangle of a block in whole pixels, at least two wide."""
    left, right = round(scale.x_of(block.start_sample)), round(scale.x_of(block.end_sample))
    return QRect(left, top + BLOCK_TOP_PX, max(2, right - left), BLOCK_PX)
