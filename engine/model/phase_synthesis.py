"""From magnitudes to sound, causally and without coded phases.

W's magnitudes filter an excitation noise that is flatter at the resolution of hearing than chance makes it, so that the
level asked for is about the level heard; its phases are the sound's phases. Y, Z, X are W times their ratio plus an
independent stretch of the excitation at the residual's level.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.model.codec_analysis import FFT_SIZE, HOP

EXCITATION_FRAMES = 1_024
EXCITATION_SAMPLES = EXCITATION_FRAMES * HOP
_OVERLAP_GAIN = FFT_SIZE / HOP / 2


@dataclass(frozen=True)
class SynthesisState:
    """`frame` counts since the start; `tail` (B, 4, 1440) is still to be added."""

    frame: int
    tail: Tensor


class PhaseSynthesis(nn.Module):
    """Streaming synthesis at 100 frames a second."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.register_buffer("excitation", torch.randn(EXCITATION_SAMPLES, generator=generator))
        self.register_buffer("window", torch.hann_window(FFT_SIZE, periodic=True).sqrt(), persistent=False)
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
        return SynthesisState(0, like.new_zeros(batch, 4, FFT_SIZE - HOP))

    def step(
        self, magnitude: Tensor, ratio: Tensor, residual: Tensor, state: SynthesisState
    ) -> tuple[Tensor, SynthesisState]:
        """Turn frames into sound.

        `magnitude` (B, t, 961) of W; `ratio` (B, 3, t, 961) and `residual` (B, 3, t, 961, linear) of Y, Z, X.
        Returns AmbiX (B, 4, t * 480) and the new state.
        """
        frames = magnitude.shape[1]
        table = self.table()
        at = torch.arange(frames, device=magnitude.device) + state.frame
        # Quarters of the table are independent noises: one for W, one for each residual.
        noise = [table[(at + EXCITATION_FRAMES // 4 * c) % EXCITATION_FRAMES] for c in range(4)]
        w = magnitude * noise[0]
        others = [w * ratio[:, c] + magnitude * residual[:, c] * noise[c + 1] for c in range(3)]
        pieces = torch.fft.irfft(torch.stack([w, *others], dim=1), n=FFT_SIZE) * (self.window / _OVERLAP_GAIN)
        out = torch.cat([state.tail, state.tail.new_zeros(*state.tail.shape[:2], frames * HOP)], dim=-1)
        for part in range(FFT_SIZE // HOP):
            piece = pieces[..., part * HOP : (part + 1) * HOP].flatten(2)
            out[..., part * HOP : part * HOP + frames * HOP] += piece
        return out[..., : frames * HOP], SynthesisState(state.frame + frames, out[..., frames * HOP :])
