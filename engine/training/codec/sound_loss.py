"""The loss of the ablation's codecs: levels of every channel and the intensity, compared on the sound itself."""

import torch
from torch import Tensor, nn

from engine.model.codec.analysis import intensity_of
from engine.model.codec.bands import mel_bank

_RATE = 48_000
_SCALES = ((512, 40), (1024, 64), (2048, 128))
_FLOOR = 1e-8
_AGAINST_W = 0.1
"""Levels of Y, Z, X count down to this share of W's: from one side to the other they pass through zero, where decibels
have no end."""
_SLOW_FRAMES = 8
_TO_DB = 4.342944819


class SoundLoss(nn.Module):
    """The loss between two sounds.

    It has multi-resolution mel levels, each channel weighing 1/4 (paper, "FOA-VAE"), levels over 160 ms, the covariance
    of the channels by band and the direction of the intensity (both left out without `spatial_terms`). There is no
    waveform term, because phases are not coded.
    """

    coarse: Tensor

    def __init__(self, *, spatial_terms: bool = True) -> None:
        super().__init__()
        self.spatial_terms = spatial_terms
        for size, bands in _SCALES:
            # The scale is the window's: a full-scale sine has power one in its bin.
            self.register_buffer(f"window_{size}", torch.hann_window(size) * (4 / size), persistent=False)
            self.register_buffer(f"bank_{size}", mel_bank(bands, size, _RATE), persistent=False)
        self.register_buffer("coarse", mel_bank(24, 2048, _RATE), persistent=False)

    def spectra(self, foa: Tensor, size: int) -> Tensor:
        """Return (B, 4, T, bins), frames half overlapping."""
        spectra: Tensor = torch.fft.rfft(foa.unfold(-1, size, size // 2) * self.get_buffer(f"window_{size}"))
        return spectra

    def forward(self, guess: Tensor, truth: Tensor) -> Tensor:
        """Return the loss of AmbiX (B, 4, N) against what it should be."""
        total = guess.new_zeros(())
        for size, _ in _SCALES:
            here, there = self.spectra(guess, size), self.spectra(truth, size)
            bank = self.get_buffer(f"bank_{size}").T
            floor = _AGAINST_W * (power_of(there[:, :1]) @ bank)
            floor = torch.cat([0.0 * floor, floor.expand(-1, 3, -1, -1)], dim=1) + _FLOOR
            power = [power_of(v) @ bank + floor for v in (here, there)]
            total = total + (power[0].log() - power[1].log()).abs().mean() * _TO_DB
            if size == _SCALES[-1][0]:
                total = total + self.slow(*power)
                if self.spatial_terms:
                    total = total + self.spatial(here, there)
        return total

    def slow(self, here: Tensor, there: Tensor) -> Tensor:
        """Levels over about 160 ms: errors in decibels of single frames alone would settle below every peak."""
        means = [v.unfold(2, _SLOW_FRAMES, _SLOW_FRAMES).mean(-1).log() for v in (here, there)]
        return 0.5 * (means[0] - means[1]).abs().mean() * _TO_DB

    def spatial(self, here: Tensor, there: Tensor) -> Tensor:
        """Error of the real covariances by band against W's energy, and of the broadband intensity's direction."""
        bands = self.coarse.T
        energy = power_of(there[:, :1]) @ bands + 1e-7
        heard = ((energy.log10() + 7.0) / 5.0).clamp(0.0, 1.0)
        vectors: list[tuple[Tensor, Tensor, Tensor]] = []
        for spectra in (here, there):
            own = power_of(spectra[:, :1]) @ bands + 1e-7
            cross = intensity_of(spectra) @ bands
            vectors.append((cross / own, cross.sum(-1), own.sum(-1)))
        error = (heard * (vectors[0][0].clamp(-2, 2) - vectors[1][0].clamp(-2, 2)).square()).mean() * 6.0
        cosine = nn.functional.cosine_similarity(vectors[0][1], vectors[1][1], dim=1, eps=1e-8)
        length: Tensor = vectors[1][1].norm(dim=1)
        clear = (length / vectors[1][2][:, 0]).clamp(0, 1) * (vectors[1][2][:, 0] > 1e-6)
        return error + 4.0 * (clear * (1.0 - cosine)).sum() / (clear.sum() + 1e-3)


def power_of(spectrum: Tensor) -> Tensor:
    """Return the squared magnitude of a complex spectrum."""
    parts = torch.view_as_real(spectrum)
    power: Tensor = torch.linalg.vecdot(parts, parts)
    return power
