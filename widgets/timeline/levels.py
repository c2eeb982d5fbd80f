"""Level tracks: how loud a take or a recording is over its time, and pictures of it."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from engine.contract.scene.blocks import Block, GeneratedBlock
from widgets.timeline.geometry.time_scale import TimeScale

TILE_PX: Final = 256
_QUIET_DB: Final = -54.0
_MOST_BYTES: Final = 48 * 2**20


@dataclass(frozen=True, eq=False)
class LevelTrack:
    """Peaks (N,), linear, 1.0 is full scale: value k is the highest of the samples from k * hop_samples on.

    Sample 0 is where the take's recipe or the recording's file begins.
    """

    peaks: NDArray[np.float32]
    hop_samples: int

    @property
    def length_samples(self) -> int:
        """How far it reaches."""
        return len(self.peaks) * self.hop_samples


def source_of(block: Block) -> str | None:
    """Return what a block's level track is filed under: its take's id or its file's path; None: not made yet."""
    return block.current if isinstance(block, GeneratedBlock) else block.file.path


def source_start(block: Block) -> int:
    """Return the sample of the film at which the block's take or file begins, also if a trim hides it."""
    hidden = block.before_samples if isinstance(block, GeneratedBlock) else block.offset_samples
    return block.start_sample - hidden


def column_heights(
    track: LevelTrack, first_column: int, samples_per_column: float, columns: int
) -> NDArray[np.float64]:
    """Return how high each of `columns` columns (N,) is: 0 (-54 dB or less) to 1 (full scale); 0 beyond the track."""
    edges = (first_column + np.arange(columns + 1)) * (samples_per_column / track.hop_samples)
    at = np.floor(edges).astype(np.int64)
    first, until = at[:-1], np.maximum(at[1:], at[:-1] + 1)
    heights = np.zeros(columns)
    inside = np.flatnonzero((first >= 0) & (first < len(track.peaks)))
    if len(inside):
        part = track.peaks[: until[inside[-1]]]
        peaks = np.maximum.reduceat(part, first[inside]).astype(np.float64)
        decibels = 20.0 * np.log10(np.maximum(peaks, 1e-9))
        heights[inside] = np.clip(1.0 - decibels / _QUIET_DB, 0.0, 1.0)
    return heights


@dataclass(frozen=True)
class _TileLook:
    source: str
    tile: int
    samples_per_px: float
    height_px: int
    colour: int
    pixel_ratio: float


class LevelPictures:
    """Paints level tracks from tiles of 256 pixels, which are kept: the newest used 48 MB."""

    def __init__(self) -> None:
        self._tiles: OrderedDict[_TileLook, tuple[LevelTrack, QPixmap]] = OrderedDict()
        self.kept_bytes = 0
        self.drawn = 0
        """How many tiles were drawn so far, for measurements."""

    def paint(
        self,
        painter: QPainter,
        source: str,
        track: LevelTrack,
        start_sample: int,
        scale: TimeScale,
        left: int,
        right: int,
        top: int,
        height: int,
        colour: QColor,
    ) -> None:
        """Paint what lies between two x of a track that begins at a sample of the film."""
        begin = math.floor(scale.x_of(start_sample))
        reaches = begin + math.ceil(scale.width_of(track.length_samples))
        right = min(right, reaches)
        left = max(left, begin)
        ratio = painter.device().devicePixelRatioF()
        for tile in range((left - begin) // TILE_PX, (right - 1 - begin) // TILE_PX + 1 if right > left else 0):
            look = _TileLook(source, tile, scale.samples_per_px, height, colour.rgb(), ratio)
            pixmap = self._tile(look, track)
            x = begin + tile * TILE_PX
            cut_left, cut_right = max(left, x), min(right, x + TILE_PX)
            painter.drawPixmap(
                cut_left, top, cut_right - cut_left, height,
                pixmap, round((cut_left - x) * ratio), 0, round((cut_right - cut_left) * ratio), pixmap.height(),
            )  # fmt: skip

    def _tile(self, look: _TileLook, track: LevelTrack) -> QPixmap:
        known = self._tiles.get(look)
        if known is not None and known[0] is track:
            self._tiles.move_to_end(look)
            return known[1]
        pixmap = _drawn(look, track)
        self.drawn += 1
        if known is None:
            self.kept_bytes += _size(pixmap)
        self._tiles[look] = (track, pixmap)
        self._tiles.move_to_end(look)
        while self.kept_bytes > _MOST_BYTES:
            _, (_, oldest) = self._tiles.popitem(last=False)
            self.kept_bytes -= _size(oldest)
        return pixmap


def _drawn(look: _TileLook, track: LevelTrack) -> QPixmap:
    columns = round(TILE_PX * look.pixel_ratio)
    rows = max(1, round(look.height_px * look.pixel_ratio))
    per_column = look.samples_per_px * TILE_PX / columns
    heights = column_heights(track, look.tile * columns, per_column, columns)
    # From the middle up and down alike, at least a line, so that silence is seen as made.
    from_middle = np.abs(np.arange(rows)[:, None] + 0.5 - rows / 2.0)
    filled = from_middle <= np.maximum(heights * rows / 2.0, 0.5 * look.pixel_ratio)[None, :]
    pixels = np.where(filled, np.uint32(look.colour | 0xFF000000), np.uint32(0))
    image = QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied)
    pixmap = QPixmap.fromImage(image.copy())
    return pixmap


def _size(pixmap: QPixmap) -> int:
    return 4 * pixmap.width() * pixmap.height()
