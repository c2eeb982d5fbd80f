"""What the field is as a whole, measured once a latent: its rumble, its active intensity, the energy of Y, Z and X.

Learned codes keep the direction of one source in a dry scene to a degree, but lose it where sound comes from all
around: there intensity is a small difference of large numbers. And what is diffuse they make too quiet. So the sums
that a listener and a meter hear are codes by themselves, and what is decoded is brought to them.
"""

import torch
from torch import Tensor, nn

from engine.model.codec.analysis import BINS, FFT_SIZE, POWER_FLOOR, POWER_SCALE, SAMPLE_RATE_HZ, power_of
from engine.model.specs import FIELD_CODES

_FRAMES = 4
_LOWEST_HZ, _RUMBLE_HZ, _HIGHEST_HZ = 12.5, 37.5, 20_000.0
_PLACED_HZ = (500.0, 8_000.0)
_SHARES = (1, 3, 3)
"""Rumble, intensity, energies."""
_RUMBLE_CENTRE, _RUMBLE_SPREAD = -5.0, 2.5
_ENERGY_CENTRE, _ENERGY_SPREAD = -2.0, 1.5
"""Natural logarithms of power against W's, and how many a unit of the codes is."""
_WEAKEST, _STRONGEST = -9.0, 2.5
_MOST_RUMBLE = 0.97
_MOST_GAIN = 6.0
_NOTHING = 1e-6


class FieldCodes(nn.Module):
    """Fixed (not trained) analysis of spectra, and the correction of what the networks decoded."""

    def __init__(self) -> None:
        super().__init__()
        frequency = torch.arange(BINS) * (SAMPLE_RATE_HZ / FFT_SIZE)
        heard = (frequency > _LOWEST_HZ) & (frequency < _HIGHEST_HZ)
        rumble = heard & (frequency < _RUMBLE_HZ)
        values = {
            "rumble": rumble.float(),
            "placed": ((frequency >= _PLACED_HZ[0]) & (frequency < _PLACED_HZ[1])).float(),
            "heard": heard.float(),
        }
        for name, value in values.items():
            self.register_buffer(name, value, persistent=False)

    def codes(self, spectra: Tensor) -> Tensor:
        """Return the codes (B, T/4, 7) of spectra (B, 4, T, 961)."""
        power = power_of(spectra)
        w, yzx = torch.view_as_real(spectra[:, :1]), torch.view_as_real(spectra[:, 1:])
        cross = torch.linalg.vecdot(w, yzx) * POWER_SCALE
        loud = _over_latents(power @ self.heard) + POWER_FLOOR
        rumble = _over_latents(power[:, 0] @ self.rumble)
        intensity = (
            _over_latents(cross @ self.placed) / (_over_latents(power[:, 0] @ self.placed) + POWER_FLOOR)[:, None]
        )
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
        """Return magnitudes (B, T, 961), ratios and residuals (B, 3, T, 961) that agree with codes (B, T/4, 7).

        Magnitudes come in without their rumble.
        """
        assert codes.shape[-1] == FIELD_CODES
        rumble, intensity, energy = codes.transpose(1, 2).split(_SHARES, dim=1)
        # The rumble's share is of all of W; what is there is W without it.
        share = torch.exp(_bounded(rumble * _RUMBLE_SPREAD + _RUMBLE_CENTRE)).clamp(max=_MOST_RUMBLE)
        rest = _over_latents(magnitude.square() @ self.heard)[:, None]
        low = (rest * share / (1.0 - share) / self.rumble.sum()).sqrt()
        magnitude = magnitude + _over_frames(low)[:, 0, :, None] * self.rumble
        power = magnitude.square()
        placed = _over_latents(power @ self.placed)[:, None] + _NOTHING
        found = _over_latents((power[:, None] * ratio) @ self.placed) / placed
        # One plane wave has Y, Z, X as strong as W together; no field is more directed than that.
        intensity = intensity / intensity.norm(dim=1, keepdim=True).clamp(min=1.0)
        ratio = ratio + _over_frames(intensity - found)[..., None] * self.placed
        whole = _over_latents(power @ self.heard)[:, None] + _NOTHING
        directed = _over_latents((power[:, None] * ratio.square()) @ self.heard) / whole
        diffuse = _over_latents((power[:, None] * residual.square()) @ self.heard) / whole
        wanted = torch.exp(_bounded(energy * _ENERGY_SPREAD + _ENERGY_CENTRE)) - directed
        gain = (wanted.clamp(min=0.0) / diffuse.clamp(min=1e-6)).sqrt().clamp(max=_MOST_GAIN)
        return magnitude, ratio, residual * _over_frames(gain)[..., None]


def _bounded(logarithm: Tensor) -> Tensor:
    return logarithm.clamp(_WEAKEST, _STRONGEST)


def _over_latents(values: Tensor) -> Tensor:
    """Return the means (..., T/4) over the four frames of a latent of values (..., T)."""
    return values.unflatten(-1, (-1, _FRAMES)).mean(-1)


def _over_frames(values: Tensor) -> Tensor:
    return values.repeat_interleave(_FRAMES, dim=-1)
