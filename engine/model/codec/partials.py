"""Partials of W: in each band at most one sinusoid, by its frequency and its share of the band's power.

Bells, horns and voices consist of partials, which levels in mel bands and noise cannot express. They are measured, not
learned: one long window per latent, and in each band the highest peak of its spectrum. A peak counts as far as it
explains its band and keeps its frequency from latent to latent. For that the analysis sees one latent ahead; decoding
does not.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.model.codec.analysis import BINS, FFT_SIZE, HOP, SAMPLE_RATE_HZ

LOOKAHEAD = 4 * HOP
"""Samples that the analysis sees beyond the end of a latent."""
_LOWEST_HZ, _HIGHEST_HZ = 120.0, 14_000.0
_MARGIN_HZ = 1.5 * SAMPLE_RATE_HZ / FFT_SIZE
"""A partial's power reaches this far in the spectra of the synthesis; a band's power is taken with it on both sides."""
_FRAMES = 4
_LATENT = _FRAMES * HOP
_WINDOW, _TRANSFORM = 4_096, 16_384
_BEGIN = FFT_SIZE - HOP - 128 - _WINDOW // 2
"""Start of the window of a latent, counted from the first sample of its first frame."""
_GATE_FROM, _GATE_OVER = 0.25, 0.2
"""A peak that explains less of its band is noise; one that explains this much more is a partial."""
_NEAR = 0.02
"""How far a partial moves from latent to latent at most, in natural logarithms of frequency (35 cents)."""
_MOST_SHARE = 0.98
_DEAD = 0.05
_LEAST_NOISE = 0.02
"""Of the power of a bin that partials take out."""
_SINE_POWER = FFT_SIZE * FFT_SIZE / 8.0
"""The power that the window's spectrum of a sine of amplitude one has in all."""
_FLOOR = 1e-9
"""Power against a full-scale sine below which nothing is a partial."""


@dataclass(frozen=True)
class Peaks:
    """The highest peak of each band.

    It has a `frequency` (B, n, K) in natural logarithms of Hz and the `share` (B, n, K) of the band's power that it
    explains.
    """

    frequency: Tensor
    share: Tensor


@dataclass(frozen=True)
class PeakState:
    """What the analysis remembers.

    It holds the peaks of the latent that comes next, and of the one before it their `frequency` (B, K) and how far they
    counted, `kept` (B, K).
    """

    next: Peaks
    frequency: Tensor
    kept: Tensor


class Partials(nn.Module):
    """Fixed (not trained) analysis of W into codes, and what the codes stand for."""

    window: Tensor
    centre: Tensor
    reach: Tensor
    within: Tensor

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.bands = bands
        edges = torch.logspace(math.log10(_LOWEST_HZ), math.log10(_HIGHEST_HZ), bands + 1, dtype=torch.float64)
        window = torch.hann_window(_WINDOW)
        lines = torch.arange(_TRANSFORM // 2 + 1, dtype=torch.float64) * (SAMPLE_RATE_HZ / _TRANSFORM)
        self._lines = torch.searchsorted(lines, edges).tolist()
        low, high = edges[:-1] - _MARGIN_HZ, edges[1:] + _MARGIN_HZ
        self._around = list(zip(*(torch.searchsorted(lines, v).tolist() for v in (low, high)), strict=True))
        logs = torch.log(edges)
        frequency = torch.arange(BINS, dtype=torch.float64)[None] * (SAMPLE_RATE_HZ / FFT_SIZE)
        half = 0.5 * SAMPLE_RATE_HZ / FFT_SIZE
        overlap = torch.minimum(high[:, None], frequency + half) - torch.maximum(low[:, None], frequency - half)
        values = {
            "window": window,
            "centre": 0.5 * (logs[1:] + logs[:-1]),
            "reach": 0.5 * (logs[1:] - logs[:-1]),
            # How much of each bin of the synthesis lies in a band and its margins.
            "within": (overlap / (2.0 * half)).clamp(0.0, 1.0).float(),
        }
        for name, value in values.items():
            self.register_buffer(name, value, persistent=False)
        self._line_power = float(window.square().sum() * _TRANSFORM / window.sum().square())
        self._floor = _FLOOR * (float(window.sum()) / 2.0) ** 2

    def peaks(self, frames: Tensor) -> Peaks:
        """Return the peaks of frames (B, n, 4096)."""
        power = torch.view_as_real(torch.fft.rfft(frames * self.window, _TRANSFORM)).square().sum(-1)
        places, totals = [], []
        for first, stop, (low, high) in zip(self._lines[:-1], self._lines[1:], self._around, strict=True):
            places.append(power[..., first:stop].argmax(-1) + first)
            totals.append(power[..., low:high].sum(-1))
        place, total = torch.stack(places, dim=-1), torch.stack(totals, dim=-1)
        around = torch.stack([place - 1, place, place + 1]).flatten(-1)
        lower, here, upper = power.expand(3, *power.shape).gather(-1, around)
        # The skirt of a neighbour's peak is not part of this band.
        is_peak = (here >= lower) & (here >= upper)
        a, b, c = (torch.log(v + 1e-20) for v in (lower, here, upper))
        off = torch.where(is_peak, 0.5 * (a - c) / (a - 2.0 * b + c).clamp(max=-1e-9), 0.0).clamp(-0.5, 0.5)
        frequency = torch.log((place + off.double()) * (SAMPLE_RATE_HZ / _TRANSFORM))
        share = torch.where(is_peak, here * self._line_power / (total + self._floor), 0.0)
        return Peaks(frequency, share.clamp(max=1.0))

    def codes(self, w: Tensor) -> Tensor:
        """Return the codes (B, T/4, 2 K) of W (B, 480 T + 1440).

        They are each frequency's place within its band, -1 to 1 (0 if there is no partial), then the shares, 0 to 1.

        The last latent is judged without what comes after it.
        """
        seen = nn.functional.pad(w, (-_BEGIN, 0))
        found = self.peaks(seen.unfold(-1, _WINDOW, _LATENT))
        silent = torch.zeros_like(found.share[:, :1])
        first = Peaks(found.frequency[:, :1], found.share[:, :1])
        state = PeakState(first, self._nowhere(silent[:, 0]), silent[:, 0])
        after = (
            torch.cat([v[:, 1:], last], dim=1)
            for v, last in ((found.frequency, self._nowhere(silent)), (found.share, silent))
        )
        return self._codes_of(Peaks(*after), state)[0]

    def initial_state(self, batch: int, like: Tensor) -> PeakState:
        """Return the state before the first sample: silence."""
        silent = like.new_zeros(batch, self.bands)
        return PeakState(Peaks(self._nowhere(silent)[:, None], silent[:, None]), self._nowhere(silent), silent)

    def codes_step(self, w: Tensor, state: PeakState) -> tuple[Tensor, PeakState]:
        """Return the codes (B, t, 2 K) of W (B, 1440 + 1920 t + 1920) and the new state.

        The first 1440 samples are the last ones of what came before, the last 1920 are seen ahead.
        """
        return self._codes_of(self.peaks(w[..., _LATENT + _BEGIN :].unfold(-1, _WINDOW, _LATENT)), state)

    def _codes_of(self, after: Peaks, state: PeakState) -> tuple[Tensor, PeakState]:
        """Return the codes of latents and the new state, of the peaks (B, n, K) of the latents that follow each."""
        frequency = torch.cat([state.frequency[:, None], state.next.frequency, after.frequency], dim=1)
        share = torch.cat([state.next.share, after.share], dim=1)
        clear = ((share - _GATE_FROM) / _GATE_OVER).clamp(0.0, 1.0)
        stays = ((frequency[:, 1:] - frequency[:, :-1]).abs() < _NEAR).to(clear.dtype)
        alone = clear[:, :-1] * torch.maximum(stays[:, :-1], stays[:, 1:])
        beside = torch.maximum(torch.cat([state.kept[:, None], alone[:, :-1]], dim=1), clear[:, 1:] * stays[:, 1:])
        # At least two latents long: chance makes single peaks.
        wanted = torch.minimum(alone, beside) * share[:, :-1].clamp(max=_MOST_SHARE)
        place = ((frequency[:, 1:-1] - self.centre) / self.reach).clamp(-1.0, 1.0).to(clear.dtype)
        left = PeakState(Peaks(frequency[:, -1:], share[:, -1:]), frequency[:, -2], alone[:, -1])
        return torch.cat([place * (wanted > 0.0), wanted], dim=-1), left

    def _nowhere(self, like: Tensor) -> Tensor:
        """Return frequencies that no peak is near to."""
        return torch.zeros_like(like, dtype=torch.float64)

    def decoded(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Return the frequencies and shares (B, n, K) that codes (B, n, 2 K) stand for.

        Frequencies are natural logarithms of Hz, in double precision. A share of zero is no partial.
        """
        place, share = codes.chunk(2, dim=-1)
        # In double precision: the phases of the oscillators add up, and streamed has to equal whole.
        frequency = place.double().clamp(-1.0, 1.0) * self.reach + self.centre
        return frequency, ((share - _DEAD) / (1.0 - _DEAD)).clamp(0.0, _MOST_SHARE)

    def shared_out(
        self, codes: Tensor, magnitude: Tensor, ratio: Tensor
    ) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
        """Return the partials of their codes (B, t, 2 K), what they leave of W, and where there is none.

        The partials are as `PartialBank.step` takes them. The factor (B, t, 961) takes their power out of W's
        magnitudes (B, 4 t, 961); `ratio` (B, 3, 4 t, 961) places them. The last, from 0 to 1, is how far bins (B, t,
        961) are in no band with a partial. In one, pulses would say again, less exactly, what the partial says.
        """
        frequency, share = self.decoded(codes)
        nearest = (frequency.exp() * (FFT_SIZE / SAMPLE_RATE_HZ)).round().long().repeat_interleave(_FRAMES, 1)
        within = self.within
        shares = share.repeat_interleave(_FRAMES, dim=1)
        level = ((magnitude.square() @ within.T) * shares / _SINE_POWER).sqrt()
        place = ratio.gather(-1, nearest[:, None].expand(-1, 3, -1, -1))
        amplitudes = torch.cat([level[:, None], level[:, None] * place], dim=1)
        taken, covered = (torch.stack([share, (share > 0.0).to(share.dtype)]) @ within).unbind(0)
        left = (1.0 - taken).clamp(min=_LEAST_NOISE).sqrt()
        without = (1.0 - covered).clamp(min=0.0)
        return (torch.where(share > 0.0, frequency, 0.0), amplitudes), left, without
