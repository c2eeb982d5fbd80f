"""A bank of sinusoids whose phases run on: one for each band of `partials`.

A frequency is held: codes that move about it by less than 30 cents do not move it, for an ear hears a wobble that an
analysis or a generator does not mind. What moves further is followed, without a step. What jumps is another partial:
the new one fades in where the old one fades out. Levels come frame by frame and overlap as the frames of the synthesis.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.model.codec.analysis import FFT_SIZE, HOP, SAMPLE_RATE_HZ

_FRAMES = 4
_OVERLAP = FFT_SIZE // HOP
_CENT = math.log(2.0) / 1_200.0
_HELD = 30.0 * _CENT
_JUMP = 100.0 * _CENT
_STEP = 20
_DRIFT = 0.05
"""The share of its distance by which a held frequency nears its code with each latent: in a second it is there."""


@dataclass(frozen=True)
class BankState:
    """Streaming state of the oscillators.

    `phase` (B, K) is in cycles and `held` (B, K) in natural logarithms of Hz (0: no partial), both in double precision;
    with them come the amplitudes of the last frames (B, C, 3, K).
    """

    phase: Tensor
    held: Tensor
    amplitudes: Tensor


@dataclass(frozen=True)
class _Course:
    """How oscillators run through latents (B, n, K).

    They start at a phase in cycles and go from one frequency to another (cycles per sample).
    """

    phase: Tensor
    begins: Tensor
    ends: Tensor

    def of(self, bands: Tensor, latents: Tensor | None = None) -> "_Course":
        """Return the courses of some of the bands, through some of the latents."""
        parts = (v[..., bands] for v in (self.phase, self.begins, self.ends))
        return _Course(*(v if latents is None else v[:, latents] for v in parts))

    def samples(self) -> Tensor:
        """Return the sinusoids (B, 4 n, K, 480); a frequency changes from hop to hop, its phase runs on."""
        at = torch.arange(_FRAMES, device=self.phase.device, dtype=torch.float64)[:, None] * HOP
        slope = ((self.ends - self.begins) / (_FRAMES * HOP))[:, :, None]
        rate = self.begins[:, :, None] + slope * (at + 0.5 * HOP)
        phase = self.phase[:, :, None] + (self.begins[:, :, None] + 0.5 * slope * at) * at
        turns, rate = ((2.0 * math.pi) * v for v in (phase - phase.floor(), rate))
        # Sines of sums: a few coarse and a few fine steps instead of a sine for each sample.
        steps = torch.arange(HOP // _STEP, device=phase.device) * _STEP, torch.arange(_STEP, device=phase.device)
        coarse = (turns[..., None] + rate[..., None] * steps[0]).float()[..., None]
        fine = (rate[..., None] * steps[1]).float()[..., None, :]
        waves = torch.sin(coarse) * torch.cos(fine) + torch.cos(coarse) * torch.sin(fine)
        return waves.flatten(-2).flatten(1, 2)


class PartialBank(nn.Module):
    """Streaming additive synthesis at 100 frames and 25 frequencies a second."""

    shape: Tensor
    earlier: Tensor
    evened: Tensor

    def __init__(self) -> None:
        super().__init__()
        # A frame's amplitude holds under the window that analysis and synthesis put on a frame together.
        shape = torch.hann_window(FFT_SIZE, periodic=True) * (2.0 / _OVERLAP)
        self.register_buffer("shape", shape.unflatten(0, (_OVERLAP, HOP)).flip(0), persistent=False)
        # The frames that a hop hears, oldest first, that belong to the latent before its own.
        hop, age = torch.arange(_FRAMES)[:, None], torch.arange(_OVERLAP - 1, -1, -1)[None]
        self.register_buffer("earlier", hop < age, persistent=False)
        # Two sounds that have nothing in common lose power where one fades into the other: these gains give it back.
        past = self.earlier.float() @ self.shape
        self.register_buffer("evened", (past.square() + (1.0 - past).square()).rsqrt(), persistent=False)

    def initial_state(self, batch: int, channels: int, bands: int, like: Tensor) -> BankState:
        """Return the state before the first latent."""
        nothing = like.new_zeros(batch, bands, dtype=torch.float64)
        return BankState(nothing, nothing, like.new_zeros(batch, channels, _OVERLAP - 1, bands))

    def step(self, frequency: Tensor, amplitudes: Tensor, state: BankState) -> tuple[Tensor, BankState]:
        """Return sound (B, C, 1920 n) and the new state.

        `frequency` (B, n, K), double precision, in natural logarithms of Hz, 0 if there is no partial; `amplitudes`
        (B, C, 4 n, K) of the frames, which may be negative (a channel that is out of phase).
        """
        new, old, jumps, phase, held = _courses(frequency, state)
        frames = torch.cat([state.amplitudes, amplitudes], dim=2)
        # (B, T, 4, C, K): what each hop hears of the last four frames.
        heard = frames.unfold(2, _OVERLAP, 1).permute(0, 2, 4, 1, 3)
        # Most bands have no partial: those that are silent throughout cost nothing.
        sounding = torch.nonzero((frames != 0.0).flatten(0, 2).any(0))[:, 0]
        heard = heard[..., sounding]
        waves = new.of(sounding).samples()
        made = heard.flatten(2, 3) @ waves
        previous = torch.cat([state.held[:, None], frequency[:, :-1]], dim=1)
        changes = (jumps | ((previous > 0.0) & (frequency <= 0.0)))[..., sounding]
        if bool(changes.any()):
            self._change(made, heard, waves, old.of(sounding), changes)
        made = (made.unflatten(2, (_OVERLAP, -1)) * self.shape[:, None]).sum(2)
        return made.transpose(1, 2).flatten(2), BankState(phase, held, frames[:, :, -(_OVERLAP - 1) :])

    def _change(self, made: Tensor, heard: Tensor, waves: Tensor, old: _Course, changes: Tensor) -> None:
        """Let partials fade in and out in hops `made` (B, T, 4 C, 480) in which they begin, end or are replaced.

        `heard` (B, T, 4, C, K) are amplitudes, `waves` (B, T, K, 480) the new partials and `old` the ones before;
        `changes` (B, n, K) says where.
        """
        bands = torch.nonzero(changes.flatten(0, 1).any(0))[:, 0]
        latents = torch.nonzero(changes.any(2).any(0))[:, 0]
        here = changes[:, latents][..., bands]
        # By latent and hop: (B, l, 4, ...). Most latents change nothing and are left alone.
        heard = heard.unflatten(1, (-1, _FRAMES))[:, latents][..., bands]
        waves = waves.unflatten(1, (-1, _FRAMES))[:, latents][..., bands, :]
        before = old.of(bands, latents).samples().unflatten(1, (-1, _FRAMES))
        gain = torch.where(here[:, :, None, :, None], self.evened[:, None], 1.0)
        first = (self.earlier[..., None, None] & here[:, :, None, None, None]).to(heard.dtype)
        amplitudes = torch.cat([heard * first, heard * (1.0 - first)], dim=-1).flatten(3, 4)
        added = amplitudes @ torch.cat([before * gain - waves, waves * (gain - 1.0)], dim=-2)
        made.unflatten(1, (-1, _FRAMES)).index_add_(1, latents, added)


def _courses(frequency: Tensor, state: BankState) -> tuple[_Course, _Course, Tensor, Tensor, Tensor]:
    """Return the oscillators' courses and what is held at the end.

    These are the courses, their continuations without a jump, where (B, n, K) the two differ, and the phases and
    frequencies that are held at the end.
    """
    held = state.held
    rows: list[tuple[Tensor, ...]] = []
    for wanted in frequency.unbind(1):
        sounds, distance = wanted > 0.0, wanted - held
        # Nothing that is heard is a jump away from nothing (0).
        jumps = sounds & (distance.abs() >= _JUMP)
        # Within 30 cents of what is asked for, and slowly towards it.
        followed = (held + _DRIFT * distance).clamp(wanted - _HELD, wanted + _HELD)
        begins = torch.where(jumps, wanted, held)
        ends = torch.where(sounds, torch.where(jumps, wanted, followed), held)
        rows.append((begins, ends, held, jumps))
        held = torch.where(sounds, ends, 0.0)
    *logs, jumps = (torch.stack(values, dim=1) for values in zip(*rows, strict=True))
    begins, ends, kept = (torch.stack(logs).exp() / SAMPLE_RATE_HZ).unbind(0)
    turns = 0.5 * (begins + ends) * (_FRAMES * HOP)
    phase, starts, before = state.phase, [], []
    for jumped, turn in zip(jumps.unbind(1), turns.unbind(1), strict=True):
        before.append(phase)
        starts.append(torch.where(jumped, 0.0, phase))
        phase = (starts[-1] + turn).frac()
    start = torch.stack(starts, dim=1)
    return _Course(start, begins, ends), _Course(torch.stack(before, dim=1), kept, kept), jumps, phase, held
