"""Frozen sizes of the models; named presets are at the end."""

from dataclasses import dataclass


@dataclass(frozen=True)
class XsCodecSpec:
    """Sizes of the XS codec (foa_vae_xs)."""

    latent_dim: int = 64
    mel_bands: int = 96
    spatial_bands: int = 24
    encoder_dim: int = 192
    encoder_hidden: int = 448
    encoder_dilations: tuple[int, ...] = (1, 1, 2, 2)
    decoder_dim: int = 288
    decoder_hidden: int = 640
    decoder_dilations: tuple[int, ...] = (1, 1, 2, 2, 4)
