"""Losses of the XS codec: spectra and ratios are compared directly, so no phase has to be learned."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.model.codec.analysis import FFT_SIZE, POWER_FLOOR, POWER_SCALE, SAMPLE_RATE_HZ, SpatialBands, power_of
from engine.model.codec.bands import mel_bank
from engine.model.codec.xs_frames import CodecFrames, loudness

_TO_DB = 4.342944819


@dataclass(frozen=True)
class CodecLossValues:
    """`total` is minimised; the rest is for the log: mel errors in dB, ratio error, direction error in degrees."""

    total: Tensor
    mel_db: float
    fine_db: float
    level_db: float
    envelope_db: float
    ratio: float
    direction_deg: float
    kl: float


def over_patches(power: Tensor) -> Tensor:
    """Return mean powers (B, T // 16, K) over 160 ms of powers (B, T, K)."""
    patches: Tensor = power[:, : power.shape[1] // 16 * 16].unflatten(1, (-1, 16))
    return patches.mean(2)


class CodecLoss(nn.Module):
    """The loss of the XS codec.

    It has coarse and fine mel levels and the time envelope of W (L1 in dB), energy-weighted ratios, residual levels,
    the broadband direction and the KL divergence.
    """

    coarse: Tensor
    fine: Tensor

    def __init__(self, kl_weight: float = 3e-4, slow_direction_weight: float = 0.0) -> None:
        super().__init__()
        self.slow_direction_weight = slow_direction_weight
        self.kl_weight = kl_weight
        self.register_buffer("coarse", mel_bank(64, FFT_SIZE, SAMPLE_RATE_HZ))
        self.register_buffer("fine", mel_bank(288, FFT_SIZE, SAMPLE_RATE_HZ))

    def forward(
        self,
        spectra: Tensor,
        bands: SpatialBands,
        envelope: Tensor,
        frames: CodecFrames,
        mean: Tensor,
        log_variance: Tensor,
    ) -> CodecLossValues:
        """Compare predicted frames with the spectra (B, 4, T, 961) of the input, their bands and W's envelope."""
        power = power_of(spectra[:, 0])
        guess = torch.exp(2.0 * frames.log_magnitude.clamp(max=7.5)) * POWER_SCALE
        errors = []
        for bank in (self.coarse, self.fine):
            there = torch.log(power @ bank.T + POWER_FLOOR)
            here = torch.log(guess @ bank.T + POWER_FLOOR)
            errors.append((here - there).abs().mean() * _TO_DB)
            # Levels over a patch's time: errors in decibels alone would settle below every peak and click.
            there, here = (torch.log(over_patches(v @ bank.T) + POWER_FLOOR) for v in (power, guess))
            errors.append((here - there).abs().mean() * _TO_DB)
        there, here = (torch.log(over_patches(v[..., 2:800]).mean(-1) + POWER_FLOOR) for v in (power, guess))
        level_error = (here - there).abs().mean() * _TO_DB
        shape_error = (frames.envelope - envelope).abs().mean() * _TO_DB
        level = loudness(bands.energy)[:, None]
        weight = level / (level.mean() + 1e-3)
        ratio = (weight * (frames.ratio - bands.ratio).square()).mean()
        residual = (weight * (frames.residual - bands.residual).abs()).mean()
        energy = bands.energy[:, None]
        true_v, seen_v = (energy * bands.ratio).sum(-1), (energy * frames.ratio).sum(-1)
        cosine = nn.functional.cosine_similarity(true_v, seen_v, dim=1, eps=1e-8)
        clear = (true_v.norm(dim=1) / energy.sum(-1)[:, 0]).clamp(0, 1) * (energy.sum(-1)[:, 0] > 1e-6)
        direction = (clear * (1.0 - cosine)).sum() / (clear.sum() + 1e-3)
        # The cue for localisation: the direction over a patch, with the energies that will be heard.
        true_slow, seen_slow = over_patches(true_v.transpose(1, 2)), over_patches(seen_v.transpose(1, 2))
        turn = 1.0 - nn.functional.cosine_similarity(true_slow, seen_slow, dim=-1, eps=1e-8)
        clear_slow = over_patches(clear[..., None])[..., 0]
        slow_direction = (clear_slow * turn).sum() / (clear_slow.sum() + 1e-3)
        kl = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean()
        mel, mel_slow, fine, fine_slow = errors
        total = mel + 0.6 * fine + 0.5 * mel_slow + 0.3 * fine_slow + 0.5 * level_error
        total = (
            total
            + 0.3 * shape_error
            + 6.0 * ratio
            + 0.4 * residual
            + 4.0 * direction
            + self.slow_direction_weight * slow_direction
        )
        total = total + self.kl_weight * kl
        degrees = torch.rad2deg((clear * torch.acos(cosine.clamp(-0.99999, 0.99999))).sum() / (clear.sum() + 1e-3))
        logged = (mel, fine, level_error, shape_error, ratio, degrees, kl)
        return CodecLossValues(total, *(v.item() for v in logged))
