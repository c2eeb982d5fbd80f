"""The codecs that the ablation compares: one trunk, three heads, two inputs (LOG.md has the table).

Every variant has the XS codec's causal stacks and latent and is trained with the same loss on its sound, so
only the named parts differ: the encoder's input, the head's output, the source of W's phases, the initial linear
maps.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.model.codec.analysis import BINS, BLOCKS_PER_HOP, FFT_SIZE, HOP, SAMPLE_RATE_HZ, CodecAnalysis
from engine.model.codec.bands import band_to_bin
from engine.model.codec.dense_block import CausalDenseStack
from engine.model.codec.oobleck import OobleckFoaVae, OobleckSpec
from engine.model.codec.phase_synthesis import PhaseSynthesis
from engine.model.codec.xs import XsFoaVae
from engine.model.codec.xs_frames import FRAMES_PER_LATENT, loudness
from engine.model.specs import XsCodecSpec

DELAY = FFT_SIZE - HOP
"""Samples by which a variant's input is longer than its output, at the front."""
_MAX_LOG = 7.5
_COMPRESSION = 0.3


@dataclass(frozen=True)
class Variant:
    """`head`: joint, ratio, ratio+residual or oobleck; `sees`: raw or levels; `phases`: predicted or noise.

    `linear`: the codec has linear maps that start at principal components; `placed`: three codes are the direction;
    `levelled`: one code is W's level.
    """

    head: str
    sees: str = "levels"
    phases: str = "predicted"
    linear: bool = False
    placed: bool = False
    levelled: bool = False
    spatial: bool = True
    """Whether covariance and direction are in the loss, or levels alone."""
    latent_dim: int = 32

    @property
    def name(self) -> str:
        """A row's name in the table."""
        extras = [self.phases] if self.phases != "predicted" else []
        extras += ["linear start"] if self.linear else []
        extras += ["direction codes"] if self.placed else []
        extras += ["level code"] if self.levelled else []
        extras += [] if self.spatial else ["levels alone in the loss"]
        return f"{self.head}, {self.sees}" + "".join(f", {e}" for e in extras)


class SpectralVariant(nn.Module):
    """A codec of causal stacks at 100 frames per second with one of the heads."""

    spread: Tensor
    audible: Tensor

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.variant = variant
        spec = self.spec = XsCodecSpec(latent_dim=variant.latent_dim)
        self.analysis = CodecAnalysis(spec.mel_bands, spec.spatial_bands)
        bands = 3 * spec.spatial_bands
        seen = 8 * BINS if variant.sees == "raw" else spec.mel_bands + BLOCKS_PER_HOP + 2 * bands
        self.encoder_in = nn.Linear(seen, spec.encoder_dim)
        self.encoder_fast = CausalDenseStack(spec.encoder_dim, spec.encoder_hidden, spec.encoder_dilations)
        self.fold = nn.Linear(FRAMES_PER_LATENT * spec.encoder_dim, spec.decoder_dim)
        self.to_latent = nn.Linear(spec.decoder_dim, 2 * spec.latent_dim)
        self.from_latent = nn.Linear(spec.latent_dim, spec.decoder_dim)
        self.unfold = nn.Linear(spec.decoder_dim, FRAMES_PER_LATENT * spec.decoder_dim)
        self.decoder_fast = CausalDenseStack(spec.decoder_dim, spec.decoder_hidden, spec.decoder_dilations)
        self.norm = nn.LayerNorm(spec.decoder_dim)
        full = 4 if variant.head == "joint" else 1
        self.head_magnitude = nn.Linear(spec.decoder_dim, full * BINS)
        self.head_phase = nn.Linear(spec.decoder_dim, 2 * full * BINS) if variant.phases == "predicted" else None
        self.head_envelope = nn.Linear(spec.decoder_dim, BLOCKS_PER_HOP) if variant.phases == "noise" else None
        self.head_ratio = nn.Linear(spec.decoder_dim, bands) if variant.head != "joint" else None
        self.head_residual = nn.Linear(spec.decoder_dim, bands) if variant.head == "ratio+residual" else None
        self.synthesis = PhaseSynthesis()
        spread = band_to_bin(spec.spatial_bands, FFT_SIZE, SAMPLE_RATE_HZ)
        self.register_buffer("spread", spread, persistent=False)
        frequency = torch.arange(BINS) * (SAMPLE_RATE_HZ / FFT_SIZE)
        self.register_buffer("audible", ((frequency > 30.0) & (frequency < 20_000.0)).float(), persistent=False)
        nn.init.constant_(self.to_latent.bias[spec.latent_dim :], -4.0)

    def features(self, foa: Tensor) -> Tensor:
        """Return the encoder's input (B, T, F) of AmbiX (B, 4, 480 T + 1440)."""
        spectra = self.analysis.spectra(foa)
        if self.variant.sees == "raw":
            # Compressed in size, phases kept: without it a linear layer only sees the loud bins.
            squeezed = spectra * (spectra.abs() + 1e-4).pow(_COMPRESSION - 1.0)
            return torch.view_as_real(squeezed).permute(0, 2, 1, 3, 4).flatten(2)
        bands = self.analysis.spatial_bands(spectra)
        level = (self.analysis.log_mel(spectra[:, 0]) + 13.0) / 4.0
        envelope = (self.analysis.envelope(foa[:, 0]) + 11.0) / 4.0
        heard = loudness(bands.energy)[:, None]
        flat = [(heard * v).permute(0, 2, 1, 3).flatten(2) for v in (bands.ratio, bands.residual / 3.0 + 1.0)]
        return torch.cat([level, envelope, *flat], dim=-1)

    def posterior(self, foa: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance (B, T/4, D) of AmbiX (B, 4, 480 T + 1440)."""
        x = self.encoder_in(self.features(foa))
        x, _ = self.encoder_fast.step(x, self.encoder_fast.initial_state(x.shape[0], x))
        mean, log_variance = self.to_latent(self.fold(x.unflatten(1, (-1, FRAMES_PER_LATENT)).flatten(2))).chunk(2, -1)
        return mean, log_variance.clamp(-12.0, 4.0)

    def decode(self, codes: Tensor) -> Tensor:
        """Return AmbiX (B, 4, 480 T) of codes (B, T/4, D); sample n answers sample n of the encoder's input."""
        x = self.unfold(self.from_latent(codes)).unflatten(-1, (FRAMES_PER_LATENT, -1)).flatten(1, 2)
        x, _ = self.decoder_fast.step(x, self.decoder_fast.initial_state(x.shape[0], x))
        x = self.norm(x)
        log_magnitude = self.head_magnitude(x).float() - 4.0
        magnitude = torch.exp(log_magnitude.unflatten(-1, (-1, BINS)).transpose(1, 2).clamp(max=_MAX_LOG))
        magnitude = magnitude * self.audible
        if self.head_phase is None:
            return self._with_noise(x, magnitude[:, 0])
        turns = self.head_phase(x).float().unflatten(-1, (-1, BINS, 2)).transpose(1, 2).contiguous()
        phases = torch.view_as_complex(turns / turns.norm(dim=-1, keepdim=True).clamp(min=1e-4))
        spectra = magnitude * phases
        if self.head_ratio is not None:
            spectra = self._others(x, spectra[:, 0])
        return self._overlap_added(spectra)

    def _ratio(self, x: Tensor) -> Tensor:
        assert self.head_ratio is not None
        ratio: Tensor = self.head_ratio(x).float().unflatten(-1, (3, -1))
        return ratio.transpose(1, 2) @ self.spread

    def _residual(self, x: Tensor) -> Tensor | None:
        if self.head_residual is None:
            return None
        level: Tensor = self.head_residual(x).float().unflatten(-1, (3, -1))
        return torch.exp(0.5 * (level.transpose(1, 2) - 3.0).clamp(-7.0, 2.3)) @ self.spread

    def _others(self, x: Tensor, w: Tensor) -> Tensor:
        """Return spectra (B, 4, T, 961) of W's (B, T, 961): a real ratio each, and noise of the residual's level."""
        yzx = w[:, None] * self._ratio(x)
        residual = self._residual(x)
        if residual is not None:
            noise = torch.randn(*yzx.shape, 2, device=w.device)
            yzx = yzx + w.abs()[:, None] * residual * torch.view_as_complex(noise) * 0.7071
        return torch.cat([w[:, None], yzx], dim=1)

    def _overlap_added(self, spectra: Tensor) -> Tensor:
        frames = torch.fft.irfft(spectra, n=FFT_SIZE) * (self.analysis.window * (2 * HOP / FFT_SIZE))
        hops = frames.unflatten(-1, (-1, HOP))
        total = sum(
            nn.functional.pad(hops[..., k, :], (0, 0, k, 0))[..., : hops.shape[2], :] for k in range(FFT_SIZE // HOP)
        )
        assert isinstance(total, Tensor)
        return total.flatten(2)

    def _with_noise(self, x: Tensor, magnitude: Tensor) -> Tensor:
        assert self.head_envelope is not None
        ratio, residual = self._ratio(x), self._residual(x)
        quiet = torch.zeros_like(ratio) if residual is None else residual
        envelope = self.head_envelope(x).float() * 4.0 - 11.0
        state = self.synthesis.initial_state(len(x), magnitude)
        return self.synthesis.step(magnitude, envelope, ratio, quiet, state)[0]


class ShippedVariant(XsFoaVae):
    """The XS codec as it is shipped: linear maps from principal components, phases from noise."""

    def sound_of(self, codes: Tensor) -> Tensor:
        """Return AmbiX (B, 4, 480 T) of codes (B, T/4, D)."""
        frames = self.predict_frames(codes).in_float32()
        magnitude = torch.exp(frames.log_magnitude.clamp(max=_MAX_LOG)) * self.audible
        ratio = frames.ratio @ self.spread
        residual = torch.exp(0.5 * frames.residual.clamp(-7.0, 2.3)) @ self.spread
        state = self.synthesis.initial_state(len(codes), magnitude)
        return self.synthesis.step(magnitude, frames.envelope, ratio, residual, state, self.tone(codes))[0]


class VariantCodec(nn.Module):
    """One interface for all: `posterior(foa)` and `decode(codes)`, see SpectralVariant."""

    def __init__(self, variant: Variant, oobleck_channels: int = 6) -> None:
        super().__init__()
        self.variant = variant
        body: nn.Module
        if variant.head == "oobleck":
            body = OobleckFoaVae(OobleckSpec(channels=oobleck_channels, latent_dim=variant.latent_dim))
        elif variant.linear:
            directions = 3 if variant.placed else 0
            spec = XsCodecSpec(latent_dim=variant.latent_dim, direction_codes=directions, level_code=variant.levelled)
            body = ShippedVariant(spec)
        else:
            body = SpectralVariant(variant)
        self.body = body

    def posterior(self, foa: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of AmbiX (B, 4, 480 T + 1440)."""
        if isinstance(self.body, OobleckFoaVae):
            mean, deviation = self.body.posterior(foa[..., :-DELAY])
            return mean, 2.0 * torch.log(deviation)
        if isinstance(self.body, ShippedVariant):
            return self.body.posterior_of(foa)
        assert isinstance(self.body, SpectralVariant)
        return self.body.posterior(foa)

    def decode(self, codes: Tensor) -> Tensor:
        """Return AmbiX (B, 4, 480 T) of codes (B, T/4, D)."""
        if isinstance(self.body, ShippedVariant):
            return self.body.sound_of(codes)
        assert isinstance(self.body, SpectralVariant | OobleckFoaVae)
        return self.body.decode(codes).float()
