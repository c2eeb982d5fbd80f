"""The field as a whole, measured once per latent: its rumble, its active intensity, the energy of Y, Z and X.

Learned codes keep the direction of one source in a dry scene to a degree, but lose it where sound comes from all
around: there intensity is a small difference of large numbers. And what is diffuse they make too quiet. So the sums
that a listener and a meter hear are codes by themselves, and what is decoded is brought to them.
"""

import math

import torch
from torch import Tensor, nn

from engine.model.codec.analysis import BINS, FFT_SIZE, POWER_FLOOR, POWER_SCALE, SAMPLE_RATE_HZ, intensity_of, power_of
from engine.model.specs import FIELD_CODES

_FRAMES = 4
_BIN_HZ = SAMPLE_RATE_HZ // FFT_SIZE
_RUMBLE = slice(1, 2)
"""The bin around 25 Hz."""
_PLACED = slice(500 // _BIN_HZ, 8_000 // _BIN_HZ)
_HEARD = slice(_RUMBLE.start, 20_000 // _BIN_HZ)
_SHARES = (1, 3, 3)
"""Rumble, intensity, energies."""
_RUMBLE_CENTRE, _RUMBLE_SPREAD = -5.0, 2.5
_ENERGY_CENTRE, _ENERGY_SPREAD = -2.0, 1.5
"""Natural logarithms of power against W's, and how many a unit of the codes is."""
_WEAKEST, _STRONGEST = -9.0, 2.5
_MOST_RUMBLE = 0.97
_MOST_MADE = 0.05
"""The largest share of W that is rumble in what is generated. Wind has 3 %; a code that runs away must not be loud."""
_MOST_GAIN = 6.0
_NOTHING = 1e-6


class FieldCodes(nn.Module):
    """Fixed (not trained) analysis of spectra, and the correction of what the networks decoded."""

    heard: Tensor
    placed_bins: Tensor
    rumble_bins: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, bins in (("heard", _HEARD), ("placed_bins", _PLACED), ("rumble_bins", _RUMBLE)):
            self.register_buffer(name, torch.zeros(BINS), persistent=False)
            self.get_buffer(name)[bins] = 1.0

    @staticmethod
    def intensity(latent_dim: int) -> range:
        """Return which codes of a latent that ends with the field's are its intensity along Y, Z, X."""
        first = latent_dim - FIELD_CODES + _SHARES[0]
        return range(first, first + _SHARES[1])

    @staticmethod
    def rumble(latent_dim: int) -> tuple[int, float]:
        """Return which code of a latent that ends with the field's is its rumble, and its bound if it is generated."""
        most = (math.log(_MOST_MADE) - _RUMBLE_CENTRE) / _RUMBLE_SPREAD
        return latent_dim - FIELD_CODES, most

    def codes(self, spectra: Tensor) -> Tensor:
        """Return the codes (B, T/4, 7) of spectra (B, 4, T, 961)."""
        power = power_of(spectra)
        cross = intensity_of(spectra) * POWER_SCALE
        loud = _over_latents(power @ self.heard) + POWER_FLOOR
        rumble = _over_latents(power[:, 0, :, _RUMBLE].sum(-1))
        placed = _over_latents(power[:, :1, :, _PLACED].sum(-1)) + POWER_FLOOR
        intensity = _over_latents(cross[..., _PLACED].sum(-1)) / placed
        energy = torch.log(loud[:, 1:] / loud[:, :1])
        codes = (
            (_bounded(torch.log(rumble / loud[:, 0])) - _RUMBLE_CENTRE)[:, None] / _RUMBLE_SPREAD,
            intensity.clamp(-1.5, 1.5),
            (_bounded(energy) - _ENERGY_CENTRE) / _ENERGY_SPREAD,
        )
        return torch.cat(codes, dim=1).transpose(1, 2)

    def corrected(
        self, magnitude: Tensor, ratio: Tensor, residual: Tensor, codes: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return magnitudes (B, T, 961), ratios and residuals (B, 3, T, 961) that are brought to codes (B, T/4, 7).

        Magnitudes come in without their rumble.
        """
        assert codes.shape[-1] == FIELD_CODES
        rumble, intensity, energy = codes.transpose(1, 2).split(_SHARES, dim=1)
        # The rumble's share is of all of W; what is there is W without it.
        share = torch.exp(_bounded(rumble * _RUMBLE_SPREAD + _RUMBLE_CENTRE)).clamp(max=_MOST_RUMBLE)
        rest = _over_latents(magnitude.square() @ self.heard)[:, None]
        low = (rest * share / (1.0 - share) / (_RUMBLE.stop - _RUMBLE.start)).sqrt()
        magnitude = magnitude + _over_frames(low).transpose(1, 2) * self.rumble_bins
        power = magnitude.square()
        placed = power[..., _PLACED]
        found = _weighted(ratio[..., _PLACED], placed) / (_over_latents(placed.sum(-1))[:, None] + _NOTHING)
        # One plane wave has Y, Z, X as strong as W together; no field is more directed than that.
        intensity = intensity / intensity.norm(dim=1, keepdim=True).clamp(min=1.0)
        ratio = ratio + _over_frames(intensity - found)[..., None] * self.placed_bins
        power = power * self.heard
        whole = _over_latents(power.sum(-1))[:, None] + _NOTHING
        directed, diffuse = (_weighted(values.square(), power) / whole for values in (ratio, residual))
        wanted = torch.exp(_bounded(energy * _ENERGY_SPREAD + _ENERGY_CENTRE)) - directed
        gain = (wanted.clamp(min=0.0) / diffuse.clamp(min=1e-6)).sqrt().clamp(max=_MOST_GAIN)
        return magnitude, ratio, residual * _over_frames(gain)[..., None]


def _weighted(values: Tensor, power: Tensor) -> Tensor:
    """Return sums (B, 3, T/4) over the bins of values (B, 3, T, F) times powers (B, T, F), means over latents."""
    return _over_latents((values * power[:, None]).sum(-1))


def _bounded(logarithm: Tensor) -> Tensor:
    return logarithm.clamp(_WEAKEST, _STRONGEST)


def _over_latents(values: Tensor) -> Tensor:
    """Return the means (..., T/4) over the four frames of a latent of values (..., T)."""
    of_latents: Tensor = values.unflatten(-1, (-1, _FRAMES))
    return of_latents.mean(-1)


def _over_frames(values: Tensor) -> Tensor:
    return values.repeat_interleave(_FRAMES, dim=-1)
