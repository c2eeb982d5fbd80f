"""From magnitudes to sound, causally and without coded phases.

W's bins are filled from two sources. Bins near a prominent spectral peak continue a sinusoid: its frequency is read
from the peak by parabolic interpolation and its phase is integrated from frame to frame (single pass spectrogram
inversion, Beauregard, Harish & Wyse 2015). All other bins filter an excitation noise that is flatter at the resolution
of hearing than chance makes it, so that the level asked for is about the level heard. Y, Z, X are W times their ratio
plus an independent stretch of the excitation at the residual's level.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.model.codec_analysis import BINS, FFT_SIZE, HOP

EXCITATION_FRAMES = 1_024
EXCITATION_SAMPLES = EXCITATION_FRAMES * HOP
_OVERLAP_GAIN = FFT_SIZE / HOP / 2
_NEIGHBOURHOOD = 10
_LOBE = 2
_PEAK_DB = 10.0
"""A bin this far above its neighbourhood is a tone. Lower, and the ripples of smooth spectra begin to sing."""


@dataclass(frozen=True)
class SynthesisState:
    """`frame` counts since the start; `phase` (B, 961) of the sinusoids; `tail` (B, 4, 1440) is still to be added."""

    frame: int
    phase: Tensor
    tail: Tensor


class PhaseSynthesis(nn.Module):
    """Streaming synthesis at 100 frames a second."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.register_buffer("excitation", torch.randn(EXCITATION_SAMPLES, generator=generator))
        self.register_buffer("window", torch.hann_window(FFT_SIZE, periodic=True).sqrt(), persistent=False)
        self.register_buffer("bin_index", torch.arange(BINS), persistent=False)
        self.peak_factor = 10.0 ** (_PEAK_DB / 10.0)
        self._table: Tensor | None = None

    def table(self) -> Tensor:
        """Return the excitation's spectra (1024, 961), unit variance, periodic."""
        if self._table is None or self._table.device != self.excitation.device:
            noise = self.excitation.float()
            frames = torch.cat([noise, noise[: FFT_SIZE - HOP]]).unfold(0, FFT_SIZE, HOP) * self.window
            self._table = torch.fft.rfft(frames) / math.sqrt(FFT_SIZE / 2)
        return self._table

    def initial_state(self, batch: int, like: Tensor) -> SynthesisState:
        """Return the state before the first frame."""
        return SynthesisState(0, like.new_zeros(batch, BINS), like.new_zeros(batch, 4, FFT_SIZE - HOP))

    def step(
        self, magnitude: Tensor, ratio: Tensor, residual: Tensor, state: SynthesisState
    ) -> tuple[Tensor, SynthesisState]:
        """Turn frames into sound.

        `magnitude` (B, t, 961) of W; `ratio` (B, 3, t, 961) and `residual` (B, 3, t, 961, linear) of Y, Z, X.
        Returns AmbiX (B, 4, t * 480) and the new state.
        """
        frames = magnitude.shape[1]
        tonal, angle, phase = self._sinusoids(magnitude, state.phase)
        table = self.table()
        at = (torch.arange(frames, device=magnitude.device) + state.frame) % EXCITATION_FRAMES
        noise = [table[(at + EXCITATION_FRAMES // 4 * c) % EXCITATION_FRAMES] for c in range(4)]
        w = torch.where(tonal, torch.polar(magnitude, angle), magnitude * noise[0])
        others = [w * ratio[:, c] + magnitude * residual[:, c] * noise[c + 1] for c in range(3)]
        pieces = torch.fft.irfft(torch.stack([w, *others], dim=1), n=FFT_SIZE) * (self.window / _OVERLAP_GAIN)
        out = torch.cat([state.tail, state.tail.new_zeros(*state.tail.shape[:2], frames * HOP)], dim=-1)
        for part in range(FFT_SIZE // HOP):
            piece = pieces[..., part * HOP : (part + 1) * HOP].flatten(2)
            out[..., part * HOP : part * HOP + frames * HOP] += piece
        after = SynthesisState(state.frame + frames, phase, out[..., frames * HOP :])
        return out[..., : frames * HOP], after

    def _sinusoids(self, magnitude: Tensor, phase: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the mask of tonal bins and their angles, both (B, t, 961), and the sinusoids' last phase (B, 961)."""
        level = torch.log(magnitude + 1e-6)
        centre, left, right = level[..., 1:-1], level[..., :-2], level[..., 2:]
        curve = left - 2 * centre + right
        shift = (0.5 * (left - right) / curve.clamp(max=-1e-4)).clamp(-0.5, 0.5)
        around = nn.functional.avg_pool1d(
            magnitude.square(), 2 * _NEIGHBOURHOOD + 1, 1, _NEIGHBOURHOOD, count_include_pad=False
        )
        strong = magnitude.square() > self.peak_factor * around
        peak = nn.functional.pad((centre > left) & (centre >= right), (1, 1)) & strong
        frequency = self.bin_index + nn.functional.pad(shift, (1, 1))
        near, distance = _nearest(peak, self.bin_index)
        advance = (2 * math.pi * HOP / FFT_SIZE) * frequency.gather(-1, near)
        angles = []
        for t in range(magnitude.shape[1]):
            phase = torch.remainder(phase.gather(-1, near[:, t]) + advance[:, t], 2 * math.pi)
            angles.append(phase)
        # The window's centre is half a transform after the frame's start: neighbouring bins alternate in sign.
        angle = torch.stack(angles, dim=1) - math.pi * self.bin_index
        return distance <= _LOBE, angle, phase


def _nearest(peak: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
    """Return for each bin the nearest peak's bin (itself where there is none) and the distance to it."""
    far = 4 * BINS
    before = torch.where(peak, index, -far).cummax(dim=-1).values
    after = torch.where(peak, index, far).flip(-1).cummin(dim=-1).values.flip(-1)
    near = torch.where(index - before <= after - index, before, after)
    distance = (near - index).abs()
    return torch.where(distance < far // 2, near, index).clamp(0, BINS - 1), distance
