"""From magnitudes to sound, causally and without coded phases.

An excitation noise, flatter at the resolution of hearing than chance makes it, is shaped twice: inside each frame by
the time envelope (as temporal noise shaping does in AAC), so that a tick stays a tick, then by W's magnitudes. If
the envelope rises at once, one pulse replaces W's noise: all frequencies of a click begin together. If W
is periodic, a pulse train at its pitch replaces the noise, bin by bin as far as the codes say: noise of the
right colour is no engine and no voice. The excitation's phases are the sound's phases. Y, Z, X are W times their ratio
plus an independent stretch of the noise at the residual's level; where asked for, without what that stretch has in
common with W by chance: in a diffuse field that would turn the direction by degrees.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.model.codec.analysis import BLOCKS_PER_HOP, FFT_SIZE, HOP, SAMPLE_RATE_HZ
from engine.model.codec.pulse_train import PulseState, initial_pulses, pulse_frames

EXCITATION_FRAMES = 1_024
EXCITATION_SAMPLES = EXCITATION_FRAMES * HOP
_OVERLAP = FFT_SIZE // HOP
_BLOCK = HOP // BLOCKS_PER_HOP
_DEEPEST_DIP = 14.0
"""Natural logarithm of energy, 61 dB: no block of a frame is reduced further below the frame's loudest."""
_BEFORE = 4
_RISE = 1.0
"""A block begins a click if its log energy is this much above each of the `_BEFORE` blocks before it."""
_MOST_GAIN = 2.0
_APART_HZ = (200, 400, 630, 920, 1_270, 1_720, 2_320, 3_150, 4_400, 6_400, 8_500)
"""Where bands meet in each of which noise is made independent of W; localisation ignores the rest."""
_MOST_KEPT = 0.25
"""Noise made independent of W is brought to its power before, if no more than three quarters of it were W."""
_FIRST = -20.7
"""Log energy of silence, as CodecAnalysis measures it."""


@dataclass(frozen=True)
class SynthesisState:
    """Streaming state of the synthesis.

    `frame` (B,) counts since the start; `tail` (B, 4, 1440) is still to be added; `envelope` (B, 16): the last blocks;
    `pulses`: where the pulse train is.
    """

    frame: Tensor
    tail: Tensor
    envelope: Tensor
    pulses: PulseState


@dataclass(frozen=True)
class Tone:
    """The periodic part of W.

    `pitch` (B, n) is in Hz and `share` (B, n, 961), 0 to 1, is how much of a bin's power is periodic; each holds for t
    / n frames.
    """

    pitch: Tensor
    share: Tensor


class PhaseSynthesis(nn.Module):
    """Streaming synthesis at 100 frames per second."""

    excitation: Tensor
    window: Tensor
    pulses: Tensor
    apart: Tensor

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.register_buffer("excitation", torch.randn(EXCITATION_SAMPLES, generator=generator))
        self.register_buffer("window", torch.hann_window(FFT_SIZE, periodic=True).sqrt(), persistent=False)
        pulse = torch.zeros(_BLOCK)
        pulse[_BLOCK // 2] = _BLOCK**0.5
        windowed = self.get_buffer("window").unflatten(0, (-1, _BLOCK)) * pulse
        self.register_buffer("pulses", windowed, persistent=False)
        first, *meets = (hertz * FFT_SIZE // SAMPLE_RATE_HZ for hertz in _APART_HZ)
        self._apart = slice(first, meets[-1])
        band = torch.bucketize(torch.arange(first, meets[-1]), torch.tensor(meets), right=True)
        self.register_buffer("apart", nn.functional.one_hot(band, len(meets)).float(), persistent=False)
        self._table: Tensor | None = None

    def table(self) -> Tensor:
        """Return the excitation's windowed frames (1024, 1920), periodic."""
        if self._table is None or self._table.device != self.excitation.device:
            noise = self.excitation.float()
            self._table = torch.cat([noise, noise[: FFT_SIZE - HOP]]).unfold(0, FFT_SIZE, HOP) * self.window
        return self._table

    def initial_state(self, batch: int, like: Tensor) -> SynthesisState:
        """Return the state before the first frame."""
        blocks = (_OVERLAP - 1) * BLOCKS_PER_HOP + _BEFORE
        tail, first = like.new_zeros(batch, 4, FFT_SIZE - HOP), like.new_full((batch, blocks), _FIRST)
        return SynthesisState(
            torch.zeros(batch, dtype=torch.long, device=like.device), tail, first, initial_pulses(batch, like)
        )

    def step(
        self,
        magnitude: Tensor,
        envelope: Tensor,
        ratio: Tensor,
        residual: Tensor,
        state: SynthesisState,
        tone: Tone | None = None,
        *,
        keep_apart: bool = False,
    ) -> tuple[Tensor, SynthesisState]:
        """Turn frames into sound.

        `magnitude` (B, t, 961) of W; `envelope` (B, t, 4) as in CodecAnalysis (only its shape within a frame counts);
        `ratio` (B, 3, t, 961) and `residual` (B, 3, t, 961, linear) of Y, Z, X. With `keep_apart`
        the noise of the residuals is independent of W in every frame, not on average alone.
        Returns AmbiX (B, 4, t * 480) and the new state.
        """
        frames = magnitude.shape[1]
        blocks = torch.cat([state.envelope, envelope.flatten(1)], dim=1)
        gains = _gains(_by_frame(blocks[:, _BEFORE:]))
        clicks = _by_frame(_clicks(blocks))
        at = state.frame[:, None] + torch.arange(frames, device=magnitude.device)
        carrier, *noise = self._shaped(gains, at, clicks).unbind(1)
        pulses = state.pulses
        if tone is not None:
            hops = frames // tone.pitch.shape[1]
            train, pulses = pulse_frames(tone.pitch, hops, pulses)
            share = tone.share.repeat_interleave(hops, dim=1)
            root = share.sqrt()
            periodic = _unit_spectra(train * self.window * gains) * root
            gain, missing = _kept_power(magnitude * root, magnitude * periodic.abs())
            carrier = (1.0 - share * (1.0 - missing)).sqrt() * carrier + gain * periodic
        w = magnitude * carrier
        if keep_apart:
            diffuse = magnitude[:, None] * residual * torch.stack(noise, dim=1)
            self._take_out(w, diffuse)
            parts = torch.cat([w[:, None], diffuse + w[:, None] * ratio], dim=1)
        else:
            others = [w * ratio[:, c] + magnitude * residual[:, c] * noise[c] for c in range(3)]
            parts = torch.stack([w, *others], dim=1)
        pieces = torch.fft.irfft(parts, n=FFT_SIZE) * (self.window * (2 / _OVERLAP))
        out = torch.cat([state.tail, state.tail.new_zeros(*state.tail.shape[:2], frames * HOP)], dim=-1)
        for part in range(_OVERLAP):
            piece = pieces[..., part * HOP : (part + 1) * HOP].flatten(2)
            out[..., part * HOP : part * HOP + frames * HOP] += piece
        left = blocks[:, frames * BLOCKS_PER_HOP :]
        return out[..., : frames * HOP], SynthesisState(state.frame + frames, out[..., frames * HOP :], left, pulses)

    def _take_out(self, w: Tensor, noise: Tensor) -> None:
        """Take out of spectra (B, 3, t, 961) of noise what is in phase with W (B, t, 961); they stay as loud."""
        w, part = w[:, None, :, self._apart], noise[..., self._apart]
        there, here = torch.view_as_real(w), torch.view_as_real(part)
        power = (there.square().sum(-1) @ self.apart).clamp(min=1e-9)
        common = (there * here).sum(-1) @ self.apart / power
        before = here.square().sum(-1) @ self.apart
        left = torch.maximum(before - common.square() * power, _MOST_KEPT * before)
        gain = (before / left.clamp(min=1e-12)).sqrt()
        part -= w * (common @ self.apart.T)
        part *= gain @ self.apart.T

    def _shaped(self, gains: Tensor, at: Tensor, clicks: Tensor) -> Tensor:
        """Return spectra (B, 4, t, 961), of unit power on average, of the excitation's frames under gains (B, t, 1920).

        The four are independent noises: one for W, and one for each residual. In the blocks of `clicks` (B, t, 16) one
        pulse of its power stands for W's.
        """
        # Quarters of the table.
        first = EXCITATION_FRAMES // 4 * torch.arange(4, device=at.device)[:, None]
        frames = self.table()[(at[:, None] + first) % EXCITATION_FRAMES]
        own = frames[:, 0].unflatten(-1, (-1, _BLOCK))
        frames[:, 0] = torch.where(clicks[..., None], self.pulses, own).flatten(-2)
        return _unit_spectra(frames * gains[:, None])


def _unit_spectra(frames: Tensor) -> Tensor:
    """Return spectra (B, t, 961), of unit power on average, of frames (B, t, 1920)."""
    spectra: Tensor = torch.fft.rfft(frames / frames.norm(dim=-1, keepdim=True).clamp(min=1e-6))
    return spectra


def _kept_power(wanted: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
    """Return gains (B, t, 1), at most 6 dB, and the share of the power that is still missing.

    The gains bring the power of magnitudes (B, t, 961) to that of others. If harmonics miss the loud bins, noise has to
    stand for them.
    """
    power, there = (v.square().sum(-1, keepdim=True) for v in (wanted, found))
    gain = (power / there.clamp(min=1e-12)).sqrt().clamp(max=_MOST_GAIN)
    return gain, (1.0 - gain.square() * there / power.clamp(min=1e-12)).clamp(0.0, 1.0)


def _by_frame(blocks: Tensor) -> Tensor:
    """Return the blocks (B, t, 16) of each frame, of a row of blocks (B, 4 t + 12)."""
    return blocks.unfold(1, _OVERLAP * BLOCKS_PER_HOP, BLOCKS_PER_HOP)


def _clicks(blocks: Tensor) -> Tensor:
    """Return which blocks, the first `_BEFORE` left out, begin a click, of log energies (B, n)."""
    before = blocks.unfold(1, _BEFORE, 1)[:, :-1].amax(dim=-1)
    return blocks[:, _BEFORE:] > before + _RISE


def _gains(blocks: Tensor) -> Tensor:
    """Return gains (B, t, 1920), at most one, of the log energies (B, t, 16) of a frame's blocks."""
    depth = (blocks - blocks.amax(dim=-1, keepdim=True)).clamp(min=-_DEEPEST_DIP)
    return nn.functional.interpolate(torch.exp(0.5 * depth), size=FFT_SIZE, mode="linear")
