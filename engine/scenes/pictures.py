"""Pictures for composed scenes: cut-outs moved over panoramas along the sound's path, at the conditioning rate."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.contract.conventions import CONDITIONING_FPS, CONDITIONING_FRAME_SIZE, PATCH_S
from engine.contract.directions import azimuth_elevation, direction_to_equirectangular
from engine.scenes.composer import SceneSource
from engine.scenes.picture_variation import varied_background, varied_film, varied_shape
from engine.scenes.sound_bank import is_held_out

_PAUSE_PATCHES = 3
_PULSE = 1.25
"""Magnification of a thing in a frame in which its sound sets in."""


@dataclass(frozen=True, eq=False)
class PictureBank:
    """Panoramas (128, 256, 3) uint8 and cut-outs (h, w, 4) uint8 by class, of one side of the split."""

    panoramas: tuple[NDArray[np.uint8], ...]
    cutouts: dict[str, tuple[NDArray[np.uint8], ...]]


def load_picture_bank(data: Path, *, held_out: bool) -> PictureBank:
    """Read panoramas.tsv and cutouts.tsv of a data folder."""
    panoramas = []
    for row in _rows(data / "panoramas.tsv"):
        if is_held_out(row["path"], 0.15) == held_out:
            picture = Image.open(data / row["path"]).convert("RGB")
            panoramas.append(np.asarray(picture.resize(CONDITIONING_FRAME_SIZE, Image.Resampling.BOX)))
    cutouts: dict[str, list[NDArray[np.uint8]]] = {}
    for row in _rows(data / "cutouts.tsv"):
        if is_held_out(row["path"], 0.15) == held_out:
            picture = Image.open(data / row["path"]).convert("RGBA")
            picture.thumbnail((64, 64))
            cutouts.setdefault(row["class"], []).append(np.asarray(picture))
    return PictureBank(tuple(panoramas), {k: tuple(v) for k, v in cutouts.items()})


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A cut-out (h, w, 4), a larger copy, its path (patches, 3), and in which patches it is visible and sets in."""

    shape: NDArray[np.uint8]
    larger: NDArray[np.uint8]
    path: NDArray[np.float64]
    seen: NDArray[np.bool_]
    onset: NDArray[np.bool_]


def render_frames(
    bank: PictureBank, sources: Sequence[SceneSource], patches: int, rng: np.random.Generator, *, varied: bool = False
) -> NDArray[np.uint8]:
    """Return frames (F, 128, 256, 3) at 4 fps, or one frame if nothing moves, appears or disappears.

    Sources off screen or from all around are not drawn. A thing is visible from its first sound to its last and is
    drawn larger in a frame in which it begins to sound again: picture and sound set in together. A class without its
    own cut-out is drawn as one of the unlabelled ones. `varied` pictures never look the same twice
    (picture_variation.py): for training, of few panoramas and cut-outs.
    """
    if varied:
        background = varied_background(bank.panoramas, rng)
    else:
        background = np.roll(bank.panoramas[rng.integers(len(bank.panoramas))], int(rng.integers(256)), axis=1)
    every = [_drawn(bank, s, patches, rng, varied) for s in sources if s.path is not None and s.on_screen]
    drawn = [d for d in every if d is not None]
    moving = any(np.ptp(d.path, axis=0).max() > 0.02 or d.onset.any() or not d.seen.all() for d in drawn)
    count = int(patches * PATCH_S * CONDITIONING_FPS) if moving else 1
    frames = np.empty((count, *background.shape), np.uint8)
    for index in range(count):
        frame = background.copy()
        first = int(index / CONDITIONING_FPS / PATCH_S)
        last = max(int((index + 1) / CONDITIONING_FPS / PATCH_S), first + 1)
        for thing in drawn:
            if thing.seen[first:last].any():
                _paste(frame, thing.larger if thing.onset[first:last].any() else thing.shape, thing.path[first])
        frames[index] = frame
    return varied_film(frames, rng) if varied else frames


def _drawn(
    bank: PictureBank, source: SceneSource, patches: int, rng: np.random.Generator, varied: bool
) -> _Drawn | None:
    """Return how a placed source is drawn, or None if it never sounds."""
    assert source.path is not None
    active = np.ones(patches, bool) if source.active is None else source.active
    if not active.any():
        return None
    shapes = bank.cutouts.get(source.sound_class) or bank.cutouts[""]
    shape = Image.fromarray(shapes[rng.integers(len(shapes))])
    if varied:
        shape = varied_shape(shape, rng)
    scale = rng.uniform(18, 44) / max(shape.size)
    sounding = np.flatnonzero(active)
    seen = np.zeros(patches, bool)
    # A pause of less than half a second at either end does not count as appearing or disappearing.
    first, last = (int(v) for v in sounding[[0, -1]])
    seen[first if first > _PAUSE_PATCHES else 0 : last + 1 if patches - last > _PAUSE_PATCHES + 1 else patches] = True
    onset = active & ~np.concatenate([[True], active[:-1]])
    if source.onsets_s:
        # The recording continues between two events, so what is active does not show them.
        begins = (np.array(source.onsets_s) / PATCH_S).astype(int)
        onset = np.isin(np.arange(patches), begins[begins > 0])
    onset[first] |= first > _PAUSE_PATCHES
    sizes = [(max(round(shape.width * k), 3), max(round(shape.height * k), 3)) for k in (scale, scale * _PULSE)]
    plain, larger = (np.asarray(shape.resize(size)) for size in sizes)
    return _Drawn(plain, larger, source.path, seen, onset)


def _paste(frame: NDArray[np.uint8], shape: NDArray[np.uint8], direction: NDArray[np.float64]) -> None:
    height, width = frame.shape[:2]
    azimuth, elevation = azimuth_elevation(direction)
    x, y = direction_to_equirectangular(azimuth, elevation, width, height)
    stretch = min(1.0 / max(float(np.cos(elevation)), 0.2), 4.0)
    if stretch > 1.05:
        wide = Image.fromarray(shape).resize((max(round(shape.shape[1] * stretch), 3), shape.shape[0]))
        shape = np.asarray(wide)
    top, left = round(float(y)) - shape.shape[0] // 2, round(float(x)) - shape.shape[1] // 2
    first, last = max(top, 0), min(top + shape.shape[0], height)
    if last <= first:
        return
    shape = shape[first - top : last - top]
    columns = np.arange(left, left + shape.shape[1]) % width
    alpha = shape[..., 3:].astype(np.float32) / 255.0
    under = frame[first:last, columns].astype(np.float32)
    frame[first:last, columns] = (alpha * shape[..., :3] + (1 - alpha) * under).astype(np.uint8)
