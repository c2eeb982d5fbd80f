"""Puts the watermark into W: its bands swing by a decibel at most, and those of tones by less.

What is added is W itself, filtered without delay and 18 dB or more below the sound of the same band and moment: where
nothing sounds, nothing is added. X, Y and Z stay as they are, and in every band W keeps its phase, so that the
intensity of the band keeps its direction. Sources in other bands could still gain weight against each other. So the
swings are corrected: over every chip, intensity and level of every four bands stay as they were.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import FOA_CHANNELS
from engine.export.watermark.pattern import BANDS, CHIP_FRAMES, bank, centres_hz, hop_of, swings

Block = NDArray[np.float32]

MOST: Final = 0.12
"""The greatest swing: 1 dB."""
MARGIN_DB: Final = 9.0
"""How far the peak of the mark stays below the level at which the sound masks it."""
_NOISE_MASKS_DB: Final = 5.5
_TONE_MASKS_DB: Final = 14.5
_BATCH: Final = 5 * CHIP_FRAMES
_TOGETHER: Final = 4
"""So many neighbouring bands keep their intensity and their level."""
_HISTORY: Final = 6
_SMOOTHED: Final = 4


class Watermarker:
    """Marks the blocks of one sound; any division into blocks gives the same samples, 20 ms late.

    `rate_hz` is a multiple of 100.
    """

    def __init__(self, rate_hz: int) -> None:
        self._hop = hop_of(rate_hz)
        self._bank = bank(rate_hz)
        turns = np.arange(2 * self._hop) / (2 * self._hop)
        self._window = np.sqrt(0.5 - 0.5 * np.cos(2.0 * np.pi * turns))
        self._limits = _TONE_MASKS_DB + _bark(centres_hz())
        self._history = np.zeros((_HISTORY, self._hop + 1), complex)
        self._tail = np.zeros(self._hop)  # what the last frame adds to the samples after it
        self._waiting: NDArray[np.float64] | None = None
        self._frame = 0
        self._is_begun = False

    def residual(self, field: NDArray[np.floating]) -> NDArray[np.float64]:
        """Take samples (C, n) of a field, or of W alone, and return what is to be added to W, as far as it is known."""
        if self._waiting is None:
            self._waiting = np.zeros((field.shape[0], self._hop))  # the first frame is centred on the first sample
        self._waiting = np.concatenate([self._waiting, field], axis=1)
        done = []
        while self._waiting.shape[1] >= (_BATCH + 1) * self._hop:
            done.append(self._batch(self._waiting[:, : (_BATCH + 1) * self._hop]))
            self._waiting = self._waiting[:, _BATCH * self._hop :]
        if not done:
            return np.zeros(0)
        early = 0 if self._is_begun else self._hop
        self._is_begun = True
        return np.concatenate(done)[early:]

    def _batch(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the frames over the samples that no later frame reaches."""
        hop = self._hop
        frames = np.lib.stride_tricks.sliding_window_view(samples, 2 * hop, axis=1)[:, ::hop]
        spectra = np.fft.rfft(frames * self._window, axis=2)
        w = spectra[0]
        past = np.concatenate([self._history, w])
        self._history = past[-_HISTORY:]
        most = self._strengths(past)
        course = _balanced(swings(self._frame, _BATCH).T * most, most, (np.conj(w) * spectra).real @ self._bank.T)
        self._frame += _BATCH
        added = np.fft.irfft(w * (course @ self._bank), 2 * hop, axis=1) * self._window
        out = added[:, :hop].copy()
        out[0] += self._tail
        out[1:] += added[:-1, hop:]
        self._tail = added[-1, hop:]
        return out.reshape(-1)

    def _strengths(self, past: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Return how far each band may swing (frames, bands), by how tonal it was in the last 40 ms.

        The next frame of a tone follows from its last two, that of noise does not (ISO 11172-3, model 2).
        """
        before, last, now = past[:-2], past[1:-1], past[2:]
        size = 2.0 * np.abs(last) - np.abs(before)
        turn = last * last * np.conj(before)
        expected = size * turn / np.maximum(np.abs(turn), 1e-30)
        power = np.abs(now) ** 2
        odd = np.abs(now - expected) / np.maximum(np.abs(now) + np.abs(expected), 1e-30)
        in_band = self._bank.T
        chaos, loud = (odd * power) @ in_band, power @ in_band
        kept = _SMOOTHED - 1 + _BATCH
        sums = [
            sum(part[-kept + i : part.shape[0] - _SMOOTHED + 1 + i] for i in range(_SMOOTHED)) for part in (chaos, loud)
        ]
        share = sums[0] / np.maximum(sums[1], 1e-30)
        tonal = np.clip(-0.299 - 0.43 * np.log(np.maximum(share, 1e-6)), 0.0, 1.0)
        masks_db = tonal * self._limits + (1.0 - tonal) * _NOISE_MASKS_DB
        return np.minimum(MOST, 10.0 ** (-(masks_db + MARGIN_DB) / 20.0))


def _balanced(
    course: NDArray[np.float64], most: NDArray[np.float64], products: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return swings (frames, bands) changed by as little as possible, so that they neither turn nor raise the sound.

    `products` (C, frames, bands) are W times each channel. Over every chip and every few bands, their sums weighted by
    the swings become zero; the strongest parts change most, and no swing exceeds `most`.
    """
    chips = course.shape[0] // CHIP_FRAMES

    def parts(values: NDArray[np.float64]) -> NDArray[np.float64]:
        cut = values.reshape(chips, CHIP_FRAMES, BANDS // _TOGETHER, _TOGETHER)
        return cut.swapaxes(1, 2).reshape(chips, BANDS // _TOGETHER, CHIP_FRAMES * _TOGETHER)

    wanted, limits = parts(course), parts(most)
    weights = np.stack([parts(product) for product in products], axis=-1)
    weights /= np.maximum(np.abs(weights).max(axis=(2, 3), keepdims=True), 1e-30)
    reach = weights * (limits * limits)[..., None]
    square = np.swapaxes(reach, 2, 3) @ weights
    square += np.eye(weights.shape[-1]) * (1e-6 * np.trace(square, axis1=2, axis2=3) + 1e-30)[..., None, None]
    turned = (wanted[..., None, :] @ weights)[..., 0, :]
    change = (reach @ np.linalg.solve(square, turned[..., None]))[..., 0]
    balanced = np.clip(wanted - change, -limits, limits)
    back = balanced.reshape(chips, BANDS // _TOGETHER, CHIP_FRAMES, _TOGETHER).swapaxes(1, 2)
    return back.reshape(course.shape)


def marked(blocks: Iterable[Block], rate_hz: int) -> Iterator[Block]:
    """Yield the blocks (C, n) of a sound with the mark in their first channel, as long as they were."""
    marker = Watermarker(rate_hz)
    held: list[Block] = []
    channels = 0
    for block in blocks:
        channels = block.shape[0]
        held.append(block)
        yield from _added(held, marker.residual(block[:FOA_CHANNELS]))
    frames = sum(block.shape[1] for block in held)
    if frames:
        end = np.zeros((min(channels, FOA_CHANNELS), (_BATCH + 2) * hop_of(rate_hz)))
        yield from _added(held, marker.residual(end)[:frames])


def _added(held: list[Block], residual: NDArray[np.float64]) -> Iterator[Block]:
    """Yield as many of the held samples as there is a residual for; the rest stays held."""
    if not residual.size:
        return
    whole = np.concatenate(held, axis=1)
    done = whole[:, : residual.size].copy()
    done[0] = (done[0] + residual).astype(np.float32)
    held[:] = [whole[:, residual.size :]]
    yield done


def _bark(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the place on the scale of critical bands (Zwicker and Terhardt, 1980)."""
    return 13.0 * np.arctan(0.00076 * frequency_hz) + 3.5 * np.arctan((frequency_hz / 7_500.0) ** 2)
