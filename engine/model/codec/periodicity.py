"""The periodicity and pitch of W, latent by latent: levels and a time envelope cannot express them.

One autocorrelation window per latent, in bands: the pitch is the lag at which the bands repeat themselves together,
followed from latent to latent by a forward Viterbi pass, so a latent depends on earlier samples only. How far each band
repeats itself at that lag is its periodicity. Noise repeats itself a little by chance: periodicities are closed by a
gate over the last 160 ms, so that hiss stays hiss.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.model.codec.analysis import BINS, FFT_SIZE, HOP, SAMPLE_RATE_HZ

LOWEST_PITCH_HZ, HIGHEST_PITCH_HZ = 60.0, 1_000.0
_EDGES_HZ = (80.0, 400.0, 800.0, 1_600.0, 2_400.0, 3_600.0, 5_400.0, 8_000.0, 20_000.0)
_FRAMES = 4
_WINDOW = FFT_SIZE + (_FRAMES - 1) * HOP
_TRANSFORM = 8_192
_CANDIDATES = 200
_SHORT_LAGS = 0.04
"""Correlation per octave by which the shorter of two alike lags wins: two periods repeat as well as one."""
_OCTAVE_COST = 1.0
_ABLE = 1.0
_GATE_FROM, _GATE_OVER = 0.2, 0.2
_GATE_LATENTS = 4
_PITCH_CENTRE = math.log2(250.0)
_PITCH_SPREAD = 1.2
_CODE_CENTRE, _CODE_SPREAD = 0.25, 0.3
_DEAD = 0.05


@dataclass(frozen=True)
class PitchState:
    """The memory from latent to latent.

    It has the scores (B, P) of the lags that may be followed (None before the first latent), and the last gates (B, 3),
    of which `counted` (B, 3) are real ones.
    """

    best: Tensor | None
    gates: Tensor
    counted: Tensor


class Periodicity(nn.Module):
    """Fixed (not trained) analysis of W, and the codes that stand for what it finds."""

    window: Tensor
    bands: Tensor
    taper: Tensor
    lags: Tensor
    grid: Tensor
    glide: Tensor
    able: Tensor
    to_bin: Tensor

    def __init__(self) -> None:
        super().__init__()
        window = torch.hann_window(_WINDOW, periodic=False)
        frequency = torch.arange(_TRANSFORM // 2 + 1) * (SAMPLE_RATE_HZ / _TRANSFORM)
        edges = torch.tensor(_EDGES_HZ)
        bands = (frequency >= edges[:-1, None]) & (frequency < edges[1:, None])
        shortest = math.ceil(SAMPLE_RATE_HZ / HIGHEST_PITCH_HZ)
        lags = torch.arange(shortest, math.floor(SAMPLE_RATE_HZ / LOWEST_PITCH_HZ) + 1)
        own = torch.fft.irfft(torch.fft.rfft(window, _TRANSFORM).abs().square())[lags]
        grid = torch.logspace(math.log10(lags[0]), math.log10(lags[-1]), _CANDIDATES).round().long().unique()
        octaves = torch.log2(grid.float())
        values = {
            "window": window,
            "bands": bands.float(),
            "taper": own / window.square().sum(),
            "lags": lags.float(),
            "grid": grid - lags[0],
            "glide": _OCTAVE_COST * (octaves[:, None] - octaves).abs(),
            # A band says nothing about periods shorter than its own waves.
            "able": (SAMPLE_RATE_HZ / lags <= _ABLE * edges[1:, None]).float(),
            "to_bin": torch.bucketize(torch.arange(BINS) * (SAMPLE_RATE_HZ / FFT_SIZE), edges[1:-1], right=True),
        }
        for name, value in values.items():
            self.register_buffer(name, value, persistent=False)

    def initial_state(self, batch: int, like: Tensor) -> PitchState:
        """Return the state before the first latent, on the device and of the type of `like`."""
        nothing = like.new_zeros(batch, _GATE_LATENTS - 1)
        return PitchState(None, nothing, nothing)

    def forward(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """Return pitches in Hz (B, T/4) and periodicities 0..1 (B, T/4, 8) of W (B, 480 T + 1440)."""
        return self.step(w, self.initial_state(w.shape[0], w))[:2]

    def step(self, w: Tensor, state: PitchState) -> tuple[Tensor, Tensor, PitchState]:
        """Return what `forward` does of the next samples W (B, 480 T + 1440), and the new state.

        The first 1440 samples are the last ones of what came before.
        """
        frames = w.unfold(-1, _WINDOW, _FRAMES * HOP) * self.window
        power = torch.view_as_real(torch.fft.rfft(frames, _TRANSFORM)).square().sum(-1)
        wanted = self.lags.long()
        found, energies = [], []
        for band in self.bands:
            correlation = torch.fft.irfft(power * band)
            energies.append(correlation[..., 0])
            found.append(correlation[..., wanted] / (correlation[..., :1] + 1e-6))
        repeats = torch.stack(found, dim=-2) / self.taper * self.able
        weight = torch.stack(energies, dim=-1).clamp(min=0.0).sqrt() + 1e-6
        together = (weight[..., None] * repeats).sum(-2) / weight.sum(-1, keepdim=True)
        at, pitch, best = self._followed(together, state.best)
        around = (at[..., None] + torch.arange(-2, 3, device=at.device)).clamp(0, len(wanted) - 1)
        index = around[..., None, :].expand(*repeats.shape[:-1], 5)
        each = repeats.gather(-1, index).amax(-1).clamp(0.0, 1.0)
        gate = together.gather(-1, at[..., None])[..., 0].clamp(0.0, 1.0)
        # The mean over this latent and those before it; the first latents have fewer.
        gates = torch.cat([state.gates, gate], dim=1)
        counted = torch.cat([state.counted, torch.ones_like(gate)], dim=1)
        gate = gates.unfold(1, _GATE_LATENTS, 1).sum(-1) / counted.unfold(1, _GATE_LATENTS, 1).sum(-1)
        periodicity = each * ((gate - _GATE_FROM) / _GATE_OVER).clamp(0.0, 1.0)[..., None]
        kept = _GATE_LATENTS - 1
        return pitch, periodicity, PitchState(best, gates[:, -kept:], counted[:, -kept:])

    def _followed(self, together: Tensor, best: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Follow the lags through (B, N, L) correlations, from the scores (B, P) of the latent before.

        Returns the places (B, N) of the lags that are followed, their pitches in Hz and the scores (B, P) they end
        with.
        """
        near = nn.functional.max_pool1d(together.flatten(0, 1)[:, None], 3, 1, 1)[:, 0].unflatten(0, together.shape[:2])
        score = near[..., self.grid] - _SHORT_LAGS * torch.log2(self.lags / self.lags[0])[self.grid]
        chosen = []
        for now in score.unbind(1):
            if best is None:
                best = now
            else:
                best = now + (best[:, None] - self.glide).amax(-1)
                best = best - best.amax(-1, keepdim=True)
            chosen.append(best.argmax(-1))
        coarse = self.grid[torch.stack(chosen, dim=1)]
        around = (coarse[..., None] + torch.arange(-4, 5, device=coarse.device)).clamp(1, together.shape[-1] - 2)
        at = around.gather(-1, together.gather(-1, around).argmax(-1, keepdim=True))
        before, here, after = together.gather(-1, at + torch.arange(-1, 2, device=at.device)).unbind(-1)
        bend = before - 2.0 * here + after
        off = torch.where(bend < -1e-9, 0.5 * (before - after) / bend.clamp(max=-1e-9), 0.0).clamp(-0.5, 0.5)
        assert best is not None
        return at[..., 0], SAMPLE_RATE_HZ / (self.lags[at[..., 0]] + off), best

    def codes(self, w: Tensor) -> Tensor:
        """Return the codes (B, T/4, 9) of W (B, 480 T + 1440): the pitch and the periodicity of each band."""
        return self.codes_step(w, self.initial_state(w.shape[0], w))[0]

    def codes_step(self, w: Tensor, state: PitchState) -> tuple[Tensor, PitchState]:
        """Return what `codes` does of the next samples, as `step` takes them, and the new state."""
        pitch, each, state = self.step(w, state)
        place = (torch.log2(pitch) - _PITCH_CENTRE) / _PITCH_SPREAD
        return torch.cat([place[..., None], (each - _CODE_CENTRE) / _CODE_SPREAD], dim=-1), state

    def decoded(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Return pitches in Hz (B, N) and periodicities of the bins (B, N, 961) that codes (B, N, 9) stand for."""
        # In double precision: some processors round single precision by the place in the row. The phase of the pulses
        # would add that up, and streamed would not equal whole.
        octaves = codes[..., 0].double() * _PITCH_SPREAD + _PITCH_CENTRE
        octaves = octaves.clamp(math.log2(LOWEST_PITCH_HZ), math.log2(HIGHEST_PITCH_HZ))
        # Codes of noise are not quite zero when a generator makes them.
        each = (codes[..., 1:] * _CODE_SPREAD + _CODE_CENTRE - _DEAD) / (1.0 - _DEAD)
        return torch.exp2(octaves).to(each.dtype), each.clamp(0.0, 1.0)[..., self.to_bin]
